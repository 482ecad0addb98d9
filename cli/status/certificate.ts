import type { ClusterPlan } from "../../config/plan.ts";
import { degraded, type Finding } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Long enough to have a certificate renewed by hand. */
const WARNING_DAYS = 21;

function daysLeft(validUntil: string, at: Date): number {
  return Math.floor((Date.parse(validUntil) - at.getTime()) / DAY_MS);
}

/** A certificate of SIP over TLS that has ended or soon will. */
export function certificateFindings({ sip }: ClusterPlan, at: Date): readonly Finding[] {
  if (!sip.tls) return [];
  const { validUntil } = sip.tls;
  const days = daysLeft(validUntil, at);
  if (days >= WARNING_DAYS) return [];
  const day = validUntil.slice(0, 10);
  const what = days < 0 ? `ended on ${day}: phones refuse TLS` : `ends on ${day}, in ${days} d`;
  const fix = "have it renewed, then run `npm run up`, which takes it over without losing a call";
  return [degraded(`the certificate of SIP over TLS ${what}`, fix)];
}

/** The screen's line; nothing without TLS. */
export function certificateLines({ sip }: ClusterPlan, at: Date): readonly string[] {
  if (!sip.tls) return [];
  const { port, validUntil } = sip.tls;
  return [`TLS       port ${port}, certificate until ${validUntil.slice(0, 10)} (${daysLeft(validUntil, at)} d)`];
}
