import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { resolvePlan } from "../../config/resolve.ts";

/** The smallest sound stack file. */
export const smallestCluster = {
  sip: { domain: "sip.example.net" },
  floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
};

/** Every fault of a stack file, one line each. */
export function faultsOf(input: unknown): readonly string[] {
  const resolution = resolvePlan(input, "test");
  return "faults" in resolution ? resolution.faults.map(faultLine) : [];
}

/** What is refused, the options that differ from the smallest stack file, and every line that comes back. */
type Refusal = readonly [title: string, options: Readonly<Record<string, unknown>>, lines: readonly string[]];

/** One test for each refusal. */
export function refusals(cases: readonly Refusal[]): void {
  for (const [title, options, lines] of cases) {
    it(`rejects ${title}`, () => {
      expect(faultsOf({ ...smallestCluster, ...options })).to.deep.equal(lines);
    });
  }
}
