import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import type { HostAccess } from "../components/hosts/host.ts";
import { messageOf } from "../remote/eventually.ts";
import type { BastionPool } from "../remote/session.ts";
import { withBastions, withSession } from "../remote/withSessions.ts";
import { runningStack } from "./runningStack.ts";
import { say } from "./say.ts";

const TIMEOUT_MS = 120_000;

interface LogsOptions {
  readonly stack: string;
  readonly minutes: string;
  readonly file?: string;
}

/** Collects what every host logged, and how it is, into one archive without secrets. A host that is silent is named in it. */
export async function logs({ stack, minutes, file }: LogsOptions): Promise<void> {
  if (!/^[1-9][0-9]{0,5}$/.test(minutes))
    throw new Error(`--minutes must be a whole number from 1 to 999999, got ${minutes}`);
  const { hosts } = await runningStack(stack);
  const name = `sip-ha-logs-${stack}-${new Date().toISOString().replaceAll(":", "")}`;
  const path = resolve(file ?? `${name}.tar.gz`);
  const work = await mkdtemp(join(tmpdir(), "sip-ha-logs-"));
  try {
    const asked = hosts.filter(({ role }) => role !== "router");
    await withBastions((bastions) =>
      Promise.all(asked.map((host) => collect(host, bastions, join(work, name), minutes))),
    );
    await execa("tar", ["-C", work, "-czf", `${path}.new`, name]);
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  } finally {
    await rm(work, { recursive: true });
  }
  process.stdout.write(`${path}\n`);
}

async function collect(host: HostAccess, bastions: BastionPool, work: string, minutes: string): Promise<void> {
  const directory = join(work, host.name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const archive = await withSession(host, bastions, (session) =>
      // in base64, because what a session answers is text
      session.must("collect the logs", `set -o pipefail; sudo -n /usr/lib/sip-ha/logs ${minutes} | base64`, {
        timeoutMs: TIMEOUT_MS,
      }),
    );
    await execa("tar", ["-C", directory, "-xzf", "-"], { input: Buffer.from(archive, "base64") });
    say(`${host.name}: collected`);
  } catch (error) {
    await writeFile(join(directory, "silent.txt"), `${messageOf(error)}\n`);
    say(`${host.name}: ${messageOf(error)}`);
  }
}
