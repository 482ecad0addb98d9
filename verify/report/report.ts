import type { Span } from "../evidence/analysis.ts";
import type { OutageParts } from "../evidence/outageParts.ts";
import type { Bound } from "../bounds/bound.ts";
import type { CheckResult } from "../checks.ts";
import { repeatedMeasures } from "./repeated.ts";

/** One figure held against its bound. */
export interface Measure {
  readonly bound: Bound;
  readonly measured: number;
  /** Where to look when the bound is broken. */
  readonly lookAt: string;
}

/** Something that happened, for the picture. */
export interface TimelineEvent {
  /** Seconds since 1970. */
  readonly time: number;
  readonly text: string;
  readonly kind: "fault" | "recovery" | "step";
}

/** One row of the picture: what held, and when. */
export interface Lane {
  readonly title: string;
  /** `up` is drawn filled, `down` as an outage. */
  readonly kind: "owner" | "route" | "proxy" | "up" | "down";
  readonly spans: readonly Span[];
}

export interface Timeline {
  readonly title: string;
  readonly span: Span;
  readonly lanes: readonly Lane[];
  readonly events: readonly TimelineEvent[];
}

export interface ScenarioReport {
  readonly name: string;
  /** Its name in the catalogue, when it was run from there. */
  readonly scenario?: string;
  /** What was done, in prose. */
  readonly steps: readonly string[];
  readonly measures: readonly Measure[];
  /** What the SIP outage is made of, where the group moved. */
  readonly outageParts?: OutageParts;
  /** Figures without a bound, said all the same. */
  readonly notes: readonly string[];
  /** Why the scenario could not be completed; absent when it was. */
  readonly failure?: string;
  readonly timelines: readonly Timeline[];
  readonly seconds: number;
  /** File beside the report with every packet of the caller, for tshark or Wireshark. */
  readonly packets?: string;
}

/** What one verification found. */
export interface VerificationReport {
  readonly stack: string;
  /** What was asked for: a level or names of scenarios. */
  readonly course: string;
  /** Seed of the order of the scenarios, when it was drawn. */
  readonly seed?: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly timing: { readonly keepaliveMs: number; readonly deadtimeMs: number };
  readonly passed: boolean;
  /** Readable reasons, one per broken bound, failed check or broken-off scenario; empty when passed. */
  readonly faults: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly scenarios: readonly ScenarioReport[];
  /** What was asked for and these hosts do not allow. */
  readonly skipped: readonly string[];
  /** Directory of report.json and report.html. */
  readonly directory: string;
}

export function withinBound(measure: Measure): boolean {
  return measure.measured <= measure.bound.limit;
}

/** `1,234 ms`, or a plain count. */
export function formatValue(value: number, unit: Bound["unit"]): string {
  const text = Math.round(value).toLocaleString("en");
  return unit === "ms" ? `${text} ms` : text;
}

/** One readable line per thing that is wrong. */
export function faultsOf(checks: readonly CheckResult[], scenarios: readonly ScenarioReport[]): readonly string[] {
  const failedChecks = checks.flatMap(({ host, check, fault }) =>
    fault ? [`check on ${host}: ${check}: ${fault}`] : [],
  );
  const broken = scenarios.flatMap((scenario) => scenarioFaults(scenario));
  const together = exceeded("all runs", repeatedMeasures(scenarios));
  return [...failedChecks, ...broken, ...together];
}

function scenarioFaults({ name, failure, measures }: ScenarioReport): readonly string[] {
  const broken = exceeded(name, measures);
  return failure === undefined ? broken : [`${name}: ${failure}`, ...broken];
}

function exceeded(name: string, measures: readonly Measure[]): readonly string[] {
  return measures
    .filter((measure) => !withinBound(measure))
    .map(({ bound, measured, lookAt }) => {
      const got = formatValue(measured, bound.unit);
      return `${name}: ${bound.name}: measured ${got}, at most ${formatValue(bound.limit, bound.unit)}; look at ${lookAt}`;
    });
}
