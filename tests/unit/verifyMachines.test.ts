import { expect } from "chai";
import { catalogue } from "../../verify/catalogue/index.ts";
import { type FaultTools, VerificationContext, type Phones, Sessions } from "../../verify/context.ts";
import { BastionPool } from "../../remote/session.ts";
import { machineBounds } from "../../verify/bounds/machineBounds.ts";
import type { PowerSwitch } from "../../verify/faults/power.ts";
import { resolvePlan } from "../../config/resolve.ts";
import type { ClusterPlan } from "../../config/plan.ts";
import { twoNodePlan } from "../support/plans.ts";
import { smallestCluster } from "../support/refusals.ts";

const power: PowerSwitch = {
  off: () => Promise.resolve(0),
  on: () => Promise.resolve(),
  freeze: () => Promise.resolve(0),
  thaw: () => Promise.resolve(),
};

function lab(more: object): ClusterPlan {
  const resolution = resolvePlan({ ...smallestCluster, ...more }, "test");
  if ("faults" in resolution) throw new Error("the stack file is sound");
  return resolution.plan;
}

/** What an entry is asked with where only these nodes have a power switch; nobody is called. */
function tools(plan: ClusterPlan, switched: readonly string[]): FaultTools {
  const sessions = new Sessions([], new BastionPool());
  const context = new VerificationContext(plan, sessions, () => undefined, new AbortController().signal);
  const switchOf = (node: string) => (switched.includes(node) ? power : undefined);
  return {
    context,
    get phones(): Phones {
      throw new Error("nobody is called");
    },
    power: switchOf,
    mediaPower: () => undefined,
  };
}

async function whyNot(
  name: string,
  switched: readonly string[],
  plan: ClusterPlan = twoNodePlan(),
): Promise<string | undefined> {
  const entry = catalogue.find((candidate) => candidate.name === name);
  expect(entry, name).to.not.equal(undefined);
  return await entry?.unavailable?.(tools(plan, switched), "sip1");
}

describe("the scenarios of whole machines", () => {
  it("need the power of the nodes that they switch off", async () => {
    expect(await whyNot("standby-dead", ["sip1"])).to.equal("nothing can switch sip2 off and on from outside");
    expect(await whyNot("standby-dead", ["sip2"])).to.equal(undefined);
    expect(await whyNot("both-dead", [])).to.equal("nothing can switch sip1 and sip2 off and on from outside");
    expect(await whyNot("both-dead", ["sip1", "sip2"])).to.equal(undefined);
  });

  it("let a node boot alone only where a device of the lab can be asked which orders it had", async () => {
    const both = ["sip1", "sip2"];
    const fenced = lab({ fencing: "lab" });
    expect(await whyNot("boots-alone", both)).to.equal("the stack has no fencing");
    expect(await whyNot("boots-alone", both, fenced)).to.equal(undefined);
    expect(await whyNot("boots-alone", ["sip1"], fenced)).to.include("nothing can switch sip2 off and on");
  });

  it("push configuration while the active node dies, where its power can be cut", async () => {
    expect(await whyNot("push-during-failover", ["sip2"])).to.equal("nothing can switch sip1 off and on from outside");
    expect(await whyNot("push-during-failover", ["sip1"])).to.equal(undefined);
  });

  it("cut two heartbeat paths only where a third one is left", async () => {
    const three = lab({
      heartbeat: { paths: ["private", "public", "dedicated"] },
      hosts: { kind: "lab", heartbeatSubnet: "10.77.1.0/24" },
    });
    expect(await whyNot("two-links-cut", [])).to.equal("there are fewer than three heartbeat paths");
    expect(await whyNot("two-links-cut", [], three)).to.equal(undefined);
  });

  it("do not set the clock of the controller", async () => {
    expect(await whyNot("clock-step", ["sip1", "sip2"])).to.include("clock is the controller's own");
  });

  it("hold the alarm to deadtime and keepalive, and the boot to initdead; counts stay at none", () => {
    const timing = { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10_000 };
    const [once, twice] = [machineBounds(timing), machineBounds(timing, 2)];
    expect([once.standbyAlarm.limit, once.serviceAfterBoot.limit, once.otherOwners.limit]).to.deep.equal([
      3200, 40_000, 0,
    ]);
    expect([twice.standbyAlarm.limit, twice.otherOwners.limit]).to.deep.equal([6400, 0]);
  });
});
