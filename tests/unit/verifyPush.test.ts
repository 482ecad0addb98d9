import { expect } from "chai";
import { TRIAL_START } from "../../activate/nodes.ts";
import { BastionPool } from "../../remote/session.ts";
import { Sessions, VerificationContext } from "../../verify/context.ts";
import { differences, push } from "../../verify/faults/push.ts";
import { FakeNode, type Group } from "../support/fakeNodes.ts";
import { twoNodePlan } from "../support/plans.ts";

const RELEASE = { files: "f", secrets: "s", bundle: "b" };
const DRIFT = "file\t/etc/ha.d/ha.cf\tcontent differs";

describe("a push of what is in service", () => {
  const bastions = new BastionPool();
  let group: Group;
  let nodes: readonly FakeNode[];
  let context: VerificationContext;

  /** sip1 is active; a file of Heartbeat differs on both. */
  beforeEach(async () => {
    group = { owner: "sip1" };
    nodes = [new FakeNode("sip1", "sip2", group, RELEASE), new FakeNode("sip2", "sip1", group, RELEASE)];
    for (const node of nodes) {
      node.drift = [DRIFT];
      node.effects = ["engine"];
    }
    const sessions = new Sessions(await Promise.all(nodes.map((node) => node.start())), bastions);
    context = new VerificationContext(twoNodePlan(), sessions, () => undefined, new AbortController().signal);
  });

  afterEach(async () => {
    context.sessions.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  it("restarts nobody when the group moves during the trial start, and the next one restarts both, the standby first", async () => {
    const { refusal } = await push(context, ({ host, step }) => {
      if (host === "sip2" && step === TRIAL_START) group.owner = "sip2";
      return Promise.resolve();
    });
    expect(refusal).to.include("a failover came in between");
    expect(nodes.flatMap(({ done }) => done.filter((act) => act.includes("heartbeat")))).to.deep.equal([]);
    const second = await push(context);
    expect(second.refusal).to.equal(undefined);
    const restarted = second.begun.flatMap(({ host, step }) => (step === "restart heartbeat" ? [host] : []));
    expect(restarted).to.deep.equal(["sip1", "sip2"]);
    expect(group.owner).to.equal("sip1");
  });

  it("can be asked before and afterwards what differs on a node", async () => {
    const session = await context.sessions.to("sip2");
    expect(await differences(session)).to.deep.equal(["sip2: file /etc/ha.d/ha.cf: content differs"]);
    await push(context);
    expect(await differences(session)).to.deep.equal([]);
  });
});
