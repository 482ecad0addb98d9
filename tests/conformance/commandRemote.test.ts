import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { commandPlugin } from "../../toolchain/plugins/command/plugin.ts";
import { CommandCase } from "./support/commandCase.ts";
import { freePorts } from "./support/freePorts.ts";
import { PluginClient } from "./support/pluginClient.ts";
import { type Entry, readRecordings } from "./support/recordings.ts";
import { startSshServer } from "./support/sshServer.ts";
import { describeSteps } from "./support/suite.ts";

const TOKEN = "command:remote:Command";

const FILE = "command-remote-Command";

/** The recorded servers: the first lets every variable through, the second none, and at the third nobody listens. */
const RECORDED_PORTS = [22022, 22023, 22099];

function withPorts(text: string, ports: readonly number[]): string {
  return RECORDED_PORTS.reduce(
    (adapted, recorded, index) => adapted.replaceAll(new RegExp(`\\b${recorded}\\b`, "g"), String(ports[index])),
    text,
  );
}

const key = () => ssh2.utils.generateKeyPairSync("ed25519");

describe("the stand-in for command.remote answers as the official plugin", () => {
  const cases = new Map<string, CommandCase>();
  const [hostKeyA, hostKeyB, client1, otherClient, otherHost] = [key(), key(), key(), key(), key()];
  const values = {
    "<host-key-a>": hostKeyA.public,
    "<host-key-b>": hostKeyB.public,
    "<other-host-key>": otherHost.public,
    "<private-key>": client1.private,
    "<private-key-other>": otherClient.private,
  };
  const servers: { stop(): void }[] = [];
  const entries = readRecordings(FILE);
  let adapted: readonly Entry[];
  let client: PluginClient;
  let root: string;

  before(async () => {
    client = await PluginClient.start(commandPlugin);
    root = await mkdtemp(join(tmpdir(), "conformance-"));
    const ports = await freePorts(RECORDED_PORTS.length);
    const [first = 0, second = 0] = ports;
    adapted = readRecordings(FILE, (text) => withPorts(text, ports));
    const clientKey = client1.public;
    servers.push(
      await startSshServer({ port: first, hostKey: hostKeyA.private, clientKey, acceptEnv: true }),
      await startSshServer({ port: second, hostKey: hostKeyB.private, clientKey, acceptEnv: false }),
    );
  });

  after(async () => {
    client.stop();
    for (const server of servers) server.stop();
    await rm(root, { recursive: true });
  });

  describeSteps(
    "command.remote.Command",
    entries,
    () => undefined,
    async (entry) => {
      const type = { token: TOKEN, client };
      const found = cases.get(entry.name) ?? (await CommandCase.start(type, entry.name, root, values));
      cases.set(entry.name, found);
      return await found.replay(adapted[entries.indexOf(entry)] ?? entry);
    },
  );
});
