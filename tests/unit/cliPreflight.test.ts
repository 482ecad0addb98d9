import { expect } from "chai";
import type { Facts } from "../../cli/preflight/facts.ts";
import { PreflightError, type PreflightFault } from "../../cli/preflight/fault.ts";
import { check } from "../../cli/preflight/rules.ts";
import { twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();
const GIB = 1024 ** 3;

const fit: Facts = {
  version: "20.10.24+dfsg1",
  dataDir: "/var/lib/docker",
  freeBytes: 40 * GIB,
  networks: [
    { name: "bridge", subnet: "172.17.0.0/16" },
    { name: "sip-ha-two-node-private", subnet: "10.77.0.0/24", stack: "two-node" },
  ],
  routes: [{ target: "192.0.2.0/24", device: "eth0" }],
  containers: [{ name: "sip-ha-two-node-sip1", stack: "two-node" }],
};

const faultsOf = (changes: Partial<Facts>): readonly PreflightFault[] => check(plan, { ...fit, ...changes });

describe("the look at the machine before a deployment", () => {
  it("finds nothing on a machine that fits, nor in objects of the stack itself", () => {
    expect(faultsOf({})).to.deep.equal([]);
    expect(faultsOf({ version: "27.3.1" })).to.deep.equal([]);
  });

  it("rejects a subnet that another Docker network overlaps", () => {
    const networks = [{ name: "office", subnet: "10.77.0.128/25" }];
    expect(faultsOf({ networks })).to.deep.equal([
      {
        what: "hosts.privateSubnet 10.77.0.0/24 must not overlap another Docker network",
        got: "network office with 10.77.0.128/25",
        fix: "choose another subnet in Pulumi.two-node.yaml, or remove that network",
      },
    ]);
  });

  it("rejects a subnet of another stack's networks", () => {
    const networks = [{ name: "sip-ha-other-public", subnet: "198.51.100.0/24", stack: "other" }];
    expect(faultsOf({ networks })).to.have.length(1);
  });

  it("rejects a subnet that the machine itself is in", () => {
    const [fault] = faultsOf({ routes: [{ target: "198.18.0.0/15", device: "eth0" }] });
    expect(fault?.what).to.include("hosts.outsideSubnet 198.18.0.0/24");
    expect(fault?.got).to.equal("198.18.0.0/15 on eth0");
  });

  it("rejects a taken SSH port, naming who has it", () => {
    const [fault] = faultsOf({ portHolder: "container web" });
    expect(fault?.what).to.equal("hosts.sshPort 7722 must be free on 127.0.0.1");
    expect(fault?.got).to.include("container web");
  });

  it("rejects a disk with too little room, and says nothing of a disk it cannot see", () => {
    expect(faultsOf({ freeBytes: 2 * GIB })[0]?.got).to.equal("2.0 GiB");
    const { version, dataDir, networks, routes, containers } = fit;
    expect(check(plan, { version, dataDir, networks, routes, containers })).to.deep.equal([]);
  });

  it("rejects an engine that is too old", () => {
    expect(faultsOf({ version: "19.03.15" })[0]?.got).to.equal("19.03.15");
    expect(faultsOf({ version: "20.9.1" })).to.have.length(1);
  });

  it("rejects a container of the same name that is not of this stack", () => {
    expect(faultsOf({ containers: [{ name: "sip-ha-two-node-db" }] })[0]?.fix).to.include("docker rm -f");
  });

  it("tells everything at once", () => {
    const faults = faultsOf({ version: "19.03.15", freeBytes: 0, portHolder: "another process" });
    const { message } = new PreflightError(faults);
    expect(message).to.match(/^3 things stand in the way/);
    expect(message.split("\n")).to.have.length(4);
  });
});
