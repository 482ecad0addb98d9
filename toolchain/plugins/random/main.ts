import { servePlugin } from "../shared/server.ts";
import { randomPlugin } from "./plugin.ts";

void servePlugin(randomPlugin);
