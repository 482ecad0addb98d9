import { expect } from "chai";
import { faultsText } from "../../config/faults.ts";
import { machines, type ClusterPlan } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { refusals, smallestCluster } from "../support/refusals.ts";

function planOf(options: Readonly<Record<string, unknown>>): ClusterPlan {
  const resolution = resolvePlan({ ...smallestCluster, ...options }, "test");
  if ("faults" in resolution) throw new Error(faultsText("test", resolution.faults));
  return resolution.plan;
}

const ALL = "external/ipmi, external/libvirt, external/riloe, external/rackpdu, external/drac5, external/ssh";
const ipmi = {
  plugin: "external/ipmi",
  parameters: { userid: "fence" },
  devices: { sip1: { ipaddr: "10.77.0.41" }, sip2: { ipaddr: "10.77.0.42" } },
};

describe("stack file: fencing", () => {
  it("gives each node the parameters of its own device, the shared ones and the fixed ones", () => {
    expect(planOf({ fencing: ipmi }).fencing).to.deep.equal({
      kind: "stonith",
      plugin: "external/ipmi",
      lab: false,
      devices: {
        sip1: { hostname: "sip1", userid: "fence", ipaddr: "10.77.0.41", passwd_method: "env" },
        sip2: { hostname: "sip2", userid: "fence", ipaddr: "10.77.0.42", passwd_method: "env" },
      },
      secret: "passwd",
      timeoutMs: 10_000,
      throughTarget: false,
      packages: ["ipmitool"],
    });
  });

  it("turns the lab's device on by one word, on a machine of its own", () => {
    const plan = planOf({ fencing: "lab" });
    expect(machines(plan).at(-1)).to.deep.equal({ name: "fence", role: "fence", privateAddress: "10.77.0.35" });
    expect(plan.fencing).to.deep.include({ plugin: "external/ipmi", lab: true });
  });

  it("takes a number as text and a target of another name", () => {
    const fencing = {
      plugin: "external/rackpdu",
      parameters: { pduip: "10.77.0.50" },
      devices: { sip1: { hostlist: "east", oid: 7 } },
    };
    const { fencing: plan } = planOf({ fencing });
    expect(plan.kind === "stonith" && plan.devices).to.deep.equal({
      sip1: { hostlist: "east", pduip: "10.77.0.50", oid: "7" },
      sip2: { hostlist: "sip2", pduip: "10.77.0.50" },
    });
  });

  refusals([
    [
      "a plugin that does not exist and names the one that was meant",
      { fencing: { ...ipmi, plugin: "external/impi" } },
      [`fencing.plugin must be one of ${ALL}, got "external/impi"; did you mean external/ipmi`],
    ],
    [
      "a plugin that is like no other",
      { fencing: { plugin: "fence_xvm_of_another_engine" } },
      [`fencing.plugin must be one of ${ALL}, got "fence_xvm_of_another_engine"; choose one of them`],
    ],
    [
      "a plugin that lacks parameters, for each node",
      { fencing: { plugin: "external/ipmi", devices: { sip1: { ipaddr: "10.77.0.41" } } } },
      [
        'fencing.devices.sip1 must have userid, which external/ipmi needs, got {"ipaddr":"10.77.0.41"}; set it there, or under fencing.parameters for all nodes',
        "fencing.devices.sip2 must have ipaddr, userid, which external/ipmi needs, got nothing; set them there, or under fencing.parameters for all nodes",
      ],
    ],
    [
      "parameters that the plugin does not know, and a fixed one",
      { fencing: { ...ipmi, parameters: { userid: "fence", port: 623, passwd_method: "param" } } },
      [
        "fencing.parameters.port must be a parameter of external/ipmi (hostname, ipaddr, userid, interface, priv), got 623; remove it",
        'fencing.parameters.passwd_method must be left out, since it is always env, got "param"; remove it',
      ],
    ],
    [
      "a device of a machine that is no node",
      { fencing: { ...ipmi, devices: { ...ipmi.devices, db: {} } } },
      ["fencing.devices.db must be for one of the nodes sip1, sip2, got {}; give it a node's name or remove it"],
    ],
    [
      "a password among the parameters",
      { fencing: { ...ipmi, parameters: { userid: "fence", passwd: "canary-of-the-test" } } },
      [
        "fencing.parameters.passwd must not be in sip-ha:cluster, which previews show in clear, got a value that is not shown here; remove it; the password of the fencing device is set by `pulumi config set --secret sip-ha:fencingPassword`",
      ],
    ],
    [
      "one target for all nodes",
      { fencing: { ...ipmi, parameters: { userid: "fence", hostname: "sip1" } } },
      [
        'fencing.parameters.hostname must not be the same for all nodes, got "sip1"; give each node its own under fencing.devices, or leave it out: it is the node\'s name by default',
      ],
    ],
    [
      "a word that is no device",
      { fencing: "ipmi" },
      [
        'fencing must be none, lab or a mapping with plugin, parameters, devices, timeoutMs, got "ipmi"; change it, for instance fencing: lab',
      ],
    ],
  ]);
});

describe("stack file: heartbeat paths", () => {
  it("has two by default: the private card, and link-local addresses on the public one", () => {
    const [first, second, ...more] = planOf({}).heartbeatPaths;
    expect(more).to.deep.equal([]);
    expect(first).to.deep.include({ network: "private", interface: "eth0" });
    expect(second).to.deep.equal({
      network: "public",
      interface: "eth1",
      addresses: { sip1: "169.254.11.11", sip2: "169.254.11.12" },
    });
  });

  it("has a third one where it is configured", () => {
    const heartbeat = { paths: ["private", "public", "dedicated"] };
    const plan = planOf({ heartbeat, hosts: { heartbeatSubnet: "10.77.1.0/24" } });
    expect(plan.heartbeatPaths[2]).to.deep.equal({
      network: "dedicated",
      interface: "eth2",
      addresses: { sip1: "10.77.1.11", sip2: "10.77.1.12" },
    });
  });

  refusals([
    [
      "a second path equal to the first",
      { heartbeat: { paths: ["private", "private"] } },
      [
        'heartbeat.paths[1] must differ from heartbeat.paths[0] (private), got "private"; name another network or remove it: two paths through one network fail together',
      ],
    ],
    [
      "no path at all",
      { heartbeat: { paths: [] } },
      ["heartbeat.paths must have at least one path, got []; write [ private, public ] or leave it out"],
    ],
    [
      "a network that does not exist",
      { heartbeat: { paths: ["private", "serial"] } },
      ['heartbeat.paths[1] must be one of private, public, dedicated, got "serial"; change it, for instance public'],
    ],
    [
      "a dedicated path without its network, and the network without the path",
      { heartbeat: { paths: ["dedicated"] } },
      [
        "hosts.heartbeatSubnet must be set, since heartbeat.paths[0] is dedicated, got nothing; set it, for instance heartbeatSubnet: 10.77.1.0/24, or remove that path",
      ],
    ],
    [
      "a network for a path that is not there",
      { hosts: { heartbeatSubnet: "10.77.1.0/24" } },
      [
        'hosts.heartbeatSubnet must be left out, since no path of heartbeat.paths is dedicated, got "10.77.1.0/24"; add dedicated to heartbeat.paths or remove it',
      ],
    ],
    [
      "a dedicated network that overlaps another",
      { heartbeat: { paths: ["private", "dedicated"] }, hosts: { heartbeatSubnet: "10.77.0.0/25" } },
      [
        'hosts.heartbeatSubnet must not overlap hosts.privateSubnet (10.77.0.0/24), got "10.77.0.0/25"; choose separate networks',
      ],
    ],
  ]);
});
