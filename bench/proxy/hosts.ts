import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { Row } from "../rows.ts";

/** What a machine of the lab uses in one second. */
export interface HostUse {
  readonly host: string;
  /** Percent of one core. */
  readonly processor: number;
  readonly memoryMiB: number;
}

/** Clock ticks that a machine's processes have used so far, and the KiB that they hold; shared pages count once. */
const LOOK =
  `cat /proc/[0-9]*/stat 2>/dev/null | awk '{ sub(/.*\\) /, ""); t += $12 + $13 + $14 + $15 } END { printf "%d ", t }'; ` +
  `cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { m += $2 } END { printf "%d", m }'`;
const TICKS_PER_SECOND = 100;
const BETWEEN_LOOKS_MS = 1000;

/** What each machine of a stack uses now; a container's own figures miss what runs under its systemd. */
export async function hostUse(stack: string): Promise<readonly HostUse[]> {
  const filter = `label=sip-ha.stack=${stack}`;
  const { stdout } = await execa("docker", ["ps", "--filter", filter, "--format", "{{.Names}}"]);
  const names = stdout.split("\n").sort();
  return Promise.all(
    names.map(async (name) => {
      const before = await look(name);
      await delay(BETWEEN_LOOKS_MS);
      return useBetween(name.slice(`sip-ha-${stack}-`.length), before, await look(name));
    }),
  );
}

export interface HostLook {
  /** Milliseconds of a steady clock. */
  readonly at: number;
  readonly said: string;
}

async function look(container: string): Promise<HostLook> {
  const at = performance.now();
  const { stdout } = await execa("docker", ["exec", container, "sh", "-c", LOOK]);
  return { at, said: stdout };
}

/** From two looks; what ended in between without anybody waiting for it is missed. */
export function useBetween(host: string, before: HostLook, after: HostLook): HostUse {
  const [from = NaN] = before.said.split(" ").map(Number);
  const [to = NaN, kib = NaN] = after.said.split(" ").map(Number);
  const seconds = (after.at - before.at) / 1000;
  return { host, processor: Math.max(0, (100 * (to - from)) / TICKS_PER_SECOND / seconds), memoryMiB: kib / 1024 };
}

/** Two rows for each machine. */
export function hostRows(looks: readonly (readonly HostUse[])[], when: string): readonly Row[] {
  const hosts = [...new Set(looks.flat().map(({ host }) => host))];
  return hosts.flatMap((host): Row[] => {
    const of = looks.flat().filter((look) => look.host === host);
    return [
      { title: `${host}, ${when}: of one core`, unit: "%", samples: of.map(({ processor }) => processor) },
      { title: `${host}, ${when}: memory`, unit: "MiB", samples: of.map(({ memoryMiB }) => memoryMiB) },
    ];
  });
}
