import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerInspectInfo } from "dockerode";
import { equal, type Properties } from "../shared/values.ts";
import { CONTAINER } from "./containerFields.ts";
import { containerOptions } from "./containerCreation.ts";
import { containerState } from "./containerState.ts";
import { attempt, engine, EngineFailure, engineText, isMissing, requireImage } from "./engine.ts";
import { blocksOf, numberOf, textOf, textsOf } from "./properties.ts";
import { type DockerKind, Unfinished } from "./resource.ts";
import { tarOf } from "./tar.ts";

const MEGABYTE = 1024 * 1024;

/** Time for a command that fails at once to be seen as failed. */
const FIRST_LOOK_MS = 100;

/** docker.Container. */
export const container: DockerKind = {
  fields: CONTAINER,
  schemaVersion: "2",
  hasTimeouts: true,
  autoName: true,
  deleteFirst: true,
  create,
  read: async (id, state) => {
    const found = await inspect(id);
    return found === undefined ? undefined : { id: found.Id, state: containerState(found, state) };
  },
  update,
  delete: remove,
};

async function create(plan: Properties) {
  const name = textOf(plan, "image");
  const image = await attempt(`Unable to create container with image ${name}`, () => requireImage(name));
  const made = await attempt("Unable to create container", () =>
    engine.createContainer(containerOptions(plan, image.Id)),
  );
  try {
    await connectNetworks(made, plan);
    await upload(made, plan);
    if (plan["start"] === true) await start(made, plan);
  } catch (error) {
    if (error instanceof EngineFailure) throw new Unfinished(made.id, error);
    throw new Unfinished(made.id, new EngineFailure(engineText(error), error));
  }
  // as given until the first refresh: the official plugin too completes capability names only then
  const given = { capabilities: plan["capabilities"] ?? null };
  return { id: made.id, state: { ...containerState(await made.inspect(), plan), ...given } };
}

async function connectNetworks(made: Container, plan: Properties): Promise<void> {
  const networks = blocksOf(plan, "networksAdvanced");
  if (networks.length === 0) return;
  await attempt("Unable to disconnect the default network", () =>
    engine.getNetwork(textOf(plan, "networkMode")).disconnect({ Container: made.id }),
  );
  for (const wanted of networks) {
    const address = textOf(wanted, "ipv4Address");
    const EndpointConfig = {
      Aliases: textsOf(wanted, "aliases"),
      ...(address !== "" && { IPAMConfig: { IPv4Address: address } }),
    };
    const id = textOf(wanted, "name");
    await attempt(`Unable to connect to network '${id}'`, () =>
      engine.getNetwork(id).connect({ Container: made.id, EndpointConfig }),
    );
  }
}

async function upload(made: Container, plan: Properties): Promise<void> {
  for (const file of blocksOf(plan, "uploads")) {
    const [content, base64] = [textOf(file, "content"), textOf(file, "contentBase64")];
    if (content !== "" && base64 !== "") {
      throw new EngineFailure(
        "error with upload content: only one of 'content', 'content_base64', or 'source' can be set",
      );
    }
    const bytes = base64 === "" ? Buffer.from(content) : Buffer.from(base64, "base64");
    const usual = file["executable"] === true ? "0744" : "0644";
    const mode = parseInt(textOf(file, "permissions") || usual, 8);
    await attempt("Unable to upload volume content", () =>
      made.putArchive(tarOf(textOf(file, "file"), bytes, mode), { path: "/" }),
    );
  }
}

async function start(made: Container, plan: Properties): Promise<void> {
  await attempt("Unable to start container", () => made.start());
  if (plan["wait"] === true) await waitHealthy(made, numberOf(plan, "waitTimeout"));
  else await sleep(FIRST_LOOK_MS);
}

async function waitHealthy(made: Container, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const { State: state } = await made.inspect();
    if (state.Health?.Status === "healthy") return;
    await sleep(FIRST_LOOK_MS);
  }
  throw new EngineFailure("container failed to be in healthy state");
}

async function inspect(id: string): Promise<ContainerInspectInfo | undefined> {
  try {
    return await engine.getContainer(id).inspect();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const UPDATED_BY_ENGINE = ["restart", "maxRetryCount", "cpuShares", "cpuSet", "memory", "memorySwap"];

async function update(id: string, olds: Properties, plan: Properties): Promise<void> {
  const wanted = engine.getContainer(id);
  if (UPDATED_BY_ENGINE.some((name) => !equal(olds[name] ?? null, plan[name] ?? null))) {
    const swap = numberOf(plan, "memorySwap");
    await attempt("Unable to update a container", () =>
      wanted.update({
        RestartPolicy: { Name: textOf(plan, "restart"), MaximumRetryCount: numberOf(plan, "maxRetryCount") },
        CpuShares: numberOf(plan, "cpuShares"),
        CpusetCpus: textOf(plan, "cpuSet"),
        Memory: numberOf(plan, "memory") * MEGABYTE,
        ...(swap !== 0 && { MemorySwap: swap > 0 ? swap * MEGABYTE : swap }),
      }),
    );
  }
  const mustStart = plan["mustRun"] === true && olds["mustRun"] !== true;
  if (mustStart && (await inspect(id))?.State.Running === false) {
    await attempt("Unable to start container", () => wanted.start());
  }
}

async function remove(id: string, state: Properties): Promise<void> {
  const wanted = engine.getContainer(id);
  const seconds = numberOf(state, "destroyGraceSeconds");
  if ((await inspect(id)) === undefined) return;
  if (seconds > 0) {
    await unlessMissing(`Error stopping container ${id}`, () => wanted.stop({ t: seconds }));
  }
  await unlessMissing(`Error deleting container ${id}`, () =>
    wanted.remove({ force: true, v: state["removeVolumes"] !== false }),
  );
}

async function unlessMissing(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const already = error instanceof Error && "statusCode" in error && error.statusCode === 304;
    if (!isMissing(error) && !already) throw new EngineFailure(`${what}: ${engineText(error)}`, error);
  }
}
