import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { engine } from "../../toolchain/plugins/docker/engine.ts";
import { dockerPlugin } from "../../toolchain/plugins/docker/plugin.ts";
import { DockerStack } from "./support/dockerStack.ts";
import { OutOfBand } from "./support/outOfBand.ts";
import { PluginClient } from "./support/pluginClient.ts";
import { type Entry, readRecordings } from "./support/recordings.ts";
import { describeSteps } from "./support/suite.ts";
import { importTinyImages } from "./support/tinyImage.ts";

const FILES = ["docker-Network", "docker-Container", "docker-RemoteImage", "docker-Volume"];

const PREFIX = "sip-ha-conformance-";
const IMAGE = "sip-ha-conformance/box";

/** The recorded subnets may be in use here. */
const SUBNETS = { "198.51.100.": "10.92.1.", "203.0.113.": "10.92.2.", "192.0.2.": "10.92.3." } as const;

/** Addresses that no program asked for: which container of several gets which is the engine's choice. */
const CHOSEN = /"ipAddress": ?"(192\.0\.2\.\d+|198\.51\.100\.2|203\.0\.113\.2)"/g;

/** Cases that use what the stand-in refuses. */
const NOT_COVERED: Readonly<Record<string, string>> = { attach: "attach and logs are not covered" };

const hasEngine = canReachEngine();

function canReachEngine(): boolean {
  try {
    execFileSync("docker", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function adapt(recorded: string): string {
  // a registry that cannot be: the answer is that there is no such host
  const unreachable = recorded.replaceAll("rec/nope", "registry.invalid/nope");
  const unchosen = unreachable.replaceAll(CHOSEN, '"ipAddress":"<engine-ip>"');
  const named = unchosen.replaceAll(/\brec([-/])/g, (_all, mark: string) => `sip-ha-conformance${mark}`);
  return Object.entries(SUBNETS).reduce((text, [from, to]) => text.replaceAll(from, to), named);
}

function reasonToSkip({ name }: Entry): string | undefined {
  return hasEngine ? NOT_COVERED[name] : "no Docker engine answers";
}

describe("the stand-in for docker answers as the official plugin", function () {
  this.timeout(15 * 60_000);
  const entries = FILES.flatMap((file) => readRecordings(file, adapt));
  const outOfBand = new OutOfBand(PREFIX, IMAGE);
  let client: PluginClient;
  let root: string;
  let stack: DockerStack;

  before(async () => {
    if (!hasEngine) return;
    client = await PluginClient.start(dockerPlugin);
    root = await mkdtemp(join(tmpdir(), "conformance-"));
    await outOfBand.clean();
    importTinyImages(IMAGE);
    const { DockerRootDir } = z.object({ DockerRootDir: z.string() }).parse(await engine.info());
    const paths = { "docker-Volume": DockerRootDir, "docker-Container": root };
    stack = new DockerStack({ client, outOfBand, values: await imageIds(), paths });
    const replayed = entries.filter((entry) => reasonToSkip(entry) === undefined);
    // the plain cases were recorded in one stack, the failures in another that reuses its addresses
    const plain = new Set(replayed.filter(({ step, action }) => action === "destroy" && step === 7).map(caseKey));
    await stack.replay(replayed.filter((entry) => plain.has(caseKey(entry))));
    await stack.replay(replayed.filter((entry) => !plain.has(caseKey(entry))));
  });

  after(async () => {
    if (!hasEngine) return;
    client.stop();
    await outOfBand.clean();
    await rm(root, { recursive: true });
  });

  for (const file of FILES) {
    const ofFile = entries.filter((entry) => entry.file === file);
    describeSteps(file, ofFile, reasonToSkip, (entry) => Promise.resolve(stack.resultOf(entry)));
  }

  it("leaves nothing behind", async function () {
    if (!hasEngine) this.skip();
    const left = await engine.listContainers({ all: true, filters: { name: [`${PREFIX}full`] } });
    expect(left).to.deep.equal([]);
  });
});

function caseKey({ file, name }: Entry): string {
  return `${file} ${name}`;
}

async function imageIds(): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const version of ["1", "2"]) {
    const { Id } = await engine.getImage(`${IMAGE}:${version}`).inspect();
    ids[`<sha256 of ${IMAGE}:${version}>`] = Id.replace("sha256:", "");
  }
  return ids;
}
