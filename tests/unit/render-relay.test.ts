import { expect } from "chai";
import { type ClusterPlan, groupOf, type MachinePlan, type Relay } from "../../config/plan.ts";
import { iniSection } from "../../render/iniSection.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { releaseNames } from "../../config/releases.ts";
import { packagesFor, wheelsFor } from "../../render/packages.ts";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { readStatic } from "../../render/staticTree.ts";
import { placeholderSecrets, twoNodePlan, withRelay } from "../support/plans.ts";

const RELAYS: readonly Relay[] = ["rtpproxy", "rtpengine", "mediaproxy", "none"];
const SERVING = RELAYS.filter((relay) => relay !== "none");

function of(relay: Relay): ClusterPlan {
  return withRelay(twoNodePlan(), relay);
}

function node({ nodes }: ClusterPlan): MachinePlan {
  const [first] = nodes;
  if (first === undefined) throw new Error("the plan has no nodes");
  return first;
}

function file(plan: ClusterPlan, machine: MachinePlan, path: string): RenderedFile {
  const files = [...renderHost(plan, machine), ...renderHostSecrets(plan, machine, placeholderSecrets)];
  const found = files.find((one) => one.path === path);
  if (found === undefined) throw new Error(`${machine.name} has no ${path}`);
  return found;
}

function onNode(relay: Relay, path: string): RenderedFile {
  return file(of(relay), node(of(relay)), path);
}

describe("a group with any relay", () => {
  for (const relay of SERVING) {
    it(`starts ${relay} last, by the same agent and the same unit`, () => {
      expect(onNode(relay, "/etc/ha.d/haresources").content.split("\n").at(-2)).to.equal(
        "sip1 sipha-floating-ip sipha-default-route sipha-proxy sipha-relay",
      );
      expect(onNode(relay, "/usr/lib/ocf/resource.d/sip-ha/relay").content).to.equal(
        onNode("rtpproxy", "/usr/lib/ocf/resource.d/sip-ha/relay").content,
      );
      expect(onNode(relay, "/usr/lib/sip-ha/relay-answers").mode).to.equal("0755");
    });

    it(`gives ${relay} no capability but what it drives the kernel with`, () => {
      const { content, effect } = onNode(relay, "/etc/systemd/system/sip-ha-relay.service");
      expect(effect).to.equal("relay");
      expect(content).to.match(/^NoNewPrivileges=yes$/m);
      const [user] = content.match(/(?<=^User=).*/m) ?? [];
      const [capabilities] = content.match(/(?<=^CapabilityBoundingSet=).*/m) ?? [];
      expect([user, capabilities]).to.deep.equal(
        relay === "mediaproxy" ? [undefined, "CAP_NET_ADMIN CAP_NET_RAW"] : [relay, ""],
      );
    });

    it(`tells the proxy that it drives ${relay}, and nothing else`, () => {
      const flags = onNode(relay, "/etc/kamailio/kamailio-local.cfg").content.match(/(?<=^#!define )WITH_\w+$/gm);
      expect(flags).to.deep.equal([`WITH_${relay.toUpperCase()}`]);
    });
  }
});

describe("a group without a relay", () => {
  const paths = renderHost(of("none"), node(of("none"))).map(({ path }) => path);

  it("has no relay among its resources", () => {
    expect(groupOf(of("none"))).to.deep.equal(["floating-ip", "default-route", "proxy"]);
    expect(onNode("none", "/etc/ha.d/haresources").content).to.not.include("relay");
  });

  it("has neither agent, unit, probe nor account of one", () => {
    expect(paths.filter((path) => /relay/.test(path))).to.deep.equal([]);
  });
});

describe("rtpengine's configuration", () => {
  it("receives media on the floating IP, at the ports of the stack file, and is controlled over the loopback", () => {
    const { content } = onNode("rtpengine", "/etc/rtpengine/rtpengine-local.conf");
    expect(content).to.include("[rtpengine]\ninterface = 198.51.100.10\nport-min = 35000\nport-max = 36999\n");
    const config = readStatic("node-rtpengine", "/etc/rtpengine/rtpengine.conf");
    expect(config)
      .to.match(/^listen-ng = 127\.0\.0\.1:2223$/m)
      .and.to.match(/^table = -1$/m);
  });

  it("starts without Redis, and waits for one that is frozen only for a moment", () => {
    const config = readStatic("node-rtpengine", "/etc/rtpengine/rtpengine.conf");
    expect(config).to.match(/^no-redis-required = true$/m);
    expect(config)
      .to.match(/^redis-cmd-timeout = 300$/m)
      .and.to.match(/^redis-connect-timeout = 300$/m);
  });

  it("holds the password of Redis only where root and rtpengine can read it", () => {
    const { mode, owner, content } = onNode("rtpengine", "/etc/rtpengine/rtpengine-secrets.conf");
    expect([mode, owner]).to.deep.equal(["0640", "root:rtpengine"]);
    expect(content).to.include("redis = goldenRedisPassword@10.77.0.21:6379/0\n");
  });

  it("rejects a password that would end at its first @", () => {
    const secrets = { ...placeholderSecrets, redisPassword: "one@two" };
    expect(() => renderHostSecrets(of("rtpengine"), node(of("rtpengine")), secrets)).to.throw("letters and digits");
  });
});

describe("Redis", () => {
  const plan = of("rtpengine");
  const database = plan.database.machine;

  it("listens on the private address, with a bound of its memory and without eviction", () => {
    const { content } = file(plan, database, "/etc/redis/sip-ha-local.conf");
    expect(content).to.match(/^bind 10\.77\.0\.21\nport 6379\nmaxmemory 64mb\n$/m);
    expect(readStatic("redis", "/etc/redis/sip-ha.conf")).to.match(/^maxmemory-policy noeviction$/m);
  });

  it("knows one account, by the sum of its password, and no command that rtpengine does not use", () => {
    const { mode, owner, content } = file(plan, database, "/etc/redis/sip-ha-users.acl");
    expect([mode, owner]).to.deep.equal(["0640", "root:redis"]);
    expect(content).to.match(/^user default on #[0-9a-f]{64} ~\* resetchannels -@all \+auth /);
    expect(content).to.not.match(/goldenRedisPassword|flush|config|shutdown|nopass/);
  });

  it("is there with rtpengine alone", () => {
    for (const relay of RELAYS.filter((other) => other !== "rtpengine")) {
      expect(
        renderHost(of(relay), database).filter(({ path }) => path.includes("redis.")),
        relay,
      ).to.deep.equal([]);
      expect(packagesFor("database", of(relay))).to.not.include("redis-server");
    }
    expect(packagesFor("database", plan)).to.include("redis-server");
  });
});

describe("RTPproxy's values", () => {
  it("are the floating IP and the node's part of the range of ports", () => {
    const { content, effect } = onNode("rtpproxy", "/etc/sip-ha/relay.env");
    expect(content).to.include("MEDIA_ADDRESS=198.51.100.10\nMEDIA_PORT_MIN=35000\nMEDIA_PORT_MAX=35999\n");
    expect(effect).to.equal("relay");
  });

  it("are the ones that its unit names", () => {
    const unit = onNode("rtpproxy", "/etc/systemd/system/sip-ha-relay.service").content;
    const names = [...unit.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const content = onNode("rtpproxy", "/etc/sip-ha/relay.env").content;
    expect(names).to.have.members((content.match(/^[A-Z_]+(?==)/gm) ?? []).filter((name) => name.startsWith("MEDIA_")));
  });
});

describe("MediaProxy's configuration", () => {
  it("relays on the floating IP, and its two parts meet over TLS on the loopback, each knowing the other by name", () => {
    const { content } = onNode("mediaproxy", "/etc/mediaproxy/config.ini");
    expect(content).to.include("relay_ip = 198.51.100.10\nport_range = 35000:36000\n");
    expect(content).to.include("[Dispatcher]\nsocket_path = /run/mediaproxy/dispatcher.sock\nlisten = 127.0.0.1\n");
    expect(content).to.include("passport = O:sip-ha, CN:dispatcher").and.to.include("passport = O:sip-ha, CN:relay");
  });
});

describe("packages", () => {
  it("are sorted and named once for each role, whatever the relay", () => {
    for (const relay of RELAYS) {
      for (const role of ["node", "database", "bastion", "caller", "router"] as const) {
        const names = packagesFor(role, of(relay));
        expect(names, role).to.deep.equal([...new Set(names)].sort());
      }
    }
  });

  it("bring the relay to nodes only, and only the one that is used", () => {
    expect(packagesFor("node", of("rtpengine")))
      .to.include("rtpengine-daemon")
      .and.to.not.include("python3-minimal");
    expect(packagesFor("node", of("mediaproxy"))).to.include.members(["mediaproxy-dispatcher", "mediaproxy-relay"]);
    expect(packagesFor("node", of("none")).filter((name) => /rtp|mediaproxy/.test(name))).to.deep.equal([]);
    expect(wheelsFor("node", of("rtpproxy")).map((wheel) => wheel.name)).to.deep.equal(["rtp.io"]);
    const pythons = releaseNames.map((release) => wheelsFor("node", { ...of("rtpproxy"), release })[0]?.python);
    expect(pythons).to.deep.equal(["3.11", "3.13"]);
    expect(wheelsFor("node", of("rtpengine"))).to.deep.equal([]);
    expect(wheelsFor("database", of("rtpproxy"))).to.deep.equal([]);
  });
});

describe("a section of an INI file", () => {
  it("rejects a value that a reader of INI files would take for something else", () => {
    for (const value of ["a;b", "50%", "a\nb", "", " a", "back\\slash"]) {
      expect(() => iniSection("relay", { key: value }), value).to.throw("printable ASCII");
    }
  });
});
