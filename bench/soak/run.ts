import { say } from "../../cli/say.ts";
import { publish } from "../publish.ts";
import { setTimeout as delay } from "node:timers/promises";
import { runningStack } from "../../cli/runningStack.ts";
import { timingProfiles } from "../../config/schema.ts";
import { engine } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import { withSessions } from "../../remote/withSessions.ts";
import type { LabSite } from "../../tests/support/sandbox.ts";
import { Observer } from "../../verify/evidence/observer.ts";
import { withCluster } from "../cluster.ts";
import { thisMachine } from "../machine.ts";
import { heartbeatWords, type SoakResult, soakText, takeovers } from "./findings.ts";

/** A stack and networks of its own. */
const SITE: Omit<LabSite, "timing"> = {
  stack: "soak",
  floatingIp: "198.18.32.10",
  gateway: "198.18.32.1",
  privateSubnet: "10.81.0.0/24",
  outsideSubnet: "198.18.33.0/24",
  verification: "{ first: checks }",
  sshPort: 22081,
};
const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 24 * 60;

export interface SoakOptions {
  /** Whole minutes, from 1 to 1440. */
  readonly minutes: number;
  /** A profile of `timing`. */
  readonly profile: string;
}

/**
 * Saturates every core for so many minutes, and counts how often a node took its peer for dead or the group; neither
 * should happen, as nobody dies. Prints the result as Markdown, and removes the cluster.
 *
 * @throws Error when an option is not sound, or when the group moved
 */
export async function runSoak({ minutes, profile }: SoakOptions): Promise<void> {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_MINUTES)
    throw new Error(`--minutes must be a whole number from 1 to ${LONGEST_MINUTES}, got ${minutes}`);
  const profiles = Object.keys(timingProfiles);
  if (!profiles.includes(profile)) throw new Error(`--profile must be one of ${profiles.join(", ")}, got ${profile}`);
  const begun = { startedAt: new Date().toISOString(), machine: thisMachine(), minutes, profile };
  const command = `npm run bench:soak -- --minutes ${minutes} --profile ${profile}`;
  await withCluster({ ...SITE, timing: profile }, async (_sandbox, signal) => {
    const { plan, hosts } = await runningStack(SITE.stack);
    const nodes = hosts.filter(({ role }) => role === "node");
    await withSessions(nodes, async (sessions) => {
      const observer = new Observer(plan);
      await Promise.all(sessions.map((session) => observer.watch(session)));
      await saturate(sessions, minutes, signal);
      await observer.stop();
      const texts = await Promise.all(sessions.map((session) => engine.events(session, minutes, 0)));
      const moved = takeovers(sessions.map(({ name }) => observer.of(name)));
      const words = heartbeatWords(texts.flat().map(({ text }) => text));
      const result: SoakResult = { ...begun, command, takeovers: moved, ...words };
      await publish("soak-", soakText(result), result);
      if (moved > 0) throw new Error(`the group moved ${moved} times although nobody died`);
    });
  });
}

/** Two busy loops for each core on the first node; in a lab all machines share the cores. */
async function saturate([node]: readonly Session[], minutes: number, signal: AbortSignal): Promise<void> {
  if (node === undefined) throw new Error("the cluster has no node");
  const loops = await node.stream(`sudo -n /usr/lib/sip-ha/verify/starve ${minutes * 60 + 30}`, () => undefined);
  try {
    for (let minute = 1; minute <= minutes; minute += 1) {
      await delay(MINUTE_MS, undefined, { signal });
      say(`soak: ${minute} of ${minutes} minutes`);
    }
  } finally {
    await loops.stop();
  }
}
