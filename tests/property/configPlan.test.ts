import { expect } from "chai";
import fc from "fast-check";
import { contains, hostAddress, isReserved, parseNetwork } from "../../config/addresses.ts";
import { faultLine } from "../../config/faults.ts";
import { isLab, type LabClusterPlan, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { faultsOf } from "../support/refusals.ts";

/** Sound timers: each chosen with the distance to the one before that Heartbeat asks for. */
const timers = fc
  .record({ keepaliveMs: fc.integer({ min: 30, max: 5000 }), warn: fc.integer({ min: 31, max: 5000 }) })
  .chain(({ keepaliveMs, warn }) =>
    fc.integer({ min: 1, max: 5000 }).map((dead) => {
      const warntimeMs = Math.max(60, keepaliveMs + warn);
      const deadtimeMs = Math.max(warntimeMs, 2 * keepaliveMs, 89) + dead;
      return { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs: Math.max(10000, 2 * deadtimeMs) };
    }),
  );

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);

/** A sound stack file: networks anywhere, six names, six private addresses, two public ones. */
const stackFile = fc
  .record({
    octet: fc.integer({ min: 0, max: 255 }),
    names: fc.uniqueArray(label, { minLength: 6, maxLength: 6 }),
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 61 }), { minLength: 6, maxLength: 6 }),
    publicNumbers: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 2 }),
    prefix: fc.integer({ min: 24, max: 29 }),
    privatePrefix: fc.integer({ min: 24, max: 26 }),
    timing: fc.oneof(fc.constantFrom("standard", "fast", "conservative"), timers),
  })
  .map(({ octet, names, numbers, publicNumbers, prefix, privatePrefix, timing }) => {
    const privateSubnet = `10.${octet}.0.0/${privatePrefix}`;
    const machine = (index: number) => ({
      name: names[index] ?? "",
      address: hostAddress(parseNetwork(privateSubnet), numbers[index] ?? 0),
    });
    const publicNetwork = parseNetwork(`198.51.${octet}.0/${prefix}`);
    const [floating = 0, gateway = 0] = publicNumbers;
    return {
      sip: { domain: "sip.example.net" },
      floatingIp: {
        address: hostAddress(publicNetwork, floating),
        prefix,
        gateway: hostAddress(publicNetwork, gateway),
      },
      timing,
      hosts: {
        privateSubnet,
        nodes: [machine(0), machine(1)],
        bastion: machine(2),
        database: machine(3),
        router: machine(4),
        caller: machine(5),
      },
    };
  });

function planOf(input: unknown): LabClusterPlan {
  const resolution = resolvePlan(input, "test");
  if ("faults" in resolution) throw new Error(resolution.faults.map(faultLine).join("\n"));
  if (!isLab(resolution.plan)) throw new Error("not a lab");
  return resolution.plan;
}

describe("any sound stack file", () => {
  it("gives the same plan each time and is left as it was", () => {
    fc.assert(
      fc.property(stackFile, (input) => {
        const before = JSON.stringify(input);
        expect(JSON.stringify(planOf(input))).to.equal(JSON.stringify(planOf(structuredClone(input))));
        expect(JSON.stringify(input)).to.equal(before);
      }),
    );
  });

  it("gives a plan with distinct addresses, each inside its network and none of them Docker's", () => {
    fc.assert(
      fc.property(stackFile, (input) => {
        const plan = planOf(input);
        const { privateSubnet, publicSubnet, outsideSubnet, router, caller } = plan.hosts;
        const networks: readonly (readonly [string, readonly string[]])[] = [
          [privateSubnet, machines(plan).map(({ privateAddress }) => privateAddress)],
          [publicSubnet, [plan.floatingIp.address, plan.floatingIp.gateway]],
          [outsideSubnet, [router.outsideAddress, caller.outsideAddress]],
        ];
        const all = networks.flatMap(([, addresses]) => addresses);
        expect(new Set(all).size).to.equal(all.length);
        for (const [subnet, addresses] of networks) {
          const network = parseNetwork(subnet);
          expect(addresses.every((address) => contains(network, address))).to.equal(true);
          expect(addresses.some((address) => isReserved(network, 1, address))).to.equal(false);
        }
      }),
    );
  });

  it("gives timers that Heartbeat starts with", () => {
    fc.assert(
      fc.property(stackFile, (input) => {
        const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = planOf(input).timing;
        expect(keepaliveMs < warntimeMs && warntimeMs < deadtimeMs).to.equal(true);
        expect(deadtimeMs > 2 * keepaliveMs && initdeadMs >= Math.max(10000, 2 * deadtimeMs)).to.equal(true);
      }),
    );
  });
});

describe("anything at all", () => {
  it("is either a plan or a list of faults with a path, what is allowed and a fix", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        const resolution = resolvePlan(input, "test");
        if (!("faults" in resolution)) return;
        expect(resolution.faults).not.to.deep.equal([]);
        for (const fault of resolution.faults) {
          expect([fault.path, fault.got, fault.allowed, fault.fix]).to.satisfy((parts: readonly string[]) =>
            parts.every((part) => part !== ""),
          );
        }
      }),
    );
  });

  it("in the place of any option is refused in that place or below, or is sound", () => {
    const keys = [
      "engine",
      "sip",
      "floatingIp",
      "timing",
      "heartbeatPort",
      "relayPorts",
      "mediaServers",
      "balancing",
      "database",
      "hosts",
    ];
    fc.assert(
      fc.property(stackFile, fc.constantFrom(...keys), fc.jsonValue(), (input, key, value) => {
        const paths = faultsOf({ ...input, [key]: value }).map((line) => line.split(/[ .[]/)[0]);
        expect(paths.every((path) => path === key)).to.equal(true);
      }),
    );
  });
});
