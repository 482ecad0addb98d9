import type { CheckResult } from "../checks.ts";
import { escapeHtml } from "./html.ts";
import { formatValue, type Measure, type ScenarioReport, type VerificationReport, withinBound } from "./report.ts";
import { repeatedMeasures } from "./repeated.ts";
import { outagePartsSvg } from "./outagePartsSvg.ts";
import { outageRemarks } from "./outagePartsText.ts";
import { STYLE } from "./reportStyle.ts";
import { timelineSvg } from "./timelineSvg.ts";

/** The report as one page that needs nothing else: no script, no font, no address. */
export function reportHtml(report: VerificationReport): string {
  const verdict = report.passed ? "passed" : "failed";
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(report.stack)}: verification ${verdict}</title><style>${STYLE}</style></head><body>`,
    summary(report),
    ...report.scenarios.map(scenarioSection),
    checksSection(report.checks),
    "</body></html>\n",
  ].join("\n");
}

function summary(report: VerificationReport): string {
  const { keepaliveMs, deadtimeMs } = report.timing;
  const date = report.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  const verdict = report.passed ? "passed" : "failed";
  const facts = [
    `stack <b>${escapeHtml(report.stack)}</b>`,
    `<b>${escapeHtml(report.course)}</b>${report.seed === undefined ? "" : `, seed <b>${report.seed}</b>`}`,
    `keepalive <b>${keepaliveMs} ms</b>, deadtime <b>${deadtimeMs} ms</b>`,
    `${escapeHtml(date)}, took <b>${report.seconds.toFixed(1)} s</b>`,
  ];
  return [
    `<header class="${verdict}"><h1>Verification ${verdict}</h1><p>${facts.join(" · ")}</p></header>`,
    list("faults", report.faults),
    list("skipped", report.skipped),
    headlines(report.scenarios),
    boundsTable(repeatedMeasures(report.scenarios)),
  ].join("\n");
}

/** The figures in milliseconds, large: what a caller would have noticed. */
function headlines(scenarios: readonly ScenarioReport[]): string {
  const outages = scenarios.flatMap((scenario) =>
    scenario.measures
      .filter(({ bound }) => bound.name.startsWith("SIP outage") || bound.name.startsWith("dead node"))
      .map((measure) => card(scenario.name, measure)),
  );
  return outages.length === 0 ? "" : `<div class="cards">${outages.join("\n")}</div>`;
}

function card(scenario: string, measure: Measure): string {
  const { bound, measured } = measure;
  const share = Math.min(100, (measured / bound.limit) * 100);
  return (
    `<div class="card ${withinBound(measure) ? "ok" : "bad"}"><span>${escapeHtml(bound.name)}</span>` +
    `<strong>${formatValue(measured, bound.unit)}</strong>` +
    `<div class="gauge"><i style="width:${share.toFixed(1)}%"></i></div>` +
    `<small>at most ${formatValue(bound.limit, bound.unit)} · ${escapeHtml(scenario)}</small></div>`
  );
}

function scenarioSection(scenario: ScenarioReport): string {
  const failure = scenario.failure === undefined ? "" : list("faults", [scenario.failure]);
  const pictures = scenario.timelines.map(
    (timeline) => `<figure><figcaption>${escapeHtml(timeline.title)}</figcaption>${timelineSvg(timeline)}</figure>`,
  );
  const steps = scenario.steps.map((step) => `<li>${escapeHtml(step)}</li>`).join("");
  return [
    `<section><h2>${escapeHtml(scenario.name)} <small>${scenario.seconds.toFixed(1)} s</small></h2>`,
    failure,
    outageSection(scenario),
    ...pictures,
    boundsTable(scenario.measures),
    `<div class="columns"><div><h3>Steps</h3><ol>${steps}</ol></div>`,
    `<div><h3>Also seen</h3>${list("notes", scenario.notes)}${packetsLink(scenario)}</div></div></section>`,
  ].join("\n");
}

function outageSection({ outageParts }: ScenarioReport): string {
  if (outageParts === undefined) return "";
  const caption = `what the SIP outage of ${formatValue(outageParts.outageMs, "ms")} is made of`;
  const remarks = outageRemarks(outageParts).map((remark) => `<p class="remark">${escapeHtml(remark)}</p>`);
  return `<figure><figcaption>${caption}</figcaption>${outagePartsSvg(outageParts)}${remarks.join("")}</figure>`;
}

function packetsLink({ packets }: ScenarioReport): string {
  return packets === undefined ? "" : `<p><a href="${escapeHtml(packets)}">Every packet of the caller</a> (pcap)</p>`;
}

function boundsTable(measures: readonly Measure[]): string {
  if (measures.length === 0) return "";
  const rows = measures.map((measure) => {
    const { bound, measured } = measure;
    const ok = withinBound(measure);
    const margin = bound.unit === "ms" && bound.limit > 0 ? formatValue(bound.limit - measured, bound.unit) : "";
    return (
      `<tr class="${ok ? "ok" : "bad"}"><td>${escapeHtml(bound.name)}</td>` +
      `<td class="number">${formatValue(measured, bound.unit)}</td><td class="number">${formatValue(bound.limit, bound.unit)}</td>` +
      `<td class="number">${margin}</td><td class="mark">${ok ? "✓" : "✗"}</td>` +
      `<td class="why">${escapeHtml(ok ? bound.source : `look at ${measure.lookAt}`)}</td></tr>`
    );
  });
  const head = "<tr><th>quantity</th><th>measured</th><th>at most</th><th>margin</th><th></th><th>why</th></tr>";
  return `<table><thead>${head}</thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function checksSection(checks: readonly CheckResult[]): string {
  const hosts = [...new Set(checks.map((check) => check.host))];
  const cells = hosts.map((host) => {
    const items = checks.filter((check) => check.host === host).map(checkItem);
    return `<div><h3>${escapeHtml(host)}</h3><ul class="checks">${items.join("")}</ul></div>`;
  });
  return `<section><h2>Checks at the end</h2><div class="hosts">${cells.join("\n")}</div></section>`;
}

function checkItem({ check, fault }: CheckResult): string {
  return fault === undefined
    ? `<li class="ok">${escapeHtml(check)}</li>`
    : `<li class="bad">${escapeHtml(check)}<br><small>${escapeHtml(fault)}</small></li>`;
}

function list(kind: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `<ul class="${kind}">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}
