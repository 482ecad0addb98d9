import { expect } from "chai";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { faultsText } from "../../config/faults.ts";
import { isLab, type LabClusterPlan, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { smallestCluster } from "../support/refusals.ts";

function planOf(input: unknown): LabClusterPlan {
  const resolution = resolvePlan(input, "test");
  if ("faults" in resolution) throw new Error(faultsText("test", resolution.faults));
  if (!isLab(resolution.plan)) throw new Error("not a lab");
  return resolution.plan;
}

describe("plan of a stack file", () => {
  it("fills in every default of the smallest stack file", () => {
    expect(planOf(smallestCluster)).to.deep.equal({
      stack: "test",
      engine: "heartbeat",
      proxy: "kamailio",
      allowRegistrationLoss: false,
      allowOutage: false,
      packageSources: [],
      relay: "rtpproxy",
      concurrentCalls: 250,
      sip: { domain: "sip.example.net", port: 5060, tcp: true },
      floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
      timing: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10000 },
      supervision: { restarts: 3, windowSec: 60 },
      alerts: { command: [] },
      heartbeatPort: 694,
      heartbeatPaths: [
        { network: "private", interface: "eth0", addresses: { sip1: "10.77.0.11", sip2: "10.77.0.12" } },
        { network: "public", interface: "eth1", addresses: { sip1: "169.254.11.11", sip2: "169.254.11.12" } },
      ],
      fencing: { kind: "none" },
      relayPorts: { min: 35000, max: 36999 },
      mediaServers: [],
      balancing: {
        algorithm: "weight",
        users: ["9*"],
        probeIntervalSec: 2,
        removeAfterMisses: 2,
        returnAfterAnswers: 2,
        answerWithinMs: 1000,
      },
      registrar: { maxContacts: 10, expires: { minSec: 30, defaultSec: 600, maxSec: 3600 }, natPingSec: 25 },
      rateLimit: { requestsPerSec: 1000, failuresPerMin: 60, exempt: [] },
      firewall: {
        mode: "managed",
        ssh: ["10.77.0.2/32"],
        allow: [],
        limits: { sipPacketsPerSec: 5000, mediaPacketsPerSec: 62_500, tcpConnections: 500 },
      },
      nodes: [
        { name: "sip1", role: "node", privateAddress: "10.77.0.11" },
        { name: "sip2", role: "node", privateAddress: "10.77.0.12" },
      ],
      database: { machine: { name: "db", role: "database", privateAddress: "10.77.0.21" }, port: 3306 },
      generations: { database: 1, heartbeat: 1 },
      release: "bookworm",
      interfaces: { private: "eth0", public: "eth1", dedicated: "eth2" },
      time: { server: "bastion", sources: ["10.77.0.2"] },
      bastion: { name: "bastion", role: "bastion", privateAddress: "10.77.0.2" },
      hosts: {
        kind: "lab",
        privateSubnet: "10.77.0.0/24",
        publicSubnet: "198.51.100.0/24",
        outsideSubnet: "198.18.0.0/24",
        sshPort: 22022,
        router: { name: "router", role: "router", privateAddress: "10.77.0.30", outsideAddress: "198.18.0.1" },
        caller: { name: "caller", role: "caller", privateAddress: "10.77.0.31", outsideAddress: "198.18.0.10" },
      },
      verification: { first: "power-off", change: "checks", faults: true, tolerance: 1 },
    });
  });

  it("accepts the stack file that comes with the project", () => {
    const file = z
      .object({ config: z.record(z.string(), z.unknown()) })
      .parse(parse(readFileSync(new URL("../../Pulumi.dev.yaml", import.meta.url), "utf8")));
    expect(planOf(file.config["sip-ha:cluster"]).nodes.map(({ name }) => name)).to.deep.equal(["sip1", "sip2"]);
  });

  it("moves every default address along with its network", () => {
    const plan = planOf({
      ...smallestCluster,
      hosts: { privateSubnet: "10.80.4.0/24", outsideSubnet: "198.19.0.0/24" },
    });
    expect(machines(plan).map(({ privateAddress }) => privateAddress)).to.deep.equal([
      "10.80.4.2",
      "10.80.4.11",
      "10.80.4.12",
      "10.80.4.21",
      "10.80.4.30",
      "10.80.4.31",
    ]);
    expect([plan.hosts.router.outsideAddress, plan.hosts.caller.outsideAddress]).to.deep.equal([
      "198.19.0.1",
      "198.19.0.10",
    ]);
  });

  it("keeps names and addresses that are given", () => {
    const nodes = [{ name: "east", address: "10.77.0.101" }, { name: "west" }];
    expect(planOf({ ...smallestCluster, hosts: { nodes, database: { name: "location" } } })).to.deep.include({
      nodes: [
        { name: "east", role: "node", privateAddress: "10.77.0.101" },
        { name: "west", role: "node", privateAddress: "10.77.0.12" },
      ],
      database: { machine: { name: "location", role: "database", privateAddress: "10.77.0.21" }, port: 3306 },
    });
  });

  it("derives the public network from the floating IP and its prefix", () => {
    const floatingIp = { address: "198.51.100.70", prefix: 28, gateway: "198.51.100.65" };
    expect(planOf({ ...smallestCluster, floatingIp }).hosts.publicSubnet).to.equal("198.51.100.64/28");
  });

  it("knows three timing profiles and takes timers one by one", () => {
    const chosen = { keepaliveMs: 100, warntimeMs: 250, deadtimeMs: 400, initdeadMs: 15000 };
    const timings = ["standard", "fast", "conservative", chosen].map(
      (timing) => planOf({ ...smallestCluster, timing }).timing,
    );
    expect(timings).to.deep.equal([
      { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10000 },
      { keepaliveMs: 50, warntimeMs: 150, deadtimeMs: 300, initdeadMs: 10000 },
      { keepaliveMs: 1000, warntimeMs: 5000, deadtimeMs: 10000, initdeadMs: 30000 },
      chosen,
    ]);
  });

  it("takes the restarts and the window of the supervision, each with a default", () => {
    const supervisions = [{ restarts: 5, windowSec: 120 }, { windowSec: 90 }].map(
      (supervision) => planOf({ ...smallestCluster, supervision }).supervision,
    );
    expect(supervisions).to.deep.equal([
      { restarts: 5, windowSec: 120 },
      { restarts: 3, windowSec: 90 },
    ]);
  });

  it("accepts the name of the database machine as the one endpoint", () => {
    const input = {
      ...smallestCluster,
      database: { endpoints: ["location"] },
      hosts: { database: { name: "location" } },
    };
    expect(planOf(input).database.machine.name).to.equal("location");
  });

  it("cannot be changed at any depth", () => {
    const plan = planOf(smallestCluster);
    expect([plan, plan.sip, plan.nodes, ...plan.nodes, plan.hosts, plan.hosts.router, plan.timing]).to.satisfy(
      (parts: readonly object[]) => parts.every((part) => Object.isFrozen(part)),
    );
  });
});
