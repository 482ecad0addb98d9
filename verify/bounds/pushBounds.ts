import { type Bound, none } from "./bound.ts";

/** Bounds of a push of configuration that a failover meets. */
export interface PushBounds {
  readonly restartsAlone: Bound;
  readonly restartsTogether: Bound;
  readonly leftOver: Bound;
}

export const pushBounds: PushBounds = {
  restartsAlone: none(
    "daemons restarted on the only node that serves",
    "before a restart both nodes are asked anew who is active",
  ),
  restartsTogether: none(
    "restarts of Heartbeat but one on each node, the standby's first",
    "the standby first, then one switchover, then the other node",
  ),
  leftOver: none("differences that the next push left", "a run takes up what the one before did not come to"),
};
