import type { Machine } from "../machine.ts";
import type { Sample } from "../../verify/evidence/samples.ts";

/** What a soak found; what is written as JSON. */
export interface SoakResult {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly profile: string;
  readonly minutes: number;
  readonly takeovers: number;
  /** How often a node took the other one for dead. */
  readonly falseDeaths: number;
  readonly lateHeartbeats: number;
}

/** How often the floating IP came to a node; looks that are far apart on a saturated machine break no possession. */
export function takeovers(nodes: readonly (readonly Sample[])[]): number {
  return nodes
    .map((samples) => samples.filter(({ address }, index) => address && samples[index - 1]?.address === false).length)
    .reduce((sum, count) => sum + count, 0);
}

/** What Heartbeat said of its peer, from the journal of one node. */
export function heartbeatWords(texts: readonly string[]): Pick<SoakResult, "falseDeaths" | "lateHeartbeats"> {
  const count = (words: RegExp): number => texts.filter((text) => words.test(text)).length;
  return { falseDeaths: count(/node \S+: is dead/), lateHeartbeats: count(/Late heartbeat: Node \S+:/) };
}

/** The result as Markdown. */
export function soakText(result: SoakResult): string {
  const { startedAt, command, machine, profile, minutes } = result;
  return `# Soak

- ${startedAt}, \`${command}\`
- ${machine.cores} cores (${machine.processor}), ${machine.kernel}, two busy loops for each core all the time

| profile | minutes | takeovers | nodes taken for dead | late heartbeats | |
| --- | ---: | ---: | ---: | ---: | --- |
| ${[profile, minutes, result.takeovers, result.falseDeaths, result.lateHeartbeats].join(" | ")} | ${result.takeovers === 0 ? "ok" : "over"} |
`;
}
