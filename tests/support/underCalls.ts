import { expect } from "chai";
import { bounds } from "../../verify/bounds/bounds.ts";
import type { KeptCall } from "../../verify/openCalls/keptCalls.ts";
import { AddressRecord } from "./addressRecord.ts";
import { holders, NODES } from "./lab.ts";
import { LiveCalls } from "./liveCalls.ts";
import { type Sandbox, STACK } from "./sandbox.ts";

const CONTAINERS = new Map(NODES.map((node) => [node, `sip-ha-${STACK}-${node}`]));

/** What a change cost. */
export interface Cost {
  /** Calls that were lost or changed, service away for longer than a switchover may take it, two owners; one line each. */
  readonly faults: readonly string[];
  /** The longest time without sound in any direction, in milliseconds. */
  readonly soundGapMs: number | undefined;
  /** Nodes that got the group, in order. */
  readonly movedTo: readonly string[];
}

/**
 * Changes the test lab under calls and registrations, whose rows stay as they are. A verification of the change's own, which
 * would need their phones, is left out.
 */
export async function underCalls(
  sandbox: Sandbox,
  change: () => Promise<void>,
  kept?: readonly KeptCall[],
): Promise<Cost> {
  // `pulumi config set` writes the file anew, without the blanks in braces
  const level = (from: RegExp, to: string) => sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(from, to));
  const outputs = await sandbox.outputs();
  const calls = await LiveCalls.begin(outputs, kept);
  try {
    const [from = ""] = await holders();
    const before = await calls.tables();
    const record = await AddressRecord.begin(CONTAINERS);
    await level(/tolerance: 4( *)}/, "tolerance: 4, change: off$1}");
    await change();
    await level(/, change: off/, "");
    const { gained, together } = await record.end();
    expect(await calls.tables()).to.deep.equal(before);
    const [to = ""] = await holders();
    const { faults, soundGapMs, serviceGapMs } = await calls.end(from, to);
    const { timing, verification } = outputs.plan;
    const { limit } = bounds(timing, verification.tolerance).switchoverOutage;
    const away = serviceGapMs > limit ? [`no answer for ${Math.round(serviceGapMs)} ms, at most ${limit} ms`] : [];
    const movedTo = gained.map((entry) => entry.split(" ")[0] ?? "");
    return { faults: [...faults, ...away, ...together], soundGapMs, movedTo };
  } finally {
    await calls.remove();
  }
}
