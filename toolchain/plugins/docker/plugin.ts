import type { Plugin } from "../shared/plugin.ts";
import { container } from "./container.ts";
import { remoteImage } from "./image.ts";
import { network } from "./network.ts";
import { dockerType } from "./resource.ts";
import { volume } from "./volume.ts";

/** Stand-in for the plugin of `@pulumi/docker`. */
export const dockerPlugin: Plugin = {
  name: "docker",
  version: "5.2.0",
  accepts: { secrets: false, outputs: false, resources: false },
  types: {
    "docker:index/container:Container": dockerType(container),
    "docker:index/network:Network": dockerType(network),
    "docker:index/remoteImage:RemoteImage": dockerType(remoteImage),
    "docker:index/volume:Volume": dockerType(volume),
  },
};
