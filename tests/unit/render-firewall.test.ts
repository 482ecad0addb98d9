import { expect } from "chai";
import { type ClusterPlan, fenceOf, machines } from "../../config/plan.ts";
import { firewallFiles } from "../../render/firewall.ts";
import { packagesFor } from "../../render/packages.ts";
import { mediaServerPlan, twoNodePlan, withRelay } from "../support/plans.ts";

/** The rules of one chain of a machine's table; empty where it has none. */
function chain(plan: ClusterPlan, name: string, of: string): readonly string[] {
  const machine = machines(plan).find((one) => one.name === name);
  if (!machine) throw new Error(`no machine ${name}`);
  const [file] = firewallFiles(plan, machine);
  const body = new RegExp(`\\tchain ${of} \\{\\n([^]*?)\\n\\t\\}`).exec(file?.content ?? "")?.[1] ?? "";
  return body.split("\n").map((line) => line.trim());
}

const plan = twoNodePlan();

describe("the firewall of a node", () => {
  it("admits SIP and media on the public card to the floating IP only, and heartbeats from the peer", () => {
    const tls = { port: 5061, certificate: "", validUntil: "" };
    const rules = chain({ ...plan, sip: { ...plan.sip, tls } }, "sip1", "public");
    expect(rules).to.deep.equal([
      "ip daddr 198.51.100.10 udp dport 5060 goto sip",
      "ip daddr 198.51.100.10 tcp dport { 5060, 5061 } goto sip",
      "ip daddr 198.51.100.10 udp dport 35000-36999 goto media",
      'iifname "eth1" ip saddr 169.254.11.12 udp dport { 694, 7724 } accept',
      "ct state established,related accept",
      "ip daddr 198.51.100.10 icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } limit rate 100/second accept",
      "goto refuse",
    ]);
  });

  it("admits TCP only where SIP is spoken over it, and media only with a relay", () => {
    const quiet = { ...plan, relay: "none", sip: { ...plan.sip, tcp: false } } as const;
    expect(chain(quiet, "sip1", "public").join("\n")).to.not.match(/tcp|media/);
    expect(chain(quiet, "sip1", "sip").join("\n")).to.not.include("ct count");
  });

  it("admits SSH from the bastion, heartbeats of the peer on each private path, and nothing else of its own accord", () => {
    const third = {
      network: "dedicated",
      interface: "eth2",
      addresses: { sip1: "10.9.0.11", sip2: "10.9.0.12" },
    } as const;
    const rules = chain({ ...plan, heartbeatPaths: [...plan.heartbeatPaths, third] }, "sip1", "input");
    expect(rules.slice(-4)).to.deep.equal([
      "ip saddr 10.77.0.2/32 tcp dport 22 accept",
      'iifname "eth0" ip saddr 10.77.0.12 udp dport { 694, 7724 } accept',
      'iifname "eth2" ip saddr 10.9.0.12 udp dport { 694, 7724 } accept',
      "goto refuse",
    ]);
    expect(rules).to.include('iifname "eth1" goto public');
    expect(rules[0]).to.equal("type filter hook input priority filter; policy drop;");
  });

  it("limits each source, media servers and exempt networks apart", () => {
    const rateLimit = { ...plan.rateLimit, exempt: ["198.18.7.0/24"] };
    const media = { ...mediaServerPlan(), rateLimit };
    const exempt = "ip saddr { 10.77.0.41, 10.77.0.42, 10.77.0.43, 198.18.7.0/24 } accept";
    expect(chain(media, "sip1", "sip")).to.deep.equal([
      exempt,
      "update @sip_sources { ip saddr limit rate over 5000/second burst 5000 packets } counter name limited drop",
      "tcp flags & (syn | ack) == syn add @connections { ip saddr ct count over 500 } counter name limited drop",
      "accept",
    ]);
    expect(chain(media, "sip1", "media")[0]).to.equal(exempt);
  });

  it("admits media servers to the floating IP on any other card", () => {
    const from = "ip saddr { 10.77.0.41, 10.77.0.42, 10.77.0.43 } ip daddr 198.51.100.10";
    const rules = chain(mediaServerPlan(), "sip1", "input");
    expect(rules).to.include.members([
      `${from} udp dport { 5060, 35000-36999 } accept`,
      `${from} tcp dport 5060 accept`,
    ]);
    expect(chain(plan, "sip1", "input").join("\n")).to.not.include("198.51.100.10");
  });

  it("tracks no SIP and no media, but for MediaProxy, which forwards by it", () => {
    expect(chain(plan, "sip1", "untracked_in").at(-1)).to.equal(
      "ip daddr 198.51.100.10 udp dport { 5060, 35000-36999 } notrack",
    );
    expect(chain(withRelay(plan, "mediaproxy"), "sip1", "untracked_in")).to.deep.equal([""]);
  });
});

describe("the firewall of the others", () => {
  it("admits the database and Redis from the nodes only", () => {
    const rules = chain(withRelay(plan, "rtpengine"), "db", "input");
    expect(rules).to.include("ip saddr { 10.77.0.11, 10.77.0.12 } tcp dport { 3306, 6379 } accept");
    expect(rules.filter((rule) => rule.includes("dport"))).to.have.lengthOf(2);
  });

  it("admits orders of the nodes at the fence machine", () => {
    const fence = { name: "fence", role: "fence", privateAddress: "10.77.0.35" } as const;
    const fenced = { ...plan, hosts: { ...plan.hosts, fence } };
    expect(fenceOf(fenced)).to.equal(fence);
    expect(chain(fenced, "fence", "input")).to.include("ip saddr { 10.77.0.11, 10.77.0.12 } udp dport 623 accept");
  });

  it("admits SSH at the lab's bastion from the controller, and questions for the time from the private network", () => {
    expect(chain(plan, "bastion", "input")).to.include.members([
      'iifname "access" tcp dport 22 accept',
      "ip saddr 10.77.0.0/24 udp dport 123 accept",
    ]);
  });

  it("admits what the stack file adds, on the machines that it names", () => {
    const from = "10.77.0.9/32";
    const allow = [
      { from, protocol: "tcp", port: 9100, lastPort: 9104, hosts: ["db"] },
      { from, protocol: "udp", port: 161, lastPort: 161 },
    ] as const;
    const more = { ...plan, firewall: { ...plan.firewall, allow } };
    const added = (name: string): readonly string[] => chain(more, name, "input").filter((rule) => rule.includes(from));
    expect(added("db")).to.deep.equal([
      "ip saddr 10.77.0.9/32 tcp dport 9100-9104 accept",
      "ip saddr 10.77.0.9/32 udp dport 161 accept",
    ]);
    expect(added("sip1")).to.deep.equal(["ip saddr 10.77.0.9/32 udp dport 161 accept"]);
    expect(chain(more, "sip1", "public").join("\n")).to.not.include("161");
  });

  it("is absent, and nftables with it, where somebody else filters", () => {
    const none = { ...plan, firewall: { ...plan.firewall, mode: "none" } } as const;
    for (const machine of machines(none)) {
      expect(firewallFiles(none, machine)).to.deep.equal([]);
      expect(packagesFor(machine.role, none)).to.not.include("nftables");
      if (machine.role !== "router") expect(packagesFor(machine.role, plan), machine.name).to.include("nftables");
    }
  });
});
