import { expect } from "chai";
import fc from "fast-check";
import { callsWithin, PORTS_PER_CALL, portsOfNode } from "../../config/relayPorts.ts";

const range = fc.record({
  relay: fc.constantFrom("rtpproxy" as const, "mediaproxy" as const, "rtpengine" as const),
  relayPorts: fc
    .tuple(fc.integer({ min: 512, max: 30_000 }), fc.integer({ min: 100, max: 5000 }))
    .map(([pairs, size]) => ({ min: 2 * pairs, max: 2 * pairs + size - 1 })),
  nodes: fc.constantFrom(["sip1", "sip2"], ["sip1", "sip2", "sip3"]),
});

describe("the ports of a node's relay", () => {
  it("lie within relayPorts, begin with an even one, and carry the calls that are said to fit", () => {
    fc.assert(
      fc.property(range, (given) => {
        for (const index of given.nodes.keys()) {
          const { min, max } = portsOfNode(given, index);
          expect(min % 2).to.equal(0);
          expect(min).to.be.at.least(given.relayPorts.min);
          expect(max).to.be.at.most(given.relayPorts.max);
          expect(max - min + 1).to.be.at.least(callsWithin(given) * PORTS_PER_CALL);
        }
      }),
    );
  });

  it("are those of no other node, unless the relay knows the calls of a dead one", () => {
    fc.assert(
      fc.property(range, (given) => {
        const parts = [...given.nodes.keys()].map((index) => portsOfNode(given, index));
        for (const [index, part] of parts.entries()) {
          const next = parts[index + 1];
          if (next === undefined) continue;
          if (given.relay === "rtpengine") expect(part).to.deep.equal(given.relayPorts);
          else expect(part.max).to.be.below(next.min);
        }
      }),
    );
  });
});
