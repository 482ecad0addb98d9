import type { ClusterPlan, VerificationLevel } from "../../config/plan.ts";
import type { CatalogueEntry } from "./entry.ts";

/** What a verification shall do. */
export interface Course {
  /** For the report: a level, or the words of the command line. */
  readonly title: string;
  /** Names of scenarios in the order in which they run; the same one may come several times. */
  readonly scenarios: readonly string[];
  /** Seed of the order, when it was drawn. */
  readonly seed?: number;
}

/** The scenarios of each level of `verification` in the stack file. */
const LEVELS: Readonly<Record<Exclude<VerificationLevel, "off">, readonly string[]>> = {
  checks: ["call"],
  switchover: ["call", "switchover", "switchover"],
  "power-off": ["call", "power-off", "switchover"],
};

export const levelNames = Object.keys(LEVELS);

/** Words that stand for several scenarios. */
export const selections: Readonly<Record<string, (entry: CatalogueEntry) => boolean>> = {
  all: () => true,
  safe: ({ harm }) => harm !== "fault",
};

export function levelCourse(level: Exclude<VerificationLevel, "off">): Course {
  return { title: level, scenarios: LEVELS[level] };
}

/** Rows of the catalogue of faults that happen most: what is measured once there says little. */
const CORE_ROWS: readonly number[] = [1, 2, 5, 8, 28];

export interface CourseOptions {
  /** How often each scenario runs; from 1 to 100. */
  readonly repeats: number;
  /** How often those of the core rows do; default: as the others. */
  readonly coreRepeats?: number;
  /** Decides the order; the same seed, the same order. */
  readonly seed: number;
}

/**
 * The course of these words: one level, or any of names of scenarios, `all` and `safe`. Several scenarios run in an
 * order drawn by the seed.
 *
 * @throws Error that names every unknown word, and what is known
 */
export function parseCourse(
  words: readonly string[],
  catalogue: readonly CatalogueEntry[],
  { repeats, coreRepeats = repeats, seed }: CourseOptions,
): Course {
  const [first = ""] = words;
  const level = words.length === 1 && repeats === 1 && coreRepeats === 1 ? levelOf(first) : undefined;
  if (level !== undefined) return levelCourse(level);
  const known = [...catalogue.map(({ name }) => name), ...Object.keys(selections)];
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    const levels = `a level by itself (${levelNames.join(", ")})`;
    throw new Error(`unknown scenario ${unknown.join(", ")}; one or more of ${known.join(", ")}, or ${levels}`);
  }
  const chosen = catalogue.filter((entry) => words.some((word) => entry.name === word || selections[word]?.(entry)));
  const times = ({ rows }: CatalogueEntry): number =>
    rows.some((row) => CORE_ROWS.includes(row)) ? coreRepeats : repeats;
  const names = chosen.flatMap((entry) => Array.from({ length: times(entry) }, () => entry.name));
  const core = coreRepeats === repeats ? "" : `, core rows ${coreRepeats} times`;
  const title = `${words.join(", ")}${repeats === 1 ? "" : `, ${repeats} times each`}${core}`;
  return chosen.length === 1 ? { title, scenarios: names } : { title, scenarios: shuffled(names, seed), seed };
}

/**
 * Refuses what would harm a cluster that is not marked for it.
 *
 * @throws Error that names the scenarios
 */
export function refuseHarm(course: Course, catalogue: readonly CatalogueEntry[], plan: ClusterPlan): void {
  if (plan.verification.faults) return;
  const harmful = catalogue.filter(({ name, harm }) => harm === "fault" && course.scenarios.includes(name));
  if (harmful.length === 0) return;
  const names = harmful.map(({ name }) => name).join(", ");
  throw new Error(
    `${names} would break service, and verification.faults is false in Pulumi.${plan.stack}.yaml; run \`safe\`, or a lab`,
  );
}

function levelOf(word: string): Exclude<VerificationLevel, "off"> | undefined {
  return (["checks", "switchover", "power-off"] as const).find((level) => level === word);
}

/** Fisher and Yates, with mulberry32 as the source of numbers. */
function shuffled(names: readonly string[], seed: number): readonly string[] {
  const next = numbers(seed);
  const left = [...names];
  return names.map(() => left.splice(Math.floor(next() * left.length), 1)[0] ?? "");
}

function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
