import { expect } from "chai";
import fc from "fast-check";
import type { Path } from "../../config/faults.ts";
import { isRecord, pathText } from "../../config/faults.ts";
import { resolvePlan } from "../../config/resolve.ts";

const sound = {
  sip: { domain: "sip.example.net", port: 5060 },
  floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
  timing: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10000 },
  relayPorts: { min: 35000, max: 35999 },
  hosts: { nodes: [{ name: "sip1" }, { name: "sip2" }], database: { name: "db" }, caller: { name: "caller" } },
};

interface Mutation {
  readonly at: Path;
  readonly value: unknown;
}

/** Changes that are each a fault of their own at their path, whatever else is changed. */
const mutations: readonly Mutation[] = [
  { at: ["engine"], value: "pacemaker" },
  { at: ["proxy"], value: 1 },
  { at: ["tming"], value: "fast" },
  { at: ["sip", "domain"], value: "-" },
  { at: ["sip", "port"], value: "5060" },
  { at: ["floatingIp", "address"], value: "2001:db8::1" },
  { at: ["floatingIp", "gateway"], value: "198.51.100" },
  { at: ["timing", "keepaliveMs"], value: "200ms" },
  { at: ["timing", "initdeadMs"], value: 9000 },
  { at: ["timing", "deadtime"], value: 9000 },
  { at: ["heartbeatPort"], value: 0 },
  { at: ["relayPorts", "min"], value: 35001 },
  { at: ["relayPorts", "max"], value: 1e9 },
  { at: ["database", "endpoints"], value: ["db", "db"] },
  { at: ["hosts", "kind"], value: "vm" },
  { at: ["hosts", "privateSubnet"], value: "10.77.0.0/30" },
  { at: ["hosts", "sshPort"], value: null },
  { at: ["hosts", "nodes", 0, "name"], value: "SIP1" },
  { at: ["hosts", "nodes", 1, "nic"], value: "eth2" },
  { at: ["hosts", "database", "name"], value: "" },
  { at: ["hosts", "caller", "outsideAddress"], value: "198.20.0.9" },
  { at: ["hosts", "router", "address"], value: 7 },
  { at: ["verification", "first"], value: true },
  { at: ["verification", "password"], value: "hush" },
];

function mutated(value: unknown, { at, value: replacement }: Mutation): unknown {
  const [step, ...rest] = at;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      index === step ? mutated(item, { at: rest, value: replacement }) : item,
    );
  }
  const fields = isRecord(value) ? value : {};
  return { ...fields, [String(step)]: mutated(fields[String(step)], { at: rest, value: replacement }) };
}

function faultPaths(chosen: readonly Mutation[]): readonly string[] {
  const resolution = resolvePlan(chosen.reduce<unknown>(mutated, sound), "test");
  return "faults" in resolution ? resolution.faults.map(({ path }) => path) : [];
}

describe("faults of a stack file", () => {
  it("are none where nothing is wrong", () => {
    expect(faultPaths([])).to.deep.equal([]);
  });

  for (const mutation of mutations) {
    it(`rejects ${pathText(mutation.at)}: ${JSON.stringify(mutation.value)} at that path and nowhere else`, () => {
      expect(faultPaths([mutation])).to.deep.equal([pathText(mutation.at)]);
    });
  }

  it("rejects any number of them in one run", () => {
    fc.assert(
      fc.property(fc.subarray([...mutations], { minLength: 2 }), (chosen) => {
        expect(faultPaths(chosen)).to.include.members(chosen.map(({ at }) => pathText(at)));
      }),
    );
  });
});
