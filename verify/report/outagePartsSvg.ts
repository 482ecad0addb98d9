import type { OutageParts, Part } from "../evidence/outageParts.ts";
import { escapeHtml } from "./html.ts";
import { formatValue } from "./report.ts";
import { MEANING, partTitle, wholeNumbers } from "./outagePartsText.ts";

const WIDTH = 1120;
const BAR_HEIGHT = 30;
const LEGEND_TOP = BAR_HEIGHT + 22;
const ROW_HEIGHT = 20;
const SWATCH = 11;
/** Between two entries of the legend. */
const GAP = 26;
/** Width of a letter, as drawn; keeps texts from covering each other. */
const LETTER = 6.6;
/** A part that is there can be seen. */
const THINNEST = 1.5;

interface Drawn {
  readonly part: Part;
  /** As in the text, so that the figures of the picture add up as well. */
  readonly ms: number;
  readonly x: number;
  readonly width: number;
}

/** The picture of an outage: one bar from the last good answer to the first one, made of its parts, and their legend. */
export function outagePartsSvg({ outageMs, parts }: OutageParts): string {
  const drawn = place(parts, outageMs);
  const legend = rows(drawn);
  const height = LEGEND_TOP + (legend.length - 1) * ROW_HEIGHT + 8;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="parts of the SIP outage">`,
    ...drawn.map(segment),
    ...legend.flatMap((row, index) =>
      row.map(({ entry, x }) => legendEntry(entry, x, LEGEND_TOP + index * ROW_HEIGHT)),
    ),
    "</svg>",
  ].join("\n");
}

function place(parts: readonly Part[], outageMs: number): readonly Drawn[] {
  const whole = wholeNumbers(
    parts.map(({ ms }) => ms),
    Math.round(outageMs),
  );
  const scale = WIDTH / Math.max(outageMs, 0.001);
  let before = 0;
  return parts.map((part, index) => {
    const x = round(before * scale);
    before += part.ms;
    return { part, ms: whole[index] ?? 0, x, width: round(before * scale) - x };
  });
}

function segment({ part, ms, x, width }: Drawn): string {
  if (part.ms === 0) return "";
  const caption = `${partTitle(part)} ${formatValue(ms, "count")}`;
  const inside = width > caption.length * LETTER + 10;
  const text = `<text class="on-${classOf(part)}" x="${round(x + width / 2)}" y="${BAR_HEIGHT / 2 + 4}" text-anchor="middle">${caption}</text>`;
  const bar = `<rect class="part ${classOf(part)}" x="${x}" y="0" width="${round(Math.max(width, THINNEST))}" height="${BAR_HEIGHT}">${tooltip(part, ms)}</rect>`;
  return inside ? bar + text : bar;
}

function tooltip(part: Part, ms: number): string {
  const unsure = part.withinMs < 1 ? "" : `; it may have ended up to ${Math.ceil(part.withinMs)} ms earlier`;
  return `<title>${escapeHtml(`${partTitle(part)}: ${formatValue(ms, "ms")}, ${MEANING[part.name]}${unsure}`)}</title>`;
}

interface Placed {
  readonly entry: Drawn;
  readonly x: number;
}

/** The entries of the legend in rows that fit. */
function rows(drawn: readonly Drawn[]): readonly (readonly Placed[])[] {
  const placed: Placed[][] = [];
  let end = Infinity;
  for (const entry of drawn) {
    const width = SWATCH + 6 + legendText(entry).length * LETTER;
    if (end + GAP + width > WIDTH) {
      placed.push([]);
      end = -GAP;
    }
    placed.at(-1)?.push({ entry, x: round(end + GAP) });
    end += GAP + width;
  }
  return placed;
}

function legendText({ part, ms }: Drawn): string {
  return `${partTitle(part)} ${formatValue(ms, "ms")} ${MEANING[part.name]}`;
}

function legendEntry(entry: Drawn, x: number, y: number): string {
  const { part, ms } = entry;
  return (
    `<rect class="${classOf(part)}" x="${x}" y="${y - 10}" width="${SWATCH}" height="${SWATCH}" rx="2"/>` +
    `<text class="name" x="${round(x + SWATCH + 6)}" y="${y}">${partTitle(part)} <tspan class="figure">${formatValue(ms, "ms")}</tspan> ` +
    `<tspan class="tick">${MEANING[part.name]}</tspan></text>`
  );
}

function classOf({ name }: Part): string {
  return `part-${name.toLowerCase()}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
