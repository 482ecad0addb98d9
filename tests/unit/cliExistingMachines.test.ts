import { expect } from "chai";
import { type MachineFacts, parseMachineFacts } from "../../cli/existing/facts.ts";
import { machineFaults } from "../../cli/existing/rules.ts";
import { type ExistingClusterPlan, type FloatingIpPlan, isExisting, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { fingerprint, readHostKey } from "../../remote/hostKey.ts";
import { existingCluster } from "../support/existingCluster.ts";
import { SshHost } from "../support/sshHost.ts";

const FIT = `os=debian 12
architecture=amd64
name=sip1
sudo=yes
time=1000500
free_kib=70793988
init=systemd
card=eth0 52:54:00:00:00:01 UP
card=eth1 52:54:00:00:00:11 UP
address=eth0 10.0.0.11/24
port=tcp 0.0.0.0:22 sshd
ssh=10.0.0.2 22
reach=sip2 yes eth0
reach=db yes eth0
complete=yes
`;

function plan(input: unknown = existingCluster()): ExistingClusterPlan {
  const resolution = resolvePlan(input, "trial");
  if ("faults" in resolution || !isExisting(resolution.plan)) throw new Error("the stack file is not sound");
  return resolution.plan;
}

const ASKED = { beganMs: 1_000_000, endedMs: 1_001_000 };

/** What is refused of a machine that differs so from one that fits: lines added, or put in place of those of their key. */
function faultsOf(
  lines: readonly string[],
  name = "sip1",
  text = FIT,
  input?: unknown,
  inService?: FloatingIpPlan,
): readonly string[] {
  const keys = lines
    .map((line) => `${line.split("=")[0] ?? ""}=`)
    .filter((key) => !/^(address|default|card)/.test(key));
  const kept = text.split("\n").filter((line) => !keys.some((key) => line.startsWith(key)));
  const facts: MachineFacts = parseMachineFacts([...lines, ...kept].join("\n"), ASKED);
  const machine = machines(plan(input)).find((known) => known.name === name);
  if (!machine) throw new Error(`no machine ${name}`);
  return machineFaults(plan(input), machine, facts, inService).map(({ what, got }) => `${what}, got ${got}`);
}

describe("the look at an existing machine", () => {
  it("finds nothing on one that fits", () => {
    expect(faultsOf([])).to.deep.equal([]);
  });

  it("rejects an answer that was cut off", () => {
    expect(() => parseMachineFacts("os=debian 12\n", ASKED)).to.throw("the look at it ended early");
  });

  it("rejects another system, name, user, disk and clock at once", () => {
    const lines = ["os=debian 11", "name=node7", "sudo=no: a password is required", "free_kib=1048576", "time=1090000"];
    expect(faultsOf(lines)).to.deep.equal([
      "sip1: the system must be Debian 12, as hosts.release says, got debian 11",
      "sip1: uname -n must say sip1, got node7",
      "sip1: operator must be allowed to use sudo without a password, got no: a password is required",
      "sip1: 2.0 GiB must be free in /var/lib, got 1.0 GiB",
      "sip1: the clock must be within a minute of this machine's, got 90 s",
    ]);
  });

  it("rejects a machine of another release than the stack's, and says how to put it right", () => {
    const trixie = { ...existingCluster(), hosts: { ...existingCluster().hosts, release: "trixie" } };
    expect(faultsOf([], "sip1", FIT, trixie)).to.deep.equal([
      "sip1: the system must be Debian 13, as hosts.release says, got debian 12",
    ]);
    expect(faultsOf(["os=debian 13"], "sip1", FIT, trixie)).to.deep.equal([]);
    const [machine] = machines(plan(trixie));
    const fixes = ["debian 12", "debian 11"].flatMap((os) => {
      const facts = parseMachineFacts(FIT.replace("debian 12", os), ASKED);
      return machine ? machineFaults(plan(trixie), machine, facts).map(({ fix }) => fix) : [];
    });
    expect(fixes).to.deep.equal([
      "install Debian 13 (trixie) there, or write hosts.release: bookworm where every machine of the stack runs Debian 12",
      "install Debian 13 (trixie) there",
    ]);
  });

  it("takes a clock as right that may be, given how long the answer took", () => {
    expect(faultsOf(["time=1060800"])).to.deep.equal([]);
  });

  it("rejects a private address that is missing or on another card", () => {
    const moved = FIT.replace("address=eth0 10.0.0.11/24", "address=eth1 10.0.0.11/24");
    expect(faultsOf([], "sip1", moved)).to.deep.equal(["sip1: 10.0.0.11 must be on the card eth0, got it on eth1"]);
    const none = FIT.replace("address=eth0 10.0.0.11/24\n", "");
    expect(faultsOf([], "sip1", none)).to.deep.equal([
      "sip1: it must have the private address 10.0.0.11, got no address",
    ]);
  });

  it("rejects a card that is missing, and one that changed its name with another", () => {
    expect(faultsOf([], "sip1", FIT.replace("card=eth1", "card=ens7"))).to.deep.equal([
      "sip1: it must have a public card eth1, got eth0, ens7",
    ]);
    const other = FIT.replace("52:54:00:00:00:11", "52:54:00:00:00:99");
    expect(faultsOf([], "sip1", other)).to.deep.equal([
      "sip1: eth1 must have the hardware address 52:54:00:00:00:11, got 52:54:00:00:00:99",
    ]);
  });

  it("rejects a floating IP, a public address or a default route that comes back with each boot", () => {
    const lines = [
      "address=eth1 198.51.100.10/24",
      "address=eth1 198.51.100.77/24",
      "default=via 10.0.0.1 dev eth0",
      "configured=/etc/network/interfaces",
      "gateway=/etc/network/interfaces",
    ];
    expect(faultsOf(lines)).to.deep.equal([
      "sip1: no file may configure the floating IP 198.51.100.10, got /etc/network/interfaces",
      "sip1: it must not have the floating IP 198.51.100.10, got it on eth1",
      "sip1: a node must have no public address of its own, got 198.51.100.77/24 on eth1",
      "sip1: a node must have no default route of its own, got via 10.0.0.1 dev eth0",
      "sip1: no file may give a node a default route, got /etc/network/interfaces",
    ]);
  });

  it("rejects services and ports of somebody else's, and a way that is not the private network", () => {
    const lines = ["rival=keepalived active", "port=udp 0.0.0.0:5060 sipd", "reach=sip2 yes eth1", "reach=db no eth0"];
    expect(faultsOf(lines)).to.deep.equal([
      "sip1: its way to sip2 must be eth0, got it through eth1",
      "sip1: it must reach db on the private network, got no answer from its sshd",
      "sip1: no keepalived of somebody else's may run, got it running",
      "sip1: udp port 5060 must be free for SIP, got it taken by sipd",
    ]);
  });

  it("rejects another packet filter, and a machine that the cluster's own would lock up", () => {
    const lines = ["filter=ufw.service", "filter=nftables table inet filter", "ssh=192.168.7.5 2222"];
    expect(faultsOf(lines)).to.deep.equal([
      "sip1: no other packet filter may decide what arrives, got ufw.service, nftables table inet filter",
      "sip1: SSH must come from a network in firewall.ssh (10.0.0.0/24), got it from 192.168.7.5",
      "sip1: sshd must be reached at port 22 without a translation between, got it at port 2222",
    ]);
    const none = { ...existingCluster(), firewall: { mode: "none" } };
    expect(faultsOf(lines, "sip1", FIT, none)).to.deep.equal([]);
  });

  it("rejects what listens there and would be cut off, and takes what the stack file admits", () => {
    const ports = [
      "port=tcp 0.0.0.0:22 sshd",
      "port=tcp *:9100 node_exporter",
      "port=udp 10.0.0.11:161 snmpd",
      "port=tcp 127.0.0.1:25 exim4",
      "port=tcp [::1]:25 exim4",
      "port=udp 127.0.0.53%lo:53 systemd-resolve",
      "port=udp 0.0.0.0:68 dhclient",
      "port=udp 0.0.0.0:41234 -",
    ];
    expect(faultsOf(ports)).to.deep.equal([
      "sip1: nothing may listen there that the cluster's packet filter cuts off, got node_exporter at tcp *:9100, snmpd at udp 10.0.0.11:161",
    ]);
    const allow = [
      { from: "10.0.0.5/32", port: 9100 },
      { from: "10.0.0.5/32", protocol: "udp", port: 100, lastPort: 200 },
    ];
    expect(faultsOf(ports, "sip1", FIT, { ...existingCluster(), firewall: { allow } })).to.deep.equal([]);
  });

  it("takes what runs there for its own where the stack's release is, and refuses that of another stack", () => {
    const active = [
      "address=eth1 198.51.100.10/24",
      "default=via 198.51.100.1 dev eth1 src 198.51.100.10",
      "rival=heartbeat active",
      "port=udp 198.51.100.10:5060 kamailio",
    ];
    expect(faultsOf([...active, "cluster=trial", "release=yes"])).to.deep.equal([]);
    expect(faultsOf(["cluster=other", "release=yes"])).to.deep.equal([
      "sip1: it must be free, or of stack trial, got a release of stack other",
    ]);
    expect(faultsOf(active).length).to.equal(4);
  });

  it("lets a node of the stack have the floating IP that is in service until another one is", () => {
    const inService = { address: "198.51.100.77", prefix: 24, gateway: "198.51.100.2" };
    const active = ["address=eth1 198.51.100.77/24", "default=via 198.51.100.2 dev eth1 src 198.51.100.77"];
    const ours = [...active, "cluster=trial", "release=yes"];
    expect(faultsOf(ours, "sip1", FIT, existingCluster(), inService)).to.deep.equal([]);
    expect(faultsOf(active, "sip1", FIT, existingCluster(), inService).length).to.equal(2);
    expect(faultsOf(ours).length).to.equal(2);
  });

  it("lets the database machine have a way out", () => {
    const text = FIT.replace("name=sip1", "name=db").replace("10.0.0.11", "10.0.0.21");
    expect(faultsOf(["default=via 10.0.0.1 dev eth0", "rival=asterisk active"], "db", text)).to.deep.equal([]);
  });
});

describe("the host key of a machine", () => {
  it("is what sshd shows, without anybody logging in", async () => {
    const host = await SshHost.start("sip1");
    try {
      const { host: address, port, hostKey } = host.connection();
      expect(await readHostKey(address, port)).to.equal(hostKey);
      expect(fingerprint(hostKey)).to.match(/^SHA256:[A-Za-z0-9+/]{43}$/);
    } finally {
      await host.stop();
    }
  });

  it("rejects a place where nobody answers", async () => {
    const host = await SshHost.start("sip1");
    const { host: address, port } = host.connection();
    await host.stop();
    const said = await readHostKey(address, port).then(
      () => "a key",
      () => "refused",
    );
    expect(said).to.equal("refused");
  });
});
