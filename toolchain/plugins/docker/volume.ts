import type { VolumeInspectInfo } from "dockerode";
import type { Properties } from "../shared/values.ts";
import { attempt, engine, isMissing } from "./engine.ts";
import { labelBlocks, labelMap } from "./labels.ts";
import { mapOf, textOf } from "./properties.ts";
import { type DockerKind } from "./resource.ts";
import type { Fields } from "./schema.ts";
import { removeWithPatience } from "./waitRemoved.ts";

const FIELDS: Fields = {
  cluster: { kind: "block", output: true },
  driver: { kind: "text", computed: true, replaces: true },
  driverOpts: { kind: "map", replaces: true },
  labels: { kind: "set", replaces: true, fields: { label: { kind: "text" }, value: { kind: "text" } } },
  mountpoint: { kind: "text", output: true, computed: true },
  name: { kind: "text", computed: true, replaces: true },
};

/** docker.Volume. */
export const volume: DockerKind = {
  fields: FIELDS,
  schemaVersion: "1",
  hasTimeouts: false,
  autoName: true,
  deleteFirst: true,
  create: async (plan) => {
    const Name = textOf(plan, "name");
    const options = { Name, Labels: labelMap(plan), DriverOpts: mapOf(plan, "driverOpts"), ...driverOf(plan) };
    await attempt("Unable to create volume", () => engine.createVolume(options));
    return { id: Name, state: readState(await engine.getVolume(Name).inspect()) };
  },
  read: async (id) => {
    try {
      return { id, state: readState(await engine.getVolume(id).inspect()) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  update: () => Promise.resolve(),
  delete: (id) => removeWithPatience(() => engine.getVolume(id).remove(), "in_use"),
};

function driverOf(plan: Properties): { Driver?: string } {
  return plan["driver"] === "local" ? { Driver: "local" } : {};
}

function readState(found: VolumeInspectInfo): Properties {
  const driverOpts: Record<string, string> = found.Options ?? {};
  return {
    cluster: null,
    driver: found.Driver,
    driverOpts,
    labels: labelBlocks(found.Labels),
    mountpoint: found.Mountpoint,
    name: found.Name,
  };
}
