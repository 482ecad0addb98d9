import { expect } from "chai";
import fc from "fast-check";
import { parseInService } from "../../activate/liveChange.ts";
import { liveChangeFaults, liveChangeNotices } from "../../config/liveChange.ts";
import type { ClusterPlan, FloatingIpPlan } from "../../config/plan.ts";
import { clusterEnv } from "../../render/clusterEnv.ts";
import { twoNodePlan } from "../support/plans.ts";

const octet = fc.integer({ min: 2, max: 250 });
const floatingIp: fc.Arbitrary<FloatingIpPlan> = fc
  .record({ last: fc.constantFrom(10, 20), prefix: fc.constantFrom(24, 25), gateway: fc.constantFrom(1, 2) })
  .map(({ last, prefix, gateway }) => ({
    address: `198.51.100.${last}`,
    prefix,
    gateway: `198.51.100.${gateway}`,
  }));

describe("what a running stack may change", () => {
  it("is a floating IP exactly where nothing of it differs or an outage is allowed, and then it is announced", () => {
    fc.assert(
      fc.property(floatingIp, floatingIp, fc.boolean(), (wanted, former, allowOutage) => {
        const plan: ClusterPlan = { ...twoNodePlan(), floatingIp: wanted, allowOutage };
        const inService: ClusterPlan = { ...twoNodePlan(), floatingIp: former };
        const same = JSON.stringify(wanted) === JSON.stringify(former);
        expect(liveChangeFaults(plan, inService).length).to.equal(same || allowOutage ? 0 : 1);
        expect(liveChangeNotices(plan, inService).length).to.equal(same ? 0 : 1);
      }),
    );
  });

  it("is read from a node's own values, whatever they are", () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.tuple(name, octet), fc.tuple(name, octet), floatingIp, (first, second, wanted) => {
        fc.pre(first[0] !== second[0]);
        const nodes = [first, second].map(([machine, last]) => ({
          name: machine,
          role: "node" as const,
          privateAddress: `10.77.0.${last}`,
        }));
        const [one] = nodes;
        if (!one) throw new Error("two nodes are needed");
        const heartbeatPaths = twoNodePlan().heartbeatPaths.map((path) => ({
          ...path,
          addresses: Object.fromEntries(nodes.map((node) => [node.name, node.privateAddress])),
        }));
        const plan: ClusterPlan = { ...twoNodePlan(), nodes, floatingIp: wanted, heartbeatPaths };
        expect(parseInService(clusterEnv(plan, one).content)).to.deep.equal({
          proxy: "kamailio",
          floatingIp: wanted,
          nodes: nodes.map((node) => ({ name: node.name, privateAddress: node.privateAddress })),
        });
      }),
    );
  });
});
