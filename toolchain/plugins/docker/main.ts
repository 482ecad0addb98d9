import { servePlugin } from "../shared/server.ts";
import { dockerPlugin } from "./plugin.ts";

void servePlugin(dockerPlugin);
