import type { TimingPlan } from "../../config/plan.ts";
import { type Bound, none, within as withinTimes } from "./bound.ts";

/** Every bound that a verification holds the cluster to, for these timers. */
export interface Bounds {
  readonly floatingIpMoved: Bound;
  readonly neighbourUpdated: Bound;
  readonly powerOffOutage: Bound;
  readonly switchoverOutage: Bound;
  readonly failedCalls: Bound;
  readonly shortCalls: Bound;
  readonly lostRegistrations: Bound;
  readonly dualOwner: Bound;
  readonly standbyRoute: Bound;
  readonly soundMissing: Bound;
  readonly firstCallSoundMissing: Bound;
  readonly registrationsMissing: Bound;
  readonly straySound: Bound;
  readonly contactUnknown: Bound;
  readonly openCallsWithoutBye: Bound;
  readonly openCallsUnknown: Bound;
  readonly openCallsFailed: Bound;
  readonly openCallsSilent: Bound;
  readonly openCallsLeft: Bound;
  readonly accountingWrong: Bound;
  /** With a relay that keeps its calls, when a node dies; follows the SIP outage, in milliseconds. */
  readonly openCallGap: (outageMs: number) => Bound;
  readonly openCallGapPlanned: Bound;
  readonly falselyRegistered: Bound;
  readonly refusalsLate: Bound;
  readonly slowestOptions: Bound;
  readonly daemonsTouched: Bound;
  readonly stormUnregistered: Bound;
  readonly stormRefused: Bound;
  readonly stormLasts: Bound;
  readonly stormCalls: Bound;
  readonly returnAsStandby: Bound;
  readonly proxyCrashOutage: Bound;
  readonly proxyHungOutage: Bound;
  readonly relayCrashOutage: Bound;
  readonly relayHungOutage: Bound;
  readonly relayFaultOutage: Bound;
  readonly relayFaultCalls: Bound;
  readonly crashLoopOutage: Bound;
  readonly groupReturned: Bound;
  readonly ownerlessTaken: Bound;
}

/** Time between two looks at a node, in milliseconds: nothing shorter can be told. */
export const SAMPLE_MS = 50;

/**
 * The bounds as functions of keepalive K and deadtime D.
 *
 * @param timing Heartbeat's timers, in milliseconds
 * @param tolerance factor of every bound of time
 */
export function bounds(timing: TimingPlan, tolerance = 1): Bounds {
  const within = withinTimes(tolerance);
  const detection = timing.deadtimeMs + timing.keepaliveMs;
  return {
    floatingIpMoved: within("floating IP on the survivor", detection + 500, "D + K + 500 ms"),
    neighbourUpdated: within("neighbour's ARP entry updated", 300, "announced at once and repeated"),
    powerOffOutage: {
      ...within("SIP outage, node death", detection + 500, "D + K + 500 ms"),
      p95: (detection + 350) * tolerance,
    },
    switchoverOutage: {
      ...within("SIP outage, planned switchover", 1000, "one run fails above 1 s"),
      p95: 250 * tolerance,
    },
    failedCalls: none("listened-to calls that failed", "a registered phone is reached"),
    shortCalls: none(
      "calls under load that failed",
      "a phone's own repetition carries a call over a planned switchover",
    ),
    lostRegistrations: none("acknowledged REGISTERs lost", "the row is in the database before the 200 OK"),
    dualOwner: within("time with two holders of the floating IP", 0, "exactly one holder at any time"),
    standbyRoute: within("time with a default route on the standby", 0, "the route follows the floating IP"),
    soundMissing: none("directions of the call without sound", "both phones hear each other through the relay"),
    registrationsMissing: none("registered users without a contact", "the row is in the database before the 200 OK"),
    straySound: none("RTP packets past the floating IP", "the floating IP is the only way in and out"),
    firstCallSoundMissing: none("directions of the first call without sound", "the relay is enabled again by then"),
    contactUnknown: none("contacts unknown without a new REGISTER", "the next node reads the same database"),
    openCallsWithoutBye: none("BYEs of calls from before without an answer", "Record-Route carries the way back"),
    openCallsUnknown: none(
      "open calls that the next node does not know",
      "a row before the 200 OK, loaded at its start",
    ),
    openCallsFailed: none("re-INVITEs and BYEs of open calls that failed", "both phones can change and end each call"),
    openCallsSilent: none("directions without sound after a re-INVITE", "it anchors the call on the new relay"),
    openCallsLeft: none("rows of calls that had ended", "the BYE removes the row"),
    accountingWrong: none("calls with a wrong accounting", "one row per call, with its start, end and both nodes"),
    openCallGap: (outageMs) =>
      within("sound gap of the open call, node death", Math.round(outageMs) + 1000, "SIP outage + 1 s"),
    openCallGapPlanned: within("sound gap of the open call, planned switchover", 1000, "one run fails above 1 s"),
    falselyRegistered: none("REGISTERs acknowledged without a database", "never a false 200"),
    refusalsLate: none("REGISTERs not refused with 503 within 1 s", "the phone shall know at once, and try again"),
    slowestOptions: within("slowest OPTIONS without a database", 1000, "few workers ever wait for it"),
    daemonsTouched: none("restarts and moves that nothing called for", "who waits or is busy does not hang"),
    stormUnregistered: none("users of the storm that were not registered", "a phone's own repetition is enough"),
    stormRefused: none("REGISTERs of the storm that were refused", "nobody legitimate is banned or limited"),
    stormLasts: within("first REGISTER of the storm to the last 200", 10_000, "1,000 users at 300 a second"),
    stormCalls: none("calls during the storm that failed", "calls do not wait for registrations"),
    returnAsStandby: within("dead node back as standby", 60_000, "steady state after healing within 60 s"),
    proxyCrashOutage: within("SIP outage, proxy crash", 500, "started again in place, at once"),
    proxyHungOutage: within("SIP outage, proxy hung", 3000, "found within 2 s, killed, started again"),
    relayCrashOutage: within("relay silent, relay crash", 500, "started again in place, at once"),
    relayHungOutage: within("relay silent, relay hung", 3000, "found within 2 s, killed, started again"),
    relayFaultOutage: within("SIP outage while the relay is silent", 500, "few workers ever wait for it"),
    relayFaultCalls: none(
      "calls begun around the relay's silence that failed",
      "what a phone repeats is dropped, and taken when the relay is back",
    ),
    crashLoopOutage: within("SIP outage, proxy that crashes again and again", 5000, "restarts in place, then one move"),
    groupReturned: none("returns of the group to the node that gave it up", "no ping-pong, ever"),
    ownerlessTaken: within("time until a group that nobody has is taken", 2000, "found and taken within 2 s"),
  };
}
