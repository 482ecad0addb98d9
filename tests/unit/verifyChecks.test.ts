import { expect } from "chai";
import type { ClusterPlan, MachinePlan } from "../../config/plan.ts";
import { activeNode, evaluateChecks } from "../../verify/checks.ts";
import { type HostFacts, parseFacts } from "../../verify/evidence/facts.ts";
import { ACTIVE, STANDBY } from "../support/nodeFacts.ts";
import { mediaServerPlan, twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();
const [sip1, sip2] = plan.nodes;
if (sip1 === undefined || sip2 === undefined) throw new Error("the plan has no two nodes");

function node(of: MachinePlan, text: string): HostFacts {
  return { machine: of, facts: parseFacts(text) };
}

function faults(hosts: readonly HostFacts[], of: ClusterPlan = plan): string[] {
  return evaluateChecks(of, hosts).flatMap(({ host, check, fault }) => (fault ? [`${host}: ${check}: ${fault}`] : []));
}

describe("the checks of a cluster", () => {
  it("pass on an active and a standby node as they should be", () => {
    const hosts = [node(sip1, ACTIVE), node(sip2, STANDBY)];
    expect(faults(hosts)).to.deep.equal([]);
    expect(activeNode(hosts)).to.equal("sip1");
  });

  it("find a standby with a public address, a default route or a running proxy", () => {
    const wrong = STANDBY.replace("public=", "public=198.51.100.10/24")
      .replace("route=", "route=default via 10.77.0.1 dev eth0")
      .replace("proxy=inactive", "proxy=active");
    expect(faults([node(sip1, ACTIVE), node(sip2, wrong)])).to.have.length(3);
  });

  it("find a packet filter that is not as it was confirmed, unless somebody else filters", () => {
    const hosts = [node(sip1, `${ACTIVE}firewall=firewall inet sip_ha is not loaded\n`), node(sip2, STANDBY)];
    expect(faults(hosts)).to.deep.equal([
      "sip1: packet filter is in force: firewall is 'firewall inet sip_ha is not loaded', must be ''",
    ]);
    expect(faults(hosts, { ...plan, firewall: { ...plan.firewall, mode: "none" } })).to.deep.equal([]);
  });

  it("find a node whose daemons nobody watches", () => {
    const wrong = STANDBY.replace("watcher=active", "watcher=inactive");
    expect(faults([node(sip1, ACTIVE), node(sip2, wrong)])).to.deep.equal([
      "sip2: its daemons are watched: watcher is 'inactive', must be 'active'",
    ]);
  });

  it("find an active node without the gateway's route or a second public address", () => {
    const wrong = ACTIVE.replace("198.51.100.1 dev", "198.51.100.2 dev").replace("10/24", "10/24,198.51.100.11/24");
    expect(faults([node(sip1, wrong), node(sip2, STANDBY)])).to.have.length(2);
  });

  it("find a peer that is not seen, and a dead path", () => {
    const wrong = STANDBY.replace('"sip1","status":"active"', '"sip1","status":"dead"').replace(
      '"status":"up"',
      '"status":"dead"',
    );
    expect(faults([node(sip1, ACTIVE), node(sip2, wrong)])).to.deep.equal([
      "sip2: sees its peer: sip1 is dead",
      "sip2: paths to its peer are up: eth0 to x is dead",
    ]);
  });

  it("find two active nodes, and none", () => {
    const both = faults([node(sip1, ACTIVE), node(sip2, ACTIVE)]);
    expect(both).to.deep.equal(["cluster: exactly one active node: active are: sip1, sip2; must be exactly one"]);
    expect(faults([node(sip1, STANDBY), node(sip2, STANDBY)])[0]).to.contain("active are: none");
  });

  it("find files that differ between the nodes or are missing on both", () => {
    const different = faults([node(sip1, ACTIVE), node(sip2, STANDBY.replace("authkeys=aa", "authkeys=bb"))]);
    expect(different).to.deep.equal(["cluster: /etc/ha.d/authkeys is equal on all nodes: differs between the nodes"]);
    const missing = [node(sip1, ACTIVE.replace("keys=aa", "keys=")), node(sip2, STANDBY.replace("keys=aa", "keys="))];
    expect(faults(missing)).to.deep.equal(["cluster: /etc/ha.d/authkeys is equal on all nodes: missing on a node"]);
  });

  it("find a media server that gets no calls, or that the proxy does not know", () => {
    const withServers = mediaServerPlan();
    const said = (servers: string): string[] =>
      faults([node(sip1, `${ACTIVE}media_servers=${servers}\n`), node(sip2, STANDBY)], withServers);
    expect(said("media1 up,media2 up,media3 up")).to.deep.equal([]);
    expect(said("media1 up,media2 down")).to.deep.equal([
      "sip1: every media server gets calls: the proxy says of media2: down, media3: nothing; must be up",
    ]);
  });

  it("find a clock that follows another source than the bastion", () => {
    const wrong = STANDBY.replace("10.77.0.2,3", "192.168.1.1,3");
    expect(faults([node(sip1, ACTIVE), node(sip2, wrong)])[0]).to.contain("must follow 10.77.0.2");
  });

  it("find a host that does not answer, and an engine that talks nonsense", () => {
    const hosts = [{ machine: sip1, trouble: "connection refused" }, node(sip2, STANDBY.replace('"self"', "self"))];
    expect(faults(hosts)).to.include("sip1: answers over SSH: connection refused");
    expect(faults(hosts).some((fault) => fault.startsWith("sip2: has a settled role"))).to.equal(true);
  });

  it("find a database without a table", () => {
    const facts = "database=active\ntables=version,subscriber\ntime=0,10.77.0.2,3\n";
    expect(faults([node(sip1, ACTIVE), node(sip2, STANDBY), node(plan.database.machine, facts)])).to.deep.equal([
      "db: has the proxy's tables: missing: location, dialog, dialog_vars, accounting; got 'version,subscriber'",
    ]);
  });
});
