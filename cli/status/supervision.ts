import { z } from "zod";
import { degraded, type Finding } from "./finding.ts";
import type { NodeSeen } from "./seen.ts";

const unitSchema = z.object({ failures: z.number(), restarts: z.number(), exhausted: z.boolean() });

/** What the watcher of a node tells of itself (`engine supervision`); what else it says is not looked at. */
export const supervisionSchema = z.union([
  z.object({ running: z.literal(false) }),
  z.object({
    group: z.object({ paused: z.boolean() }),
    ability: z.object({ able: z.boolean(), why: z.array(z.string()) }),
    supervision: z.object({
      restarts: z.number(),
      windowSec: z.number(),
      units: z.record(z.string(), unitSchema),
      barredFor: z.number(),
      alert: z.boolean(),
      last: z.object({ kind: z.string(), unit: z.string(), reason: z.string(), ago: z.number() }).nullable(),
    }),
    ownerless: z.object({ taken: z.number() }),
    /** Absent from a release that does not look at its peer. */
    partner: z.object({ node: z.string(), fault: z.string() }).optional(),
    /** Absent from a release that does not ask the gateway; null where it never answered. */
    gateway: z.object({ sees: z.boolean().nullable() }).optional(),
    /** Absent from a release that does not look at its disk. */
    disk: z.object({ full: z.array(z.string()) }).optional(),
    /** Absent from a release whose proxy does not start without the database. */
    degraded: z.object({ runs: z.boolean() }).optional(),
    /** When daemons began for a planned move that has not ended. Absent from a release that begins none. */
    handover: z.object({ begunAt: z.number().nullable() }).optional(),
  }),
]);
export type SupervisionView = z.infer<typeof supervisionSchema>;

/** `on`, or what has failed lately, or why nobody watches. */
export function supervisionWords(view: SupervisionView): string {
  if ("running" in view) return "not running";
  if (view.group.paused) return "switched off";
  const { units, restarts, windowSec } = view.supervision;
  const failing = Object.entries(units).filter(([, { failures }]) => failures > 0);
  if (failing.length === 0) return "on";
  return failing
    .map(([name, { failures }]) => `${name} ${failures} of ${restarts} restarts in ${windowSec} s`)
    .join(", ");
}

/** Whether daemons have begun on this node for a planned move that has not ended. */
export function groupIsComing(view: SupervisionView | undefined): boolean {
  return view !== undefined && !("running" in view) && typeof view.handover?.begunAt === "number";
}

/** What an operator has to know of the watchers, which mend what they can by themselves. */
export function supervisionFindings({ name, report }: NodeSeen): readonly Finding[] {
  const view = report.supervision;
  if (view === undefined) return [];
  if ("running" in view) {
    return [
      degraded(
        `nobody watches the daemons of ${name}`,
        `systemctl start sip-ha-watcher on ${name}; what keeps it from running is in its journal`,
      ),
    ];
  }
  const { alert, barredFor, last } = view.supervision;
  const partner = report.owner?.role === "active" ? view.partner : undefined;
  const why = last === null ? "" : `, last ${last.kind}: ${last.unit} ${last.reason}`;
  return [
    ...(partner !== undefined && partner.fault !== ""
      ? [
          degraded(
            `${name} has nobody to fail over to: ${partner.node}: ${partner.fault}`,
            `mend ${partner.node}; until then a fault of ${name} ends service`,
          ),
        ]
      : []),
    ...(view.gateway?.sees === false
      ? [degraded(`the gateway does not answer to ${name}`, `look at the public link of ${name}, and at the gateway`)]
      : []),
    ...(view.disk !== undefined && view.disk.full.length > 0
      ? [degraded(`the disk of ${name} is full: ${view.disk.full.join(", ")}`, `make room on ${name}`)]
      : []),
    ...(view.degraded?.runs === true
      ? [
          degraded(
            `the proxy of ${name} was started without the database: it knows no user, and refuses what needs one with 503`,
            "bring the database back; the proxy is started anew by itself some seconds later",
          ),
        ]
      : []),
    ...(view.group.paused
      ? [degraded(`the supervision of ${name} is switched off`, `/usr/lib/sip-ha/engine supervise on, on ${name}`)]
      : []),
    ...(alert
      ? [degraded(`${name} cannot mend its daemons, and its peer cannot serve${why}`, `look at \`npm run explain\``)]
      : []),
    ...(barredFor > 0
      ? [
          degraded(
            `${name} gave the group up because its daemons failed, and is no target for ${Math.ceil(barredFor / 60)} min`,
            `mend what \`npm run explain\` tells, then /usr/lib/sip-ha/engine supervise clear on ${name}`,
          ),
        ]
      : []),
  ];
}
