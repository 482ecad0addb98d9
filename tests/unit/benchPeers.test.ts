import { expect } from "chai";
import { checkScript, keepalivedConf, keepalivedVariants, notifyScript } from "../../bench/peers/keepalivedConf.ts";
import type { Finding } from "../../bench/peers/rows.ts";
import { peersText } from "../../bench/peers/table.ts";
import { twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();
const [defaults, tuned] = keepalivedVariants;

function setting(text: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name} (.*)$`, "m").exec(text)?.[1];
}

describe("keepalived as a peer", () => {
  it("gives each node its own priority and the other one as peer, without preemption", () => {
    if (!defaults) throw new Error("no variant");
    const [first, second] = plan.nodes.map(({ name }) => keepalivedConf(plan, name, defaults));
    expect([setting(first ?? "", "priority"), setting(second ?? "", "priority")]).to.deep.equal(["150", "140"]);
    expect(setting(first ?? "", "unicast_src_ip")).to.equal(plan.nodes[0]?.privateAddress);
    expect(first).to.match(new RegExp(`unicast_peer \\{\\s+${plan.nodes[1]?.privateAddress ?? ""}\\s+\\}`));
    expect(first).to.include("nopreempt");
    expect(first).to.include(`${plan.floatingIp.address}/${plan.floatingIp.prefix} dev eth1`);
  });

  it("has VRRP's own pace and a cold standby by default, a tenth of it and a hot one when tuned", () => {
    if (!defaults || !tuned) throw new Error("two variants are expected");
    const [own, fast] = [defaults, tuned].map((variant) => keepalivedConf(plan, "sip1", variant));
    expect([setting(own ?? "", "advert_int"), setting(fast ?? "", "advert_int")]).to.deep.equal(["1", "0.1"]);
    expect(notifyScript(defaults)).to.include("*) systemctl stop sip-ha-proxy.service sip-ha-relay.service ;;");
    expect(notifyScript(tuned)).to.not.include("systemctl stop");
  });

  it("asks the proxy only on the node that has the floating IP", () => {
    const lines = checkScript(plan).split("\n");
    expect(lines[1]).to.equal(`[ -n "$(ip -o addr show to ${plan.floatingIp.address}/32)" ] || exit 0`);
    expect(lines[2]).to.include(`sip:${plan.floatingIp.address}:${plan.sip.port}`);
  });

  it("is refused for a node that is not there", () => {
    expect(() =>
      keepalivedConf(plan, "sip9", keepalivedVariants[0] ?? { name: "", advertSec: 1, hotStandby: false }),
    ).to.throw("sip9 is no node");
  });
});

describe("the table of peers", () => {
  const finding = (outageMs: number, more: Partial<Finding> = {}): Finding => ({
    pair: "one",
    row: "freeze",
    outageMs,
    dualOwnerMs: 0,
    lostRegistrations: 0,
    firstCall: true,
    unknownCalls: 0,
    wrongAccounting: 0,
    ...more,
  });
  const text = peersText({
    startedAt: "2026-01-01T00:00:00Z",
    command: "npm run bench:peers",
    machine: { cores: 2, processor: "p", memoryGiB: 8, kernel: "k", node: "20", load: 0.1 },
    findings: [
      finding(100),
      finding(300, { dualOwnerMs: 40, firstCall: false }),
      finding(200, { lostRegistrations: 2, unknownCalls: 7, wrongAccounting: 9 }),
      finding(900, { pair: "two" }),
    ],
    failures: ["two, freeze, run 2: it broke"],
  });

  it("has a line for each fault and pair: median, p95, the longest dual time, all losses", () => {
    expect(text).to.include("| freeze | one | 3 | 200 ms | 300 ms | 40 ms | 2 | 2 of 3 | 7 | 9 |");
    expect(text).to.include("| freeze | two | 1 | 900 ms | 900 ms | 0 ms | 0 | 1 of 1 | 0 | 0 |");
  });

  it("tells which runs failed", () => {
    expect(text).to.include("- failed: two, freeze, run 2: it broke");
  });
});
