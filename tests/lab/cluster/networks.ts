import { expect } from "chai";
import { execa } from "execa";
import { eventually } from "../../../remote/eventually.ts";
import { activeNode, expectSuccess, NODES, otherThan } from "../../support/lab.ts";
import { inMachine, LAB, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

/** What reaches whom, and what nobody reaches. */
export function networks(lab: SharedLab): void {
  it("gives nodes no name server", async () => {
    for (const node of NODES) {
      expect(await inMachine(node, "sh", "-c", "getent hosts example.org || echo unknown"), node).to.equal("unknown");
    }
  });

  it("admits at the packet filter what each network needs, and nothing else", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    const address = (node: string): string => (node === "sip1" ? "10.78.0.11" : "10.78.0.12");
    const tcp = async (from: string, to: string, port: number): Promise<string> =>
      `${from} ${to}:${port} ${await inMachine(from, "sh", "-c", `timeout 1 bash -c 'exec 3<>/dev/tcp/${to}/${port}' 2>/dev/null && echo open || echo closed`)}`;
    const both = NODES.map(address);
    // listens on every address: what is closed is closed by the filter
    const listener =
      "systemd-run -q --collect --unit=probe-listener socat TCP-LISTEN:8099,fork,reuseaddr OPEN:/dev/null";
    await inMachine(active, "sh", "-c", listener);
    try {
      const seen = await Promise.all([
        tcp("caller", LAB.floatingIp, 5060),
        tcp("caller", LAB.floatingIp, 22),
        tcp("caller", LAB.floatingIp, 8099),
        tcp("caller", address(active), 8099),
        ...both.map((node) => tcp("bastion", node, 22)),
        tcp("bastion", address(active), 8099),
        tcp("bastion", "10.78.0.21", 22),
        tcp("bastion", "10.78.0.21", 3306),
        tcp("caller", "10.78.0.21", 3306),
        tcp("caller", "10.78.0.21", 22),
        ...NODES.map((node) => tcp(node, "10.78.0.21", 3306)),
        tcp(standby, "10.78.0.21", 22),
        tcp(standby, address(active), 22),
        tcp(standby, "10.78.0.2", 22),
      ]);
      expect(seen.filter((line) => line.endsWith(" open"))).to.deep.equal([
        `caller ${LAB.floatingIp}:5060 open`,
        ...both.map((node) => `bastion ${node}:22 open`),
        "bastion 10.78.0.21:22 open",
        ...NODES.map((node) => `${node} 10.78.0.21:3306 open`),
      ]);
    } finally {
      await inMachine(active, "systemctl", "stop", "probe-listener");
    }
    const refused = await inMachine(active, "nft", "list", "counter", "inet", "sip_ha", "refused");
    expect(Number(/packets (\d+)/.exec(refused)?.[1])).to.be.above(0);
  });

  it("puts the former packet filter back when nobody confirms a new one, and says so until it is repaired", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    const rules = async (): Promise<string> => inMachine(standby, "nft", "-s", "-t", "list", "table", "inet", "sip_ha");
    const before = await rules();
    await inMachine(standby, "sed", "-i", "s/ tcp dport 22 accept/ tcp dport 23 accept/", "/etc/sip-ha/firewall.nft");
    await inMachine(standby, "/usr/lib/sip-ha/firewall", "apply", "2");
    expect(await rules()).to.include("tcp dport 23 accept");
    const back = async () =>
      (await rules()) === before
        ? ({ met: true, value: true } as const)
        : ({ met: false, seen: "the new rules" } as const);
    await eventually("the former rules are back", back, { withinMs: 15_000, everyMs: 250 });
    await inMachine(standby, "nft", "add", "rule", "inet", "sip_ha", "input", "accept");
    await inMachine(standby, "nft", "add", "table", "inet", "of_others");
    expect((await lab.sandbox.sipHa("drift")).said).to.include(`${standby}: firewall inet sip_ha: `);
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect(await rules()).to.equal(before);
    expect(await inMachine(standby, "nft", "list", "tables")).to.include("inet of_others");
    await inMachine(standby, "nft", "delete", "table", "inet", "of_others");
  });

  it("leaves the standby without a public address and without a default route", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    expect(await inMachine(standby, "ip", "-o", "-4", "addr", "show", "dev", "eth1", "scope", "global")).to.equal("");
    expect(await inMachine(standby, "ip", "route", "show", "default")).to.equal("");
    expect(await inMachine(active, "ip", "route", "show", "default")).to.include("via 198.18.10.1 dev eth1");
  });

  it("lets nothing leave the lab's networks", async () => {
    const active = await activeNode();
    const ping = await execa("docker", ["exec", `sip-ha-${STACK}-${active}`, "ping", "-c1", "-W1", "198.18.200.1"], {
      reject: false,
    });
    expect(ping.exitCode).to.not.equal(0);
    expect(ping.stdout).to.match(/Unreachable/);
    for (const machine of ["bastion", "db", "router"]) {
      expect(await inMachine(machine, "ip", "route", "show", "default"), machine).to.equal("");
    }
  });
}
