import { expect } from "chai";
import { judge, type Verdict } from "../../cli/status/judge.ts";
import { type Changes, hostsSeen, nobodyOwns, plan, sip2Active } from "../support/statusHosts.ts";

const verdictOf = (changes: Changes): Verdict => judge(plan, hostsSeen(changes));
const reasons = ({ findings }: Verdict): string[] => findings.map(({ what }) => what);

describe("the verdict on a cluster", () => {
  it("is healthy when one node serves and everything else stands ready", () => {
    expect(verdictOf({})).to.deep.equal({ level: "healthy", active: "sip1", findings: [] });
  });

  it("is down when no node holds the group, and says how to take it", () => {
    const verdict = verdictOf({ sip1: nobodyOwns, sip2: nobodyOwns });
    expect(verdict.level).to.equal("down");
    expect(verdict).not.to.have.property("active");
    expect(verdict.findings[0]?.what).to.equal("no node holds the group");
    expect(verdict.findings[0]?.fix).to.include("engine takeover");
  });

  it("is down when both nodes hold the group", () => {
    const verdict = verdictOf({ sip2: sip2Active });
    expect(verdict.level).to.equal("down");
    expect(reasons(verdict)).to.deep.equal(["sip1 and sip2 both hold the group"]);
  });

  it("is degraded when the standby is dead, and says how to switch it on", () => {
    const dead = '[{"peer":"sip2","link":"eth0","status":"dead"}]';
    const verdict = verdictOf({ sip2: "silent", sip1: { paths: dead, peers: '[{"node":"sip2","status":"dead"}]' } });
    expect(verdict.level).to.equal("degraded");
    expect(verdict.active).to.equal("sip1");
    const [silent] = verdict.findings.filter(({ what }) => what.includes("does not answer"));
    expect(silent?.what).to.include("no second node to fail over to");
    expect(silent?.fix).to.include("docker start sip-ha-two-node-sip2");
  });

  it("is down when the proxy of the active node is down", () => {
    const units = "heartbeat.service=active\nsip-ha-proxy.service=failed\nsip-ha-relay.service=active";
    const verdict = verdictOf({ sip1: { units, proxy: "" } });
    expect(verdict.level).to.equal("down");
    expect(reasons(verdict)).to.deep.equal(["the proxy on sip1 is failed"]);
  });

  it("is down when the relay of the active node runs and does not answer", () => {
    const verdict = verdictOf({ sip1: { relay: "the control socket does not answer" } });
    expect(verdict.level).to.equal("down");
    expect(reasons(verdict)[0]).to.include("the relay on sip1 does not answer");
  });

  it("is down when the database does not run, told once", () => {
    const verdict = verdictOf({
      db: { units: "mariadb.service=inactive", rows: "ERROR 2002 (HY000): Can't connect" },
      sip1: { database: "" },
      sip2: { database: "" },
    });
    expect(verdict.level).to.equal("down");
    expect(reasons(verdict)).to.deep.equal(["the database on db is inactive: no registration, no new call"]);
  });

  it("is degraded when only one node cannot reach the database", () => {
    const verdict = verdictOf({ sip2: { database: "" } });
    expect(verdict.level).to.equal("degraded");
    expect(reasons(verdict)).to.deep.equal(["sip2 cannot reach the database db"]);
  });

  it("is degraded when a host outside the group does not answer", () => {
    expect(reasons(verdictOf({ caller: "silent" }))).to.deep.equal(["caller does not answer (timed out)"]);
  });

  it("is degraded when the active node serves but tells nothing", () => {
    const verdict = verdictOf({ sip1: "silent" });
    expect(verdict.level).to.equal("degraded");
    expect(reasons(verdict)[0]).to.include("sip1 holds the group but tells nothing itself");
  });

  it("is down and admits to know nothing when the bastion does not answer", () => {
    const all = Object.fromEntries(hostsSeen().map(({ name }) => [name, "silent" as const]));
    const verdict = verdictOf(all);
    expect(verdict.level).to.equal("down");
    expect(reasons(verdict)).to.deep.equal([
      "the bastion does not answer at 127.0.0.1:7722 (timed out), so nothing is known of the nodes",
    ]);
    expect(verdict.findings[0]?.fix).to.equal("docker start sip-ha-two-node-bastion");
  });

  it("is degraded when the nodes have different files or packages, and names them", () => {
    const files = `${"c".repeat(64)}  /etc/kamailio/kamailio.cfg`;
    const verdict = verdictOf({ sip2: { files, bundle: "d".repeat(64) } });
    expect(verdict.level).to.equal("degraded");
    expect(reasons(verdict)).to.deep.equal(["sip1 and sip2 differ: packages, /etc/kamailio/kamailio.cfg"]);
  });

  it("is degraded when secrets differ between the nodes", () => {
    const secrets = `${"c".repeat(64)}  /etc/ha.d/authkeys`;
    expect(reasons(verdictOf({ sip2: { secrets } }))[0]).to.include("/etc/ha.d/authkeys");
  });

  it("is degraded when a standby has kept a public address", () => {
    const verdict = verdictOf({ sip2: { addresses: "198.51.100.99/24" } });
    expect(reasons(verdict)).to.deep.equal(["sip2 is not active but has the public address 198.51.100.99/24"]);
  });

  it("is degraded when a heartbeat path is dead", () => {
    const paths = '[{"peer":"sip2","link":"eth0","status":"up"},{"peer":"sip2","link":"eth1","status":"dead"}]';
    expect(reasons(verdictOf({ sip1: { paths } }))).to.deep.equal([
      "sip1 hears nothing on public (eth1) from sip2; failover depends on private (eth0) alone",
    ]);
  });

  it("is degraded when a clock is off or has no source", () => {
    const clock = (offset: string, leap: string): string => `A,a,1,1,${offset},0,0,0,0,0,0,0,0,${leap}`;
    expect(reasons(verdictOf({ sip2: { clock: clock("-2.5", "Normal") } }))).to.deep.equal([
      "the clock of sip2 is off by -2500 ms",
    ]);
    expect(reasons(verdictOf({ db: { clock: clock("0", "Not synchronised") } }))).to.deep.equal([
      "the clock of db is not synchronised",
    ]);
    expect(reasons(verdictOf({ sip1: { clock: "506 Cannot talk to daemon" } }))).to.deep.equal([
      "chrony on sip1 does not answer",
    ]);
  });

  it("puts the gravest finding first", () => {
    const verdict = verdictOf({ caller: "silent", sip1: { route: "" } });
    expect(verdict.findings.map(({ level }) => level)).to.deep.equal(["down", "degraded"]);
    expect(reasons(verdict)[0]).to.equal("sip1 is active without a default route");
  });
});
