import { expect } from "chai";
import { activate } from "../../activate/activate.ts";
import type { Progress } from "../../activate/progress.ts";
import type { Release } from "../../remote/programs.ts";
import { FakeNode, type Group } from "../support/fakeNodes.ts";
import { twoNodePlan } from "../support/plans.ts";

const OLD: Release = { files: "old", secrets: "s", bundle: "b" };
const quiet: Progress = { step: (_host, _what, action) => action(), say: () => undefined };

describe("the activate program", () => {
  const group: Group = { owner: "sip1" };
  const nodes = [new FakeNode("sip1", "sip2", group, OLD), new FakeNode("sip2", "sip1", group, OLD)];

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
});
