import type { OutageParts, Part, PartName } from "../evidence/outageParts.ts";
import { formatValue, type ScenarioReport } from "./report.ts";
import { median } from "./statistics.ts";

/** What happens in each part, until it ends. */
export const MEANING: Readonly<Record<PartName, string>> = {
  power: "until the power was back",
  boot: "until Heartbeat began on the next node",
  drain: "until Heartbeat had the order to give the group up",
  detection: "until it was noticed that the group has to move",
  fencing: "until it was confirmed that the silent node was off",
  release: "until the former node had let the floating IP go",
  "hand-over": "until the next node began to take the group",
  address: "until the floating IP was on the next node",
  proxy: "until the proxy was ready",
  ARP: "until the gateway sent to the next node",
  probe: "until the caller had its first good answer",
};

/** `1,053 ms = detection 852 + address 37 + ARP 2 + proxy 114 + probe 48`, and what is to be said beside it. */
export function outagePartsText(divided: OutageParts): string {
  const { outageMs, parts } = divided;
  return [`${formatValue(outageMs, "ms")} = ${terms(parts, outageMs)}`, ...outageRemarks(divided)].join("; ");
}

/** What is to be said beside the parts; nothing where all was seen and nothing went before. */
export function outageRemarks({ lead, notSeen, clockMs }: OutageParts): readonly string[] {
  const leadMs = lead.reduce((sum, { ms }) => sum + ms, 0);
  const clocks = clockMs === null ? "by clocks of which nobody knows how far they are apart" : clockWords(clockMs);
  return [
    ...(Math.round(leadMs) === 0
      ? []
      : [`before it ${formatValue(leadMs, "ms")} with service: ${terms(lead, leadMs)}`]),
    ...(notSeen.length === 0 ? [] : [`not seen: the end of ${notSeen.join(", ")}`]),
    ...(clocks === "" ? [] : [clocks]),
  ];
}

function clockWords(clockMs: number): string {
  return clockMs === 0 ? "" : `by clocks that are up to ${Math.max(1, Math.ceil(clockMs))} ms apart`;
}

function terms(parts: readonly Part[], totalMs: number): string {
  const whole = wholeNumbers(
    parts.map(({ ms }) => ms),
    Math.round(totalMs),
  );
  return parts.map((part, index) => `${partTitle(part)} ${formatValue(whole[index] ?? 0, "count")}`).join(" + ");
}

/** Its name, after those of the parts that are in it. */
export function partTitle({ name, with: others }: Part): string {
  return [...others, name].join(" and ");
}

/** Whole numbers that add up to `total` as the values do: those with the largest fractions are rounded up. */
export function wholeNumbers(values: readonly number[], total: number): readonly number[] {
  const floors = values.map(Math.floor);
  const missing = total - floors.reduce((sum, value) => sum + value, 0);
  const byFraction = values
    .map((value, index) => ({ index, fraction: value - Math.floor(value) }))
    .sort((left, right) => right.fraction - left.fraction);
  const up = new Set(byFraction.slice(0, Math.max(0, missing)).map(({ index }) => index));
  return floors.map((value, index) => (up.has(index) ? value + 1 : value));
}

/**
 * One line for each scenario that was divided more than once: the median of each part by itself, so that they need not add
 * up. A part that was over before the outage is 0; runs in which the end of a part was not seen do not count for the parts.
 */
export function medianParts(scenarios: readonly ScenarioReport[]): readonly string[] {
  const titles = [...new Set(scenarios.map(titleOf))];
  return titles.flatMap((title) => {
    const runs = scenarios.filter((one) => titleOf(one) === title).flatMap(({ outageParts }) => outageParts ?? []);
    const whole = runs.filter(({ notSeen }) => notSeen.length === 0);
    if (whole.length < 2) return [];
    const names = [...new Set(whole.flatMap(({ parts }) => parts.map(({ name }) => name)))];
    const of = (name: PartName): number =>
      median(whole.map(({ parts }) => parts.find((part) => part.name === name)?.ms ?? 0));
    const outage = formatValue(median(whole.map(({ outageMs }) => outageMs)), "ms");
    const medians = names.map((name) => `${name} ${formatValue(of(name), "count")}`);
    return [`${title}, medians of ${whole.length} runs: ${outage}; ${medians.join(", ")}`];
  });
}

function titleOf({ scenario, name }: ScenarioReport): string {
  return scenario ?? name;
}
