import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { liveChangeFaults, liveChangeNotices } from "../../config/liveChange.ts";
import type { ClusterPlan } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { existingCluster } from "../support/existingCluster.ts";
import { opensipsPlan, twoNodePlan } from "../support/plans.ts";

const inService = twoNodePlan();
const { floatingIp } = inService;

function refused(changes: Partial<ClusterPlan>): readonly string[] {
  return liveChangeFaults({ ...inService, ...changes }, inService).map(faultLine);
}

describe("a change of the floating IP on a running stack", () => {
  const other = { ...floatingIp, address: "198.51.100.20" };

  it("rejects another address and says what it costs", () => {
    expect(refused({ floatingIp: other })).to.deep.equal([
      "floatingIp must stay 198.51.100.10/24 via 198.51.100.1, which is in service, since a change is an outage: every call ends, and phones reach the cluster again when they have learnt the new address; one behind NAT cannot be called before it has registered there, got 198.51.100.20/24 via 198.51.100.1; write what is in service, or allow it by allowOutage: true; see docs/operations.md",
    ]);
  });

  it("rejects another prefix or gateway, which end no call by themselves", () => {
    for (const change of [{ prefix: 25 }, { gateway: "198.51.100.2" }]) {
      const [line, ...more] = refused({ floatingIp: { ...floatingIp, ...change } });
      expect(more).to.deep.equal([]);
      expect(line).to.include("an outage: every caller depends on the other way").and.not.include("every call ends");
    }
  });

  it("announces as an outage what the stack allows", () => {
    const plan = { ...inService, floatingIp: other, allowOutage: true };
    expect(liveChangeFaults(plan, inService)).to.deep.equal([]);
    expect(liveChangeNotices(plan, inService)).to.deep.equal([
      "OUTAGE: floatingIp changes from 198.51.100.10/24 via 198.51.100.1 to 198.51.100.20/24 via 198.51.100.1: every call ends, and phones reach the cluster again when they have learnt the new address; one behind NAT cannot be called before it has registered there",
    ]);
    expect(liveChangeNotices({ ...inService, allowOutage: true }, inService)).to.deep.equal([]);
  });

  it("rejects it even then where the nodes would not hear each other meanwhile", () => {
    const heartbeatPaths = inService.heartbeatPaths.filter(({ network }) => network === "public");
    expect(refused({ floatingIp: other, allowOutage: true, heartbeatPaths })).to.deep.equal([
      "heartbeat.paths must have another path while floatingIp.address changes, since the nodes do not hear each other by the public one meanwhile, and both would be active, got public alone; add private in a deployment of its own first",
    ]);
    const gateway = { ...floatingIp, gateway: "198.51.100.2" };
    expect(refused({ floatingIp: gateway, allowOutage: true, heartbeatPaths })).to.deep.equal([]);
  });
});

describe("a change of machines on a running stack", () => {
  const [first, second] = inService.nodes;
  if (!first || !second) throw new Error("two nodes are needed");
  const paths = (changes: Partial<ClusterPlan>): readonly string[] =>
    refused(changes).map((line) =>
      line.replace(/ must stay (.*), which is in service, .*, got ([^;]*);.*/, ": $1, $2"),
    );

  it("rejects other names and addresses, all at once and with the way out", () => {
    const nodes = [
      { ...first, name: "edge1" },
      { ...second, privateAddress: "10.77.0.99" },
    ];
    const machine = { ...inService.database.machine, name: "data" };
    expect(paths({ nodes, database: { ...inService.database, machine } })).to.deep.equal([
      "hosts.nodes[0].name: sip1, edge1",
      "hosts.nodes[1].address: 10.77.0.12, 10.77.0.99",
      "hosts.database.name: db, data",
    ]);
    expect(refused({ nodes })[0]).to.equal(
      "hosts.nodes[0].name must stay sip1, which is in service, since its peer knows it by that, got edge1; keep what is in service, also when a machine is replaced (docs/operations.md); for another one take a backup, destroy the stack, deploy it anew and restore",
    );
  });

  it("rejects the same nodes in another order, since addresses follow from it", () => {
    expect(paths({ nodes: [second, first] })).to.have.length(4);
  });

  it("rejects another network of the lab, which would make both nodes anew at once", () => {
    const hosts = { ...inService.hosts, publicSubnet: "198.51.101.0/24" };
    expect(paths({ hosts })).to.deep.equal(["hosts.publicSubnet: 198.51.100.0/24, 198.51.101.0/24"]);
  });

  it("rejects another card in the lab's nodes, which would make both anew at once, and says what there was", () => {
    const hosts = { ...inService.hosts, heartbeatSubnet: "10.77.1.0/24" };
    expect(refused({ hosts })[0]).to.match(
      /^hosts\.heartbeatSubnet must be left out, as in service, since both nodes would be made anew at once, .*, got 10\.77\.1\.0\/24; keep/,
    );
    const back = liveChangeFaults(inService, { ...inService, hosts });
    expect(back.map(faultLine).join()).to.include("must stay 10.77.1.0/24, which is in service");
  });

  it("rejects machines of another kind, since those in service would be given up", () => {
    const resolution = resolvePlan(existingCluster(), "two-node");
    if (!("plan" in resolution)) throw new Error("the stack file is sound");
    expect(paths({ hosts: resolution.plan.hosts })).to.deep.equal(["hosts.kind: lab, existing"]);
  });

  it("accepts the plan in service", () => {
    expect(refused({})).to.deep.equal([]);
  });

  it("rejects another proxy beside", () => {
    expect(liveChangeFaults(opensipsPlan(), inService).map(({ path }) => path)).to.deep.equal(["proxy"]);
  });
});
