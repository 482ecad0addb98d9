import type { Plugin } from "../shared/plugin.ts";
import { commandType } from "./commandType.ts";
import { localRunner, stopLocalCommands } from "./local.ts";
import { remoteRunner } from "./remote.ts";

/** Stand-in for the plugin of `@pulumi/command`. */
export const commandPlugin: Plugin = {
  name: "command",
  version: "1.2.1",
  accepts: { secrets: true, outputs: true, resources: true },
  types: {
    "command:local:Command": commandType(localRunner),
    "command:remote:Command": commandType(remoteRunner),
  },
  stop: stopLocalCommands,
};
