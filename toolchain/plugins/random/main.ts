import { servePlugin } from "../shared/server.ts";
import { randomPlugin } from "./plugin.ts";

await servePlugin(randomPlugin);
