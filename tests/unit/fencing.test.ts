import { expect } from "chai";
import { parseReport } from "../../cli/status/report.ts";
import { judge } from "../../cli/status/judge.ts";
import { resolvePlan } from "../../config/resolve.ts";
import type { ClusterPlan, MachinePlan } from "../../config/plan.ts";
import { machines } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { packagesFor } from "../../render/packages.ts";
import { evaluateChecks } from "../../verify/checks.ts";
import { parseFacts } from "../../verify/evidence/facts.ts";
import { placeholderSecrets, twoNodePlan } from "../support/plans.ts";
import { smallestCluster } from "../support/refusals.ts";
import { hostsSeen, nobodyOwns } from "../support/statusHosts.ts";

function fenced(): ClusterPlan {
  const resolution = resolvePlan({ ...smallestCluster, fencing: "lab" }, "test");
  if ("faults" in resolution) throw new Error("the stack file is sound");
  return resolution.plan;
}

const plan = fenced();
const secrets = { ...placeholderSecrets, fencingPassword: "canary-password" };

function machineOf(name: string): MachinePlan {
  const machine = machines(plan).find((candidate) => candidate.name === name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

function contentOf(name: string, path: string): string | undefined {
  const machine = machineOf(name);
  const files = [...renderHost(plan, machine), ...renderHostSecrets(plan, machine, secrets)];
  return files.find((file) => file.path === path)?.content;
}

const device = (state: "ok" | "broken", result?: "failed"): string =>
  JSON.stringify({
    configured: true,
    plugin: "external/ipmi",
    target: "sip2",
    device: state,
    said: state === "ok" ? "" : "no route to host",
    checkedAt: "",
    order: result ? { at: "", result, tookMs: 1, said: "no route to host" } : null,
  });

describe("fencing on the hosts", () => {
  it("names the peer's device to each node, and Heartbeat its plugin", () => {
    expect(contentOf("sip1", "/etc/ha.d/ha.cf")).to.include("\nstonith external/sip-ha /etc/ha.d/fence\n");
    expect(contentOf("sip1", "/etc/ha.d/fence")).to.equal("sip2\n");
    expect(contentOf("sip1", "/etc/sip-ha/fence.env")).to.include("FENCE_P_ipaddr=10.77.0.37\n");
    expect(contentOf("sip2", "/etc/sip-ha/fence.env")).to.include("FENCE_P_ipaddr=10.77.0.36\n");
  });

  it("puts the password into files that only root reads, and into no other", () => {
    for (const machine of machines(plan)) {
      const plain = renderHost(plan, machine).filter(({ content }) => content.includes("canary"));
      expect(plain, machine.name).to.deep.equal([]);
      const holders = renderHostSecrets(plan, machine, secrets).filter(({ content }) => content.includes("canary"));
      for (const file of holders) expect([file.mode, file.owner], file.path).to.deep.equal(["0600", "root:root"]);
    }
    expect(contentOf("sip1", "/etc/sip-ha/fence-secrets.env")).to.include("FENCE_P_passwd=canary-password");
    expect(contentOf("fence", "/etc/sip-ha/bmc/sip2.conf")).to.include('"canary-password" operator');
  });

  it("is not there in a cluster without it, which says so in ha.cf", () => {
    const bare = twoNodePlan();
    const [node] = bare.nodes;
    if (node === undefined) throw new Error("no node");
    const paths = renderHost(bare, node).map(({ path }) => path);
    expect(paths).to.not.include("/etc/sip-ha/fence.env");
    const haCf = renderHost(bare, node).find(({ path }) => path === "/etc/ha.d/ha.cf")?.content;
    expect(haCf).to.include("# no fencing");
    expect(haCf).to.not.match(/^stonith/m);
  });

  it("brings the packages that the plugin calls", () => {
    expect(packagesFor("node", plan)).to.include("ipmitool");
    expect(packagesFor("node", twoNodePlan())).to.not.include("ipmitool");
    expect(packagesFor("fence", plan)).to.include("openipmi");
  });
});

describe("status of the fencing device", () => {
  const findings = (text: string, peers?: string): readonly string[] => {
    const seen = hostsSeen({ sip1: { fencing: text, ...(peers ? { peers } : {}) }, sip2: { fencing: device("ok") } });
    return judge(plan, seen).findings.map(({ what }) => what);
  };

  it("is nothing to tell where it works", () => {
    expect(findings(device("ok"))).to.deep.equal([]);
  });

  it("tells of a device that does not work before it is needed", () => {
    expect(findings(device("broken"))).to.deep.equal(["the fencing device of sip2 does not work: no route to host"]);
  });

  it("tells why a dead peer is not taken over", () => {
    const dead = '[{"node":"sip2","status":"dead"}]';
    expect(findings(device("broken", "failed"), dead)).to.include(
      "sip1 does not take over: sip2 was not switched off (no route to host)",
    );
  });

  it("says whose word a node waits for that nobody took over from", () => {
    const down = { ...nobodyOwns, fencing: device("broken") };
    const [first] = judge(plan, hostsSeen({ sip1: down, sip2: "silent" })).findings;
    expect(first?.what).to.equal("no node holds the group");
    expect(first?.fix).to.match(/make sure that sip2 is off, then on sip1: .*engine fence-confirm sip2;/);
  });

  it("tells of a node that does not know its device", () => {
    expect(findings('{"configured":false}')).to.deep.equal(["sip1 does not know its fencing device"]);
  });

  it("reads reports of a release from before fencing", () => {
    const [first] = hostsSeen();
    if (first?.found.kind !== "report") throw new Error("the bastion reports");
    expect(first.found.report.role).to.equal("bastion");
    expect(() => parseReport("{}")).to.throw("unreadable report");
  });
});

describe("check of the fence machine", () => {
  it("names the nodes whose BMC does not run", () => {
    const faultsWith = (stopped: string): readonly (string | undefined)[] =>
      evaluateChecks(plan, [{ machine: machineOf("fence"), facts: parseFacts(`stopped=${stopped}`) }])
        .filter(({ check }) => check === "the BMC of each node runs")
        .map(({ fault }) => fault);
    expect(faultsWith("")).to.deep.equal([undefined]);
    expect(faultsWith("sip2")).to.deep.equal(["stopped is 'sip2', must be ''"]);
  });
});

describe("check of the fencing device", () => {
  const check = "the fencing device of its peer works";
  const resultOf = (checked: ClusterPlan, text: string): string | undefined => {
    const hosts = checked.nodes.map((machine) => ({ machine, facts: parseFacts(`fencing=${text}`) }));
    const found = evaluateChecks(checked, hosts).find((result) => result.check === check);
    return found ? found.fault : "absent";
  };

  it("passes where the device works, fails where it does not, and is absent without fencing", () => {
    expect(resultOf(plan, device("ok"))).to.equal(undefined);
    expect(resultOf(plan, device("broken"))).to.equal("it is broken: no route to host");
    expect(resultOf(plan, "no such program")).to.equal("the node says 'no such program', must name a device");
    expect(resultOf(twoNodePlan(), "")).to.equal("absent");
  });
});
