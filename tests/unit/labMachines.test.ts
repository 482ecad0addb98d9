import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { DockerLab } from "../../components/hosts/dockerLab.ts";
import { liveChangeFaults } from "../../config/liveChange.ts";
import { clusterOptions, keysOf, optionAt } from "../../config/options.ts";
import { type ClusterPlan, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { existingCluster } from "../support/existingCluster.ts";
import { smallestCluster } from "../support/refusals.ts";
import { registeredBy } from "../support/registered.ts";

type Options = Readonly<Record<string, unknown>>;

const { floatingIp } = smallestCluster;
const address = "10.77.0.60";
const debs = [{ directory: "debs" }];
const lab = (hosts: Options): Options => ({ hosts: { kind: "lab", ...hosts } });
const dedicated = {
  heartbeat: { paths: ["private", "public", "dedicated"] },
  ...lab({ heartbeatSubnet: "10.77.1.0/24" }),
};

/** For each option what a running lab's stack file may be changed to, other options that this needs among it. */
const CHANGES: Readonly<Record<string, readonly Options[]>> = {
  engine: [], // there is one only
  proxy: [{ proxy: "opensips", packageSources: debs, allowRegistrationLoss: true }],
  allowRegistrationLoss: [{ allowRegistrationLoss: true }],
  allowOutage: [{ allowOutage: true }],
  packageSources: [{ packageSources: debs }],
  relay: [
    { relay: "rtpengine", redis: { maxMemoryMb: 64 } },
    { relay: "mediaproxy", packageSources: debs },
    { relay: "none" },
  ],
  concurrentCalls: [{ concurrentCalls: 200 }],
  sip: [{ sip: { domain: "other.example.net", port: 5070, tcp: false } }],
  floatingIp: [
    { floatingIp: { ...floatingIp, address: "198.51.100.20" }, allowOutage: true },
    { floatingIp: { ...floatingIp, gateway: "198.51.100.2" }, allowOutage: true },
    { floatingIp: { ...floatingIp, prefix: 25 }, allowOutage: true },
  ],
  timing: [{ timing: "conservative" }],
  supervision: [{ supervision: { restarts: 5, windowSec: 120 } }],
  alerts: [{ alerts: { command: ["/usr/bin/true"] } }],
  heartbeatPort: [{ heartbeatPort: 695 }],
  heartbeat: [{ heartbeat: { paths: ["private"] } }, dedicated],
  fencing: [{ fencing: "lab" }],
  relayPorts: [{ relayPorts: { min: 40000, max: 49999 } }],
  mediaServers: [{ mediaServers: [{ name: "media1", kind: "asterisk" }] }],
  balancing: [{ mediaServers: [{ name: "media1", kind: "asterisk" }], balancing: { probeIntervalSec: 5 } }],
  redis: [{ relay: "rtpengine", redis: { maxMemoryMb: 128, port: 6380 } }],
  registrar: [{ registrar: { maxContacts: 3 } }],
  rateLimit: [{ rateLimit: { requestsPerSec: 50 } }],
  firewall: [{ firewall: { mode: "none" } }],
  database: [{ database: { port: 3307 } }],
  generations: [{ generations: { database: 2, heartbeat: 2 } }],
  verification: [{ verification: { change: "off" } }],
  hosts: [{ hosts: existingCluster().hosts }],
  "hosts.kind": [{ hosts: existingCluster().hosts }],
  "hosts.privateSubnet": [lab({ privateSubnet: "10.90.0.0/24" })],
  "hosts.publicSubnet": [
    { floatingIp: { ...floatingIp, prefix: 25 }, ...lab({ publicSubnet: "198.51.100.0/25" }), allowOutage: true },
  ],
  "hosts.outsideSubnet": [lab({ outsideSubnet: "198.19.0.0/24" })],
  "hosts.heartbeatSubnet": [dedicated],
  "hosts.sshPort": [lab({ sshPort: 22023 })],
  "hosts.nodes": [
    lab({ nodes: [{ name: "edge1" }, { name: "edge2" }] }),
    lab({ nodes: [{ name: "sip2" }, { name: "sip1" }] }),
  ],
  "hosts.bastion": [lab({ bastion: { name: "jump", address } })],
  "hosts.database": [lab({ database: { name: "data" } }), lab({ database: { address } })],
  "hosts.router": [lab({ router: { name: "gate", address } })],
  "hosts.caller": [lab({ caller: { name: "phone", address } })],
  "hosts.fence": [{ fencing: "lab", ...lab({ fence: { address } }) }],
};

function planOf(options: Options): ClusterPlan {
  const resolution = resolvePlan({ ...smallestCluster, ...options }, "test");
  if (!("plan" in resolution)) throw new Error(`no sound stack file: ${JSON.stringify(resolution.faults)}`);
  return resolution.plan;
}

/** What the nodes, the database machine and the networks that they are on are made of: whatever differs is made anew. */
async function madeOf(plan: ClusterPlan): Promise<string> {
  const registered = await registeredBy("sip-ha", "test", () => {
    new DockerLab("lab", { plan, image: "sip-ha/debian12:test", mediaImage: "sip-ha/asterisk:test" });
  });
  const names = [...plan.nodes, plan.database.machine].map(({ name }) => `lab-${name}`);
  const parts = registered.filter(({ name }) => [...names, "lab-private", "lab-public"].includes(name));
  return JSON.stringify(parts.map(({ name, inputs }) => ({ name, inputs })));
}

describe("a changed stack file of a running lab", () => {
  const serving = planOf({});
  let made: string;

  before(async () => {
    made = await madeOf(serving);
  });

  it("is looked at here for every option that there is", () => {
    const hosts = keysOf(optionAt(["hosts"], clusterOptions.lab)).map((key) => `hosts.${key}`);
    expect(Object.keys(CHANGES).sort()).to.deep.equal([...keysOf(clusterOptions.lab), ...hosts].sort());
  });

  for (const [option, changes] of Object.entries(CHANGES)) {
    it(`makes neither both nodes nor the database machine anew by ${option}, or is refused`, async () => {
      for (const change of changes) {
        const plan = planOf(change);
        expect(plan).to.not.deep.equal(serving);
        if (liveChangeFaults(plan, serving).length === 0) expect(await madeOf(plan)).to.equal(made);
        // and back again
        else expect(liveChangeFaults({ ...serving, allowOutage: true }, plan)).to.not.deep.equal([]);
      }
    });
  }

  it("keeps machines with the system that they were installed with when the project brings another image", async () => {
    const kept = new Map<string, readonly string[] | undefined>();
    const note: pulumi.ResourceTransformation = ({ name, opts }) => {
      kept.set(name, opts.ignoreChanges);
      return undefined;
    };
    await registeredBy("sip-ha", "test", () => {
      const args = { plan: serving, image: "sip-ha/debian12:test", mediaImage: "sip-ha/asterisk:test" };
      new DockerLab("lab", args, { transformations: [note] });
    });
    for (const { name } of machines(serving)) expect(kept.get(`lab-${name}`), name).to.deep.equal(["image"]);
  });
});
