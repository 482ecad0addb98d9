import { expect } from "chai";
import { activate } from "../../activate/activate.ts";
import type { Progress } from "../../activate/progress.ts";
import type { Release } from "../../remote/programs.ts";
import { FakeNode, type Group } from "../support/fakeNodes.ts";
import { twoNodePlan } from "../support/plans.ts";

const OLD: Release = { files: "old", secrets: "s", bundle: "b" };
const quiet: Progress = { step: (_host, _what, action) => action(), say: () => undefined };

describe("the activate program", () => {
  let group: Group;
  let nodes: readonly FakeNode[];

  /** Two nodes with the old release; sip1 is active. */
  beforeEach(() => {
    group = { owner: "sip1" };
    nodes = [new FakeNode("sip1", "sip2", group, OLD), new FakeNode("sip2", "sip1", group, OLD)];
  });

  afterEach(() => Promise.all(nodes.map((node) => node.stop())));

  it("changes a cluster over one connection to each node, and its value changes with what is in service", async () => {
    const hosts = await Promise.all(nodes.map((node) => node.start()));
    const wanted = (release: Release) => new Map(hosts.map(({ name }) => [name, release]));
    const plan = twoNodePlan();
    const before = await activate({ plan, hosts, releases: wanted(OLD) }, quiet);
    expect(nodes.map(({ connections, done }) => [connections, done.length])).to.deep.equal([
      [1, 0],
      [1, 0],
    ]);
    const after = await activate({ plan, hosts, releases: wanted({ ...OLD, files: "new" }) }, quiet);
    expect(nodes.map(({ connections }) => connections)).to.deep.equal([2, 2]);
    expect(group.owner).to.equal("sip2");
    expect(after).to.not.equal(before);
  });

  it("changes nothing where it begins while the node that was active is dead, and takes the change up once it is back", async () => {
    const [sip1, sip2] = nodes;
    if (!sip1 || !sip2) throw new Error("two nodes are needed");
    const dead = await sip1.start();
    const hosts = [dead, await sip2.start()];
    await sip1.stop();
    group.owner = "sip2";
    const wanted = { ...OLD, files: "new" };
    const push = (to: typeof hosts): Promise<string> => {
      const releases = new Map(to.map(({ name }) => [name, wanted]));
      return activate({ plan: twoNodePlan(), hosts: to, releases }, quiet, 300).then(() => "", String);
    };
    expect(await push(hosts)).to.match(/^Error: nothing was changed:\nHostStepError: sip1: connect over SSH/);
    expect([sip2.done, group.owner]).to.deep.equal([[], "sip2"]);
    expect(await push([await sip1.start(), ...hosts.slice(1)])).to.equal("");
    expect([sip1.current, sip2.current, group.owner]).to.deep.equal([wanted, wanted, "sip1"]);
  });
});
