import { expect } from "chai";
import { sysctlFiles } from "../../render/sysctl.ts";
import { readStatic } from "../../render/staticTree.ts";
import { twoNodePlan } from "../support/plans.ts";

describe("what a node's cards take", () => {
  it("is on the public one nothing that claims to come from the private network, whose addresses are trusted", () => {
    const local = sysctlFiles(twoNodePlan()).map(({ content }) => content);
    const text = [readStatic("node", "/etc/sysctl.d/60-sip-ha.conf"), ...local].join("\n");
    const filter = (card: string): number =>
      Number(new RegExp(`^net\\.ipv4\\.conf\\.${card}\\.rp_filter = (\\d)$`, "m").exec(text)?.[1]);
    // the kernel takes the larger of the two (ip-sysctl, rp_filter); 1 is strict
    expect(Math.max(filter("all"), filter("eth1"))).to.equal(1);
    expect(filter("eth0")).to.equal(2);
  });
});
