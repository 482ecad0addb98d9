import type { Span } from "../evidence/analysis.ts";
import type { Lane, Timeline, TimelineEvent } from "./report.ts";
import { escapeHtml } from "./html.ts";

const WIDTH = 1120;
const LEFT = 210;
const RIGHT = 20;
const LANE_HEIGHT = 26;
const BAR_HEIGHT = 14;
const EVENT_HEIGHT = 18;
const AXIS_HEIGHT = 34;
/** Width of a letter of an event's text, as drawn; keeps texts from covering each other. */
const LETTER = 6.4;

interface Scale {
  readonly x: (time: number) => number;
  readonly span: Span;
  /** Seconds since 1970 that the axis calls 0. */
  readonly origin: number;
}

/** The picture of a timeline: one row per lane, a line per event, an axis in seconds from the fault. */
export function timelineSvg(timeline: Timeline): string {
  const { span, lanes } = timeline;
  const events = [...timeline.events].filter((event) => event.time >= span.from && event.time <= span.to);
  events.sort((left, right) => left.time - right.time);
  const scale = makeScale(span, events.find((event) => event.kind === "fault")?.time ?? span.from);
  const rows = stack(events, scale);
  const top = (Math.max(0, ...rows) + 1) * EVENT_HEIGHT + 10;
  const bottom = top + lanes.length * LANE_HEIGHT;
  const height = bottom + AXIS_HEIGHT;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(timeline.title)}">`,
    ...axis(scale, top, bottom),
    ...lanes.map((lane, index) => drawLane(lane, top + index * LANE_HEIGHT, scale)),
    ...events.map((event, index) => drawEvent(event, rows[index] ?? 0, { scale, top, bottom })),
    "</svg>",
  ].join("\n");
}

function makeScale(span: Span, origin: number): Scale {
  const seconds = Math.max(span.to - span.from, 0.001);
  const x = (time: number): number => LEFT + ((time - span.from) / seconds) * (WIDTH - LEFT - RIGHT);
  return { x: (time) => round(Math.min(Math.max(x(time), LEFT), WIDTH - RIGHT)), span, origin };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The row of each event's text, so that no two texts overlap. */
function stack(events: readonly TimelineEvent[], scale: Scale): number[] {
  const ends: number[] = [];
  return events.map((event) => {
    const [from, to] = textSpan(event, scale);
    const free = ends.findIndex((end) => end + 8 < from);
    const row = free === -1 ? ends.length : free;
    ends[row] = to;
    return row;
  });
}

/** Texts near the right edge end at their line instead of beginning there. */
function textSpan(event: TimelineEvent, scale: Scale): readonly [number, number] {
  const x = scale.x(event.time);
  const width = label(event, scale).length * LETTER;
  return x + width > WIDTH - RIGHT ? [x - width - 4, x] : [x, x + width + 4];
}

function label(event: TimelineEvent, scale: Scale): string {
  const offset = event.time - scale.origin;
  return `${event.text} (${offset < 0 ? "−" : "+"}${Math.abs(offset).toFixed(2)} s)`;
}

function axis({ x, span, origin }: Scale, top: number, bottom: number): string[] {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60].find((size) => (span.to - span.from) / size <= 14) ?? 120;
  const first = Math.ceil((span.from - origin) / step);
  const last = Math.floor((span.to - origin) / step);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return ticks.map((tick) => {
    const at = x(origin + tick * step);
    const text = Number((tick * step).toFixed(1));
    return (
      `<line class="grid" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/>` +
      `<text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${text} s</text>`
    );
  });
}

function drawLane(lane: Lane, y: number, { x }: Scale): string {
  const bars = lane.spans.map(({ from, to }) => {
    const width = Math.max(1.5, round(x(to) - x(from)));
    const seconds = (to - from).toFixed(3);
    const title = `<title>${escapeHtml(lane.title)}: ${seconds} s</title>`;
    const caption = lane.kind === "down" ? outageCaption(x(from), x(to), to - from, y) : "";
    return `<rect class="${lane.kind}" x="${x(from)}" y="${y + 6}" width="${width}" height="${BAR_HEIGHT}" rx="2">${title}</rect>${caption}`;
  });
  const base = y + LANE_HEIGHT / 2;
  return [
    `<line class="lane" x1="${LEFT}" y1="${base}" x2="${WIDTH - RIGHT}" y2="${base}"/>`,
    `<text class="name" x="${LEFT - 10}" y="${base + 4}" text-anchor="end">${escapeHtml(lane.title)}</text>`,
    ...bars,
  ].join("");
}

function outageCaption(from: number, to: number, seconds: number, y: number): string {
  const text = `${Math.round(seconds * 1000)} ms`;
  const inside = to - from > text.length * LETTER + 8;
  const [at, anchor] = inside ? [(from + to) / 2, "middle"] : [to + 5, "start"];
  return `<text class="${inside ? "inside" : "beside"}" x="${round(at)}" y="${y + 17}" text-anchor="${anchor}">${text}</text>`;
}

interface Frame {
  readonly scale: Scale;
  readonly top: number;
  readonly bottom: number;
}

function drawEvent(event: TimelineEvent, row: number, { scale, top, bottom }: Frame): string {
  const at = scale.x(event.time);
  const y = row * EVENT_HEIGHT + 14;
  const [from] = textSpan(event, scale);
  const anchor = from < at ? "end" : "start";
  const textX = anchor === "end" ? at - 4 : at + 4;
  return (
    `<line class="event ${event.kind}" x1="${at}" y1="${y - 10}" x2="${at}" y2="${Math.max(bottom, top)}"/>` +
    `<text class="event ${event.kind}" x="${textX}" y="${y}" text-anchor="${anchor}">${escapeHtml(label(event, scale))}</text>`
  );
}
