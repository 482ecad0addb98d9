import { servePlugin } from "../shared/server.ts";
import { commandPlugin } from "./plugin.ts";

void servePlugin(commandPlugin);
