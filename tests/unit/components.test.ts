import { expect } from "chai";
import { z } from "zod";
import { DockerLab } from "../../components/hosts/dockerLab.ts";
import { SipCluster } from "../../components/sipCluster.ts";
import { type Registered, registeredBy, SECRET } from "../support/registered.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { mediaServerPlan, twoNodePlan } from "../support/plans.ts";

let registered: readonly Registered[] = [];

/** Pulumi hands secrets to a provider as objects with this key (sdk/nodejs runtime, specialSigKey). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secretSchema = z.object({ [SIGNATURE]: z.string(), value: z.unknown() });

function reveal(value: unknown): unknown {
  const secret = secretSchema.safeParse(value);
  return secret.success ? secret.data["value"] : value;
}

async function build(plan = twoNodePlan()): Promise<void> {
  registered = await registeredBy("sip-ha", "two-node", () => {
    const lab = new DockerLab("lab", { plan, image: "sip-ha/debian12:test", mediaImage: "sip-ha/asterisk:test" });
    new SipCluster("edge", { plan, hosts: lab.hosts, directory: projectDir });
  });
}

function named(name: string): Registered {
  const found = registered.find((resource) => resource.name === name);
  if (!found) throw new Error(`no resource ${name}; got ${registered.map((resource) => resource.name).join(", ")}`);
  return found;
}

function childrenOfType(type: string): string[] {
  return registered
    .filter((resource) => resource.type === type)
    .map(({ name }) => name)
    .sort();
}

/** Every string in a value, however deep. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(strings);
  return [];
}

describe("the resources of a two-node stack", () => {
  before(() => build());

  it("has one container for each machine and one network for each segment", () => {
    const machines = ["lab-bastion", "lab-caller", "lab-db", "lab-router", "lab-sip1", "lab-sip2"];
    expect(childrenOfType("docker:index/container:Container")).to.deep.equal(machines);
    const segments = ["lab-access", "lab-outside", "lab-private", "lab-public"];
    expect(childrenOfType("docker:index/network:Network")).to.deep.equal(segments);
  });

  it("does everything anew for a machine that was made anew, and nothing for another one", () => {
    const triggers = (name: string): unknown => named(name).inputs["triggers"];
    const idOf = (machine: string): string => `${named(`lab-${machine}`).name}-id`;
    for (const machine of ["bastion", "caller", "db", "sip1", "sip2"])
      for (const part of ["files", "secrets"])
        expect(triggers(`edge-${machine}-${part}`), machine).to.deep.equal([idOf(machine)]);
    for (const name of ["edge-packages-delivery", "edge-activation-run"])
      expect(triggers(name), name).to.include.members(["db", "sip1", "sip2"].map(idOf));
  });

  it("stages every machine but the router in two commands", () => {
    const staged = ["bastion", "caller", "db", "sip1", "sip2"].flatMap((host) => [
      `edge-${host}-files`,
      `edge-${host}-secrets`,
    ]);
    expect(childrenOfType("command:remote:Command")).to.deep.equal(staged);
  });

  it("runs four programs on the controller", () => {
    const programs = ["edge-activation-run", "edge-packages-delivery", "edge-packages-lock", "edge-verification-run"];
    expect(childrenOfType("command:local:Command")).to.deep.equal(programs);
  });

  it("generates one secret for the lab's keys and four for the cluster", () => {
    const secrets = [
      "edge-database-password",
      "edge-heartbeat-key",
      "edge-nonce-secret",
      "edge-probe-password",
      "lab-ssh-seed",
    ];
    expect(childrenOfType("random:index/randomPassword:RandomPassword")).to.deep.equal(secrets);
  });

  it("gives a node a private and a public card, and a caller no card on the public segment", () => {
    const networks = (machine: string): unknown => named(machine).inputs["networksAdvanced"];
    expect(networks("lab-sip1")).to.deep.equal([
      { name: "sip-ha-two-node-private", ipv4Address: "10.77.0.11" },
      { name: "sip-ha-two-node-public", ipv4Address: "198.51.100.253" },
    ]);
    expect(networks("lab-caller")).to.deep.equal([
      { name: "sip-ha-two-node-private", ipv4Address: "10.77.0.31" },
      { name: "sip-ha-two-node-outside", ipv4Address: "198.18.0.10" },
    ]);
  });

  it("closes the lab's networks: no masquerading, and no address of the controller on them", () => {
    for (const segment of ["private", "public", "outside"]) {
      expect(named(`lab-${segment}`).inputs["options"], segment).to.deep.equal({
        "com.docker.network.bridge.enable_ip_masquerade": "false",
        "com.docker.network.bridge.inhibit_ipv4": "true",
      });
    }
    expect(named("lab-access").inputs["options"]).to.deep.equal({
      "com.docker.network.bridge.enable_ip_masquerade": "false",
    });
  });

  it("publishes one port only, the bastion's sshd on loopback", () => {
    const published = registered.filter(({ inputs }) => inputs["ports"] !== undefined);
    expect(published.map(({ name }) => name)).to.deep.equal(["lab-bastion"]);
    expect(named("lab-bastion").inputs["ports"]).to.deep.equal([{ internal: 22, external: 7722, ip: "127.0.0.1" }]);
  });

  it("forwards packets on the router only", () => {
    for (const machine of ["bastion", "caller", "db", "sip1", "sip2"]) {
      expect(named(`lab-${machine}`).inputs["sysctls"], machine).to.deep.equal({ "net.ipv4.ip_forward": "0" });
    }
    expect(named("lab-router").inputs["sysctls"]).to.deep.equal({
      "net.ipv4.ip_forward": "1",
      "net.ipv4.conf.all.rp_filter": "1",
    });
  });

  it("never runs a machine privileged", () => {
    for (const { name, inputs } of registered) expect(inputs["privileged"], name).to.equal(undefined);
  });

  it("reaches every machine but the bastion through the bastion, host keys pinned", () => {
    const connection = (host: string): unknown => reveal(named(`edge-${host}-files`).inputs["connection"]);
    expect(connection("sip1")).to.nested.include({ host: "10.77.0.11", "proxy.host": "127.0.0.1", "proxy.port": 7722 });
    expect(connection("bastion")).to.include({ host: "127.0.0.1", port: 7722 }).and.not.have.property("proxy");
    for (const host of ["sip1", "sip2", "db", "caller"]) {
      expect(connection(host))
        .to.have.nested.property("hostKey")
        .that.matches(/^ssh-ed25519 /);
      expect(connection(host))
        .to.have.nested.property("proxy.hostKey")
        .that.matches(/^ssh-ed25519 /);
    }
  });

  it("runs the same constant text on create and update of a host, and no program of its own when it is removed", () => {
    const commands = registered.filter(({ type }) => type === "command:remote:Command");
    const texts = new Set(commands.flatMap(({ inputs }) => [inputs["create"], inputs["update"]]));
    expect(texts.size).to.equal(1);
    for (const { name, inputs } of commands) expect(inputs, name).to.not.have.any.keys("delete");
  });

  it("puts no secret into a command, an environment or the readable files", () => {
    for (const { name, inputs } of registered.filter(({ type }) => type.startsWith("command:"))) {
      const { create, update, environment } = inputs;
      const open = name.endsWith("-files")
        ? [create, update, environment, inputs["stdin"]]
        : [create, update, environment];
      for (const text of open.flatMap(strings)) expect(text, name).to.not.include(SECRET);
    }
  });

  it("never logs what the staging of a host gets or says", () => {
    for (const { name, inputs } of registered.filter(({ type }) => type === "command:remote:Command")) {
      expect(inputs["logging"], name).to.equal("none");
    }
  });

  it("names programs by a path that is the same in every clone", () => {
    for (const { name, inputs } of registered.filter(({ type }) => type === "command:local:Command")) {
      expect(inputs["create"], name).to.match(/^node bin\/sip-ha\.mjs task /);
    }
  });
});

describe("the secrets of a later generation", () => {
  before(() => build({ ...twoNodePlan(), generations: { database: 3, heartbeat: 2 } }));

  it("are resources of their own; of Heartbeat's keys the one before stays, since it is what nodes know", () => {
    const secrets = childrenOfType("random:index/randomPassword:RandomPassword").filter((name) => /^edge/.test(name));
    expect(secrets).to.deep.equal([
      "edge-database-password-3",
      "edge-heartbeat-key",
      "edge-heartbeat-key-2",
      "edge-nonce-secret",
      "edge-probe-password-3",
    ]);
  });
});

describe("the resources of a stack with media servers", () => {
  before(() => build(mediaServerPlan()));

  it("has a container for each, on the private network alone, without systemd", () => {
    const { inputs } = named("lab-media1");
    expect(inputs["networksAdvanced"]).to.deep.equal([{ name: "sip-ha-two-node-private", ipv4Address: "10.77.0.41" }]);
    expect(inputs["image"]).to.equal("sip-ha/asterisk:test");
    expect(inputs["command"]).to.deep.equal(["/usr/bin/tini", "--", "/usr/lib/sip-ha/media-server"]);
  });

  it("puts everything on it when it is made, and stages nothing there", () => {
    const uploads = z.array(z.object({ file: z.string() })).parse(named("lab-media1").inputs["uploads"]);
    expect(uploads.map(({ file }) => file)).to.include.members([
      "/etc/sip-ha-lab/network",
      "/etc/sip-ha/asterisk/pjsip-local.conf",
      "/usr/lib/sip-ha/media-server",
    ]);
    expect(registered.filter(({ name }) => name.startsWith("edge-media"))).to.deep.equal([]);
  });
});
