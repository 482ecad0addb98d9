import type { Plugin } from "../shared/plugin.ts";
import { randomPassword } from "./password.ts";

/** Stand-in for the plugin of `@pulumi/random`. */
export const randomPlugin: Plugin = {
  name: "random",
  version: "4.21.2",
  accepts: { secrets: false, outputs: false, resources: true },
  types: { "random:index/randomPassword:RandomPassword": randomPassword },
};
