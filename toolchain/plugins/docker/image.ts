import type { Properties } from "../shared/values.ts";
import { attempt, engine, isMissing, requireImage } from "./engine.ts";
import { textOf } from "./properties.ts";
import { type DockerKind } from "./resource.ts";
import type { Fields } from "./schema.ts";

const FIELDS: Fields = {
  build: { kind: "block", output: true, empty: null },
  forceRemove: { kind: "flag" },
  imageId: { kind: "text", output: true, computed: true },
  keepLocally: { kind: "flag" },
  name: { kind: "text", replaces: true },
  platform: { kind: "text", replaces: true },
  pullTriggers: { kind: "set", replaces: true },
  repoDigest: { kind: "text", output: true, computed: true },
  triggers: { kind: "map", replaces: true },
};

/** docker.RemoteImage. */
export const remoteImage: DockerKind = {
  fields: FIELDS,
  schemaVersion: undefined,
  hasTimeouts: true,
  autoName: false,
  deleteFirst: false,
  create: async (plan) => {
    const name = textOf(plan, "name");
    const found = await attempt("Unable to read Docker image into resource", () => requireImage(name));
    return stateOf(found.Id, found.RepoDigests, name);
  },
  read: async (_id, state) => {
    const name = textOf(state, "name");
    try {
      const found = await engine.getImage(name).inspect();
      return stateOf(found.Id, found.RepoDigests, name);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  update: () => Promise.resolve(),
  delete: async (_id, state) => {
    if (state["keepLocally"] === true) return;
    try {
      await engine.getImage(textOf(state, "name")).remove({ force: state["forceRemove"] === true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
};

function stateOf(imageId: string, digests: string[] | null, name: string): { id: string; state: Properties } {
  const repository = name.replace(/[:@][^/]*$/, "");
  const repoDigest = (digests ?? []).find((digest) => digest.startsWith(`${repository}@`)) ?? "";
  return { id: `${imageId}${name}`, state: { imageId, repoDigest } };
}
