import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { identityFileFaults, identitySecretFaults } from "../../config/identity.ts";
import { type ClusterPlan, isExisting, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { deriveSshKey } from "../../components/hosts/sshKey.ts";
import { renderHost } from "../../render/index.ts";
import { faultsOf } from "../support/refusals.ts";
import { existingCluster, HOST_KEY } from "../support/existingCluster.ts";

type Options = Readonly<Record<string, unknown>>;

/** The lines for a stack file whose hosts, and options beside them, differ so from a sound one. */
function refused(hosts: Options, others: Options = {}): readonly string[] {
  const sound = existingCluster();
  return faultsOf({ ...sound, ...others, hosts: { ...sound.hosts, ...hosts } });
}

function planWith(hosts: Options, others: Options = {}): ClusterPlan {
  const sound = existingCluster();
  const resolution = resolvePlan({ ...sound, ...others, hosts: { ...sound.hosts, ...hosts } }, "test");
  if ("faults" in resolution) throw new Error(resolution.faults.map(faultLine).join("\n"));
  return resolution.plan;
}

const [first, second] = existingCluster().hosts.nodes;

describe("a stack file with existing machines", () => {
  it("has the nodes and the database, and only what was given beside them", () => {
    const plan = planWith({});
    expect(machines(plan).map(({ role }) => role)).to.deep.equal(["node", "node", "database"]);
    const caller = { name: "caller", address: "10.0.0.31", hostKey: HOST_KEY };
    expect(machines(planWith({ caller })).map(({ name }) => name)).to.include("caller");
  });

  it("reaches a machine at its private address through the first bastion, unless it says otherwise", () => {
    const own = { ...second, host: "sip2.example.net", port: 2222, user: "admin", bastion: "jump2" };
    const { hosts } = planWith({ nodes: [first, own] });
    expect(hosts.kind === "existing" && hosts.machines).to.deep.include({
      sip1: {
        ssh: { host: "10.0.0.11", port: 22, user: "operator", hostKey: HOST_KEY },
        bastion: "jump1",
        macs: { public: "52:54:00:00:00:11" },
      },
      sip2: {
        ssh: { host: "sip2.example.net", port: 2222, user: "admin", hostKey: HOST_KEY },
        bastion: "jump2",
        macs: {},
      },
    });
  });

  it("follows the time servers, or the clock of the database machine where none is given", () => {
    const time = (hosts: Options): readonly string[] => {
      const plan = planWith(hosts);
      return machines(plan).map((machine) => {
        const file = renderHost(plan, machine).find(({ path }) => path === "/etc/chrony/sip-ha.d/local.conf");
        return (file?.content.split("\n").slice(1, -1) ?? []).join("; ");
      });
    };
    const asks = "server 10.0.0.21 iburst minpoll 2 maxpoll 6; port 0";
    expect(time({})).to.deep.equal([asks, asks, "allow 10.0.0.0/24; bindaddress 10.0.0.21"]);
    const given = "server 10.0.0.5 iburst minpoll 2 maxpoll 6; port 0";
    expect(time({ timeServers: ["10.0.0.5"] })).to.deep.equal([given, given, given]);
  });

  it("uses the cards by the names that they have", () => {
    const plan = planWith({ interfaces: { private: "ens3", public: "bond0.100" } });
    const [node] = plan.nodes;
    const files = node ? renderHost(plan, node) : [];
    const text = (path: string): string => files.find((file) => file.path === path)?.content ?? "";
    expect(text("/etc/sip-ha/cluster.env")).to.match(/^PRIVATE_IF=ens3$[^]*^PUBLIC_IF=bond0\.100$/m);
    expect(text("/etc/ha.d/ha.cf")).to.include("ucast ens3 10.0.0.12").and.to.include("ucast bond0.100 169.254.");
    expect(text("/etc/sysctl.d/61-sip-ha-local.conf")).to.include("net/ipv4/conf/bond0.100/rp_filter = 1");
    expect(text("/etc/sip-ha/cluster.env") + text("/etc/ha.d/ha.cf")).to.not.match(/\beth[01]\b/);
  });

  it("needs no address of a media server's network, but the address itself", () => {
    const server = { name: "media1", kind: "freeswitch" };
    expect(planWith({}, { mediaServers: [{ ...server, address: "10.9.0.1" }] }).mediaServers).to.have.length(1);
    expect(refused({}, { mediaServers: [server] })).to.deep.equal([
      "mediaServers[0].address must be set with hosts of kind existing, got nothing; give the address that the nodes reach it under",
    ]);
  });

  it("runs Debian 12 unless it says otherwise", () => {
    expect(planWith({}).release).to.equal("bookworm");
    expect(planWith({ release: "trixie" }).release).to.equal("trixie");
    expect(refused({ release: "bullseye" })).to.deep.equal([
      'hosts.release must be one of bookworm, trixie, got "bullseye"; change it, for instance release: trixie',
    ]);
  });

  it("rejects every repository for another release than the machines run, beside whatever else is wrong", () => {
    const source = (suite: string) => ({
      url: "https://apt.example.net",
      suite,
      components: ["main"],
      signedBy: "key.gpg",
    });
    const packageSources = [source("bookworm"), source("stable"), source("trixie-lts")];
    const hosts = { release: "trixie", interfaces: { public: "eth0" } };
    expect(refused(hosts, { packageSources })).to.deep.equal([
      'hosts.interfaces.public must differ from hosts.interfaces.private (eth0), got "eth0"; give each network its own card',
      'packageSources[0].suite must be one for Debian 13 (trixie), which the machines run, got "bookworm"; write trixie, or hosts.release: bookworm',
    ]);
    expect(refused({}, { packageSources })).to.deep.equal([
      'packageSources[2].suite must be one for Debian 12 (bookworm), which the machines run, got "trixie-lts"; write bookworm-lts, or hosts.release: trixie',
    ]);
  });

  it("names the suite of its release where OpenSIPS has no source", () => {
    expect(refused({ release: "trixie" }, { proxy: "opensips" }).join()).to.include("suite: trixie, components");
  });

  it("rejects a missing host key with the command that collects it", () => {
    const bare = { name: "sip1", address: "10.0.0.11" };
    expect(refused({ nodes: [bare, second] })).to.deep.equal([
      "hosts.nodes[0].hostKey must be an SSH host key of type ssh-ed25519, in one line without a comment, got nothing; " +
        "collect it by `npm run host-keys -- --stack STACK` and compare it with what the machine's console shows",
    ]);
  });

  it("rejects everything at once that is wrong with addresses, cards, bastions and the lab's own device", () => {
    const hosts = {
      nodes: [
        { ...first, address: "10.9.9.9" },
        { ...second, bastion: "jump9", heartbeatAddress: "10.0.1.12" },
      ],
      interfaces: { public: "eth0" },
    };
    expect(refused(hosts, { fencing: "lab" })).to.deep.equal([
      'hosts.nodes[0].address must lie in hosts.privateSubnet (10.0.0.0/24), got "10.9.9.9"; give the address that the machine has on that network, or correct the network',
      'hosts.interfaces.public must differ from hosts.interfaces.private (eth0), got "eth0"; give each network its own card',
      'hosts.nodes[1].bastion must be one of the names in hosts.bastions (jump1, jump2), got "jump9"; add it there, or name another',
      'hosts.nodes[1].heartbeatAddress must be left out, since no path of heartbeat.paths is dedicated, got "10.0.1.12"; add dedicated to heartbeat.paths or remove it',
      'fencing must be none or a device of your own with hosts of kind existing, got "lab"; describe the device by plugin, parameters and devices',
    ]);
  });

  it("rejects a gateway outside the public network, and a private network that overlaps it", () => {
    const floatingIp = { address: "10.0.0.10", prefix: 24, gateway: "10.0.1.1" };
    expect(refused({}, { floatingIp })).to.deep.equal([
      'floatingIp.gateway must lie in the public network 10.0.0.0/24, got "10.0.1.1"; give the router\'s address there, or correct floatingIp.prefix',
      'hosts.privateSubnet must not overlap the network of floatingIp (10.0.0.0/24), got "10.0.0.0/24"; use separate networks: a standby must be reached while it has no public address',
    ]);
  });

  it("rejects options of the lab, naming those that there are", () => {
    expect(refused({ sshPort: 22022 })[0]).to.match(/^hosts\.sshPort must be one of the keys kind, ssh, bastions/);
    expect(faultsOf({ ...existingCluster(), hosts: { kind: "vm" } })).to.deep.equal([
      'hosts.kind must be one of lab, existing, got "vm"; change it, for instance kind: lab',
    ]);
  });

  it("takes a path of its own for heartbeats, with the address of each node there", () => {
    const nodes = [
      { ...first, heartbeatAddress: "10.0.1.11" },
      { ...second, heartbeatAddress: "10.0.1.12" },
    ];
    const plan = planWith(
      { nodes, heartbeatSubnet: "10.0.1.0/24" },
      { heartbeat: { paths: ["private", "dedicated"] } },
    );
    expect(plan.heartbeatPaths[1]).to.deep.equal({
      network: "dedicated",
      interface: "eth2",
      addresses: { sip1: "10.0.1.11", sip2: "10.0.1.12" },
    });
  });
});

describe("the private key of the SSH user", () => {
  const key = deriveSshKey("a secret that is long enough to be taken for one", "user").privateKey;
  const LOCKED =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAA\n-----END OPENSSH PRIVATE KEY-----\n";
  const withIdentity = (identity: unknown): ClusterPlan => planWith({ ssh: { user: "operator", identity } });

  it("rejects one that is held in clear among the options, without showing it", () => {
    const lines = refused({ ssh: { user: "operator", privateKey: key } });
    expect(lines.join("\n")).to.include("sip-ha:sshKey <FILE").and.to.not.include("BEGIN");
  });

  it("is a secret exactly where the stack file says so", () => {
    const paths = (identity: string, secret: "none" | "encrypted"): readonly string[] =>
      identitySecretFaults(withIdentity(identity), secret).map(({ allowed }) => allowed);
    expect(paths("secret", "encrypted")).to.deep.equal([]);
    expect(paths("agent", "none")).to.deep.equal([]);
    expect(paths("secret", "none")).to.deep.equal(["be set, since hosts.ssh.identity is secret"]);
    expect(paths("agent", "encrypted")).to.deep.equal(["be absent unless hosts.ssh.identity is secret"]);
  });

  it("rejects one that nobody can use without a passphrase, and one that is none", () => {
    const got = (text: string): number => identitySecretFaults(withIdentity("secret"), { text }).length;
    expect([got(key), got(LOCKED), got("hello")]).to.deep.equal([0, 1, 1]);
  });

  it("rejects a file that cannot be read or is locked", () => {
    const directory = mkdtempSync(join(tmpdir(), "sip-ha-identity-"));
    const surroundings = { directory, now: new Date() };
    const allowed = (file: string): readonly string[] =>
      identityFileFaults(withIdentity({ file }), surroundings).map((fault) => fault.allowed);
    writeFileSync(join(directory, "open"), key);
    writeFileSync(join(directory, "locked"), LOCKED);
    expect(allowed("open")).to.deep.equal([]);
    expect(allowed("none")).to.deep.equal(["be a file that can be read on this machine"]);
    expect(allowed("locked")).to.deep.equal(["hold a private key in PEM or OpenSSH form without a passphrase"]);
    rmSync(directory, { recursive: true });
  });

  it("never goes into the plan", () => {
    const plan = withIdentity("secret");
    expect(isExisting(plan) && plan.hosts.identity).to.deep.equal({ kind: "secret" });
  });
});
