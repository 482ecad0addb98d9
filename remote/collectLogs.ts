import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { HostAccess } from "../components/hosts/host.ts";
import { isManaged } from "../config/plan.ts";
import { messageOf } from "./eventually.ts";
import type { BastionPool } from "./session.ts";
import { withBastions, withSession } from "./withSessions.ts";

const TIMEOUT_MS = 120_000;

/**
 * Collects what every host logged, and how it is, into one archive without secrets, readable for its owner alone. A host
 * that is silent is named in it.
 *
 * @param path of the archive; what stands in it is in a directory of the same name without `.tar.gz`
 * @param minutes how far back, at least 1
 * @param progress gets a line for each host
 */
export async function collectLogs(
  hosts: readonly HostAccess[],
  path: string,
  minutes: number,
  progress: (line: string) => void,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "sip-ha-logs-"));
  const name = basename(path, ".tar.gz");
  try {
    const asked = hosts.filter(isManaged);
    await withBastions((bastions) =>
      Promise.all(
        asked.map(async (host) => {
          const said = await collect(host, bastions, join(work, name, host.name), minutes);
          progress(`${host.name}: ${said}`);
        }),
      ),
    );
    await execa("tar", ["-C", work, "-czf", `${path}.new`, name]);
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  } finally {
    await rm(work, { recursive: true });
  }
}

async function collect(host: HostAccess, bastions: BastionPool, directory: string, minutes: number): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const archive = await withSession(host, bastions, (session) =>
      // in base64, because what a session answers is text
      session.must("collect the logs", `set -o pipefail; sudo -n /usr/lib/sip-ha/logs ${minutes} | base64`, {
        timeoutMs: TIMEOUT_MS,
      }),
    );
    await execa("tar", ["-C", directory, "-xzf", "-"], { input: Buffer.from(archive, "base64") });
    return "collected";
  } catch (error) {
    await writeFile(join(directory, "silent.txt"), `${messageOf(error)}\n`);
    return messageOf(error);
  }
}
