import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { login } from "../../components/hosts/connection.ts";
import { isRecord, type Path, pathText, valueAt } from "../../config/faults.ts";
import { type ExistingClusterPlan, isExisting, machines } from "../../config/plan.ts";
import { all, messageOf } from "../../remote/eventually.ts";
import { fingerprint, readHostKey } from "../../remote/hostKey.ts";
import { BastionPool } from "../../remote/session.ts";
import { prepareToolchain } from "../../toolchain/prepare.ts";
import { ensureStack } from "../../toolchain/stack.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { readPlan } from "../readStack.ts";
import { privateKeyOf } from "./privateKey.ts";

/** Stands where a stack file has no key yet; nobody's. */
const PLACEHOLDER = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`;

interface Options {
  readonly stack: string;
  readonly write?: true;
}

/** One machine, where its key belongs in the stack file, and what was found. */
interface Found {
  readonly name: string;
  readonly path: Path;
  readonly pinned: string | undefined;
  readonly key: string;
}

/** Collects the host keys of every machine and shows them for comparison; writes those that are new when asked to. */
export async function hostKeys({ stack, write }: Options): Promise<void> {
  const plan = readPlan(projectDir, stack, withPlaceholders);
  if (!isExisting(plan)) throw new Error(`stack ${stack} makes its machines itself; their keys are pinned already`);
  const found = await collect(plan);
  process.stdout.write(`${found.map(describe).join("\n")}\n`);
  const changed = found.filter(({ pinned, key }) => pinned !== undefined && pinned !== key);
  const missing = found.filter(({ pinned }) => pinned === undefined);
  if (write && missing.length > 0) writeKeys(stack, missing);
  else if (missing.length > 0) {
    const again = `npm run host-keys -- --stack ${stack} --write`;
    process.stderr.write(
      `compare each with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the machine's console, then run \`${again}\`\n`,
    );
  }
  if (changed.length === 0) return;
  const names = changed.map(({ name }) => name).join(", ");
  throw new Error(
    `${names}: another key than the pinned one; find out why before you trust it, then remove the old hostKey from Pulumi.${stack}.yaml`,
  );
}

/** The options of `sip-ha:cluster` with a placeholder for each key that is not there yet. */
function withPlaceholders(input: unknown): unknown {
  const copy = structuredClone(input);
  for (const path of places(copy)) {
    const machine = valueAt(copy, path);
    if (isRecord(machine) && machine["hostKey"] === undefined) Object.assign(machine, { hostKey: PLACEHOLDER });
  }
  return copy;
}

/** Every place of the options that has a host key. */
function places(input: unknown): readonly Path[] {
  const list = (name: string): readonly Path[] => {
    const items = valueAt(input, ["hosts", name]);
    return Array.isArray(items) ? items.map((_, index) => ["hosts", name, index]) : [];
  };
  return [...list("bastions"), ...list("nodes"), ["hosts", "database"], ["hosts", "caller"]];
}

/** Bastions first: the others are seen through them. */
async function collect(plan: ExistingClusterPlan): Promise<readonly Found[]> {
  const { hosts } = plan;
  const bastions = await all(
    hosts.bastions.map(async ({ name, host, port, hostKey }, index) => {
      const key = await readHostKey(host, port).catch(unreachable(name, `${host}:${port}`));
      return { name, path: ["hosts", "bastions", index], pinned: pinnedKey(hostKey), key };
    }),
  );
  const through = await tunnels(plan, bastions);
  const pool = new BastionPool();
  try {
    const others = await all(
      machines(plan).map(async (machine, index) => {
        const known = hosts.machines[machine.name];
        if (!known) throw new Error(`the plan does not say how ${machine.name} is reached`);
        const { host, port, hostKey } = known.ssh;
        const via = known.bastion === undefined ? undefined : through.get(known.bastion);
        const where = `${host}:${port}${known.bastion === undefined ? "" : ` through ${known.bastion}`}`;
        const read = async (): Promise<string> => {
          const target = { host, port, user: "host-keys", hostKey };
          return readHostKey(host, port, via && (await pool.tunnel(via, target, machine.name)));
        };
        const key = await read().catch(unreachable(machine.name, where));
        const path = machine.role === "node" ? ["hosts", "nodes", index] : ["hosts", machine.role];
        return { name: machine.name, path, pinned: pinnedKey(hostKey), key };
      }),
    );
    return [...bastions, ...others];
  } finally {
    await pool.close();
  }
}

/** How each bastion is logged in to, with its pinned key, or the one that it has just shown. */
async function tunnels(plan: ExistingClusterPlan, found: readonly Found[]) {
  const { bastions } = plan.hosts;
  if (bastions.length === 0) return new Map<string, ReturnType<typeof login>>();
  const toolchain = await prepareToolchain({ need: ["pulumi"], quiet: true });
  if (plan.hosts.identity.kind === "secret") await ensureStack(toolchain, plan.stack);
  const privateKey = await privateKeyOf(plan, toolchain.env);
  return new Map(
    bastions.map((bastion, index) => {
      const hostKey = found[index]?.pinned ?? found[index]?.key ?? bastion.hostKey;
      return [bastion.name, login({ ...bastion, hostKey }, privateKey)] as const;
    }),
  );
}

function pinnedKey(hostKey: string): string | undefined {
  return hostKey === PLACEHOLDER ? undefined : hostKey;
}

function unreachable(name: string, where: string) {
  return (error: unknown): never => {
    throw new Error(`${name}: no host key at ${where}: ${messageOf(error)}; check that sshd answers there`);
  };
}

function describe({ name, path, pinned, key }: Found): string {
  const verdict = pinned === undefined ? "new" : pinned === key ? "pinned" : `DIFFERS from ${fingerprint(pinned)}`;
  return `${name}  ${fingerprint(key)}  ${verdict}\n  ${pathText(path)}.hostKey: ${key}`;
}

/** Puts the keys into the stack file; everything else there stays as it is. */
function writeKeys(stack: string, found: readonly Found[]): void {
  const file = join(projectDir, `Pulumi.${stack}.yaml`);
  const document: Document = parseDocument(readFileSync(file, "utf8"));
  for (const { path, key } of found) document.setIn(["config", "sip-ha:cluster", ...path, "hostKey"], key);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  process.stderr.write(`wrote ${found.length === 1 ? "1 key" : `${found.length} keys`} into Pulumi.${stack}.yaml\n`);
}
