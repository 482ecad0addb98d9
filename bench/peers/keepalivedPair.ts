import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { AptRoot } from "../../bundle/apt.ts";
import { labObjectName } from "../../components/hosts/labNames.ts";
import { eventually, type Look } from "../../remote/eventually.ts";
import type { Session } from "../../remote/session.ts";
import type { VerificationContext } from "../../verify/context.ts";
import { CHECK, checkScript, keepalivedConf, type KeepalivedVariant, NOTIFY, notifyScript } from "./keepalivedConf.ts";
import type { Pair } from "./pair.ts";

const SETTLED_WITHIN_MS = 60_000;
const UNITS = "sip-ha-proxy.service sip-ha-relay.service";

/** The same machines and daemons, moved by keepalived instead of Heartbeat and the watcher. */
export function keepalivedPair(
  context: VerificationContext,
  variant: KeepalivedVariant,
  say: (line: string) => void,
): Pair {
  const { plan } = context;
  const nodes = async (): Promise<Session[]> => Promise.all(plan.nodes.map(({ name }) => context.sessions.to(name)));
  const settled = (): Promise<string> => oneServes(context, nodes);
  return {
    name: variant.name,
    begin: async () => {
      await installKeepalived(context, say);
      const all = await nodes();
      await Promise.all(all.map((node) => node.must("stop what moves the group", STOP_ALL, { timeoutMs: 60_000 })));
      await Promise.all(all.map((node) => configure(context, node, variant)));
      await settled();
    },
    handOver: async (active) => {
      const session = await context.sessions.to(active);
      await session.must("give up", "sudo -n systemctl stop keepalived", { timeoutMs: 30_000 });
    },
    settled,
  };
}

/** Also of another variant. The units of this project stay installed; only the daemons are used. */
const STOP_ALL =
  `sudo -n sh -c 'systemctl disable --quiet --now sip-ha-watcher heartbeat; ` +
  `systemctl disable --quiet --now ${UNITS}; systemctl stop keepalived || true'`;

async function configure({ plan }: VerificationContext, node: Session, variant: KeepalivedVariant): Promise<void> {
  const write = (path: string, mode: string, text: string): Promise<string> =>
    node.must(`write ${path}`, `sudo -n install -D -m ${mode} /dev/stdin ${path}`, { stdin: text });
  await write(CHECK, "755", checkScript(plan));
  await write(NOTIFY, "755", notifyScript(variant));
  await write("/etc/keepalived/keepalived.conf", "644", keepalivedConf(plan, node.name, variant));
  await node.must("check the configuration", "sudo -n keepalived --config-test");
  const daemons = variant.hotStandby ? WITH_INSTALL_SECTION : "true";
  await node.must(
    "start keepalived",
    `sudo -n sh -c '${daemons}; systemctl enable --quiet keepalived; systemctl restart keepalived'`,
  );
}

/** The units have no [Install], as only the group starts them; a hot standby has them from the boot on. */
const WITH_INSTALL_SECTION = `systemctl add-wants --quiet multi-user.target ${UNITS}; systemctl start ${UNITS}`;

/** One node has the address and answers, keepalived runs on both; started again where it was stopped for a switchover. */
async function oneServes(context: VerificationContext, nodes: () => Promise<Session[]>): Promise<string> {
  const { address } = context.plan.floatingIp;
  const agent = "sudo -n OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/sip-ha";
  const question =
    `sudo -n systemctl start keepalived; ` +
    `if [ -n "$(ip -o addr show to ${address}/32)" ]; then ${agent}/proxy monitor && ${agent}/relay monitor && echo serves; fi`;
  const look = async (): Promise<Look<string>> => {
    const said = await Promise.all(
      (await nodes()).map(async (node) => ({ name: node.name, said: (await node.run(question)).stdout.trim() })),
    );
    const serving = said.filter((one) => one.said.endsWith("serves"));
    const [only] = serving;
    if (serving.length === 1 && only !== undefined) return { met: true, value: only.name };
    return { met: false, seen: `serving: ${serving.map(({ name }) => name).join(", ") || "nobody"}` };
  };
  return eventually("one node serves", look, { withinMs: SETTLED_WITHIN_MS, everyMs: 500 });
}

/** From the same sources as every other package of the nodes, which reach no network. */
async function installKeepalived(context: VerificationContext, say: (line: string) => void): Promise<void> {
  const [first] = context.plan.nodes;
  if (first === undefined) throw new Error("the cluster has no node");
  const session = await context.sessions.to(first.name);
  if ((await session.run("dpkg -s keepalived")).code === 0) return;
  say("bench: keepalived is fetched and installed on both nodes");
  const status = await session.must("read the packages", "cat /var/lib/dpkg/status");
  const apt = await AptRoot.open({ release: context.plan.release, architecture: "amd64", sources: [] });
  await apt.update(say);
  const directory = await mkdtemp(join(tmpdir(), "sip-ha-peers-"));
  try {
    const complaint = await apt.download(await apt.plan(["keepalived"], status), directory);
    if (complaint !== undefined) throw new Error(`download keepalived: ${complaint}`);
    const files = (await readdir(directory)).filter((name) => name.endsWith(".deb"));
    for (const { name } of context.plan.nodes) {
      const container = labObjectName(context.plan.stack, name);
      for (const file of files) await execa("docker", ["cp", join(directory, file), `${container}:/var/tmp/${file}`]);
      const node = await context.sessions.to(name);
      const paths = files.map((file) => `/var/tmp/${file}`).join(" ");
      await node.must("install keepalived", `sudo -n dpkg -i ${paths} && sudo -n rm -f ${paths}`, {
        timeoutMs: 120_000,
      });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
