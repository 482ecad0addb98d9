import { expect } from "chai";
import fc from "fast-check";
import { machines } from "../../config/plan.ts";
import { firewallFiles } from "../../render/firewall.ts";
import { nftString, nftTable, nftValue, portRange } from "../../render/nftables.ts";
import { twoNodePlan } from "../support/plans.ts";

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const control = fc.integer({ min: 0, max: 0x1f }).map((code) => String.fromCharCode(code));
const address = fc.ipV4();
const network = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([ip, prefix]) => `${ip}/${prefix}`);
const port = fc.integer({ min: 1, max: 65_535 });

/** The elements of a value, as nft's parser takes it apart. */
function read(value: string): readonly string[] {
  return (/^\{ (.*) \}$/.exec(value)?.[1] ?? value).split(", ");
}

describe("nftables", () => {
  it("brings any addresses, networks and ports back from a value", () => {
    const elements = fc.array(fc.oneof(address, network, port.map(String)), { minLength: 1 });
    fc.assert(
      fc.property(elements, (some) => {
        expect(read(nftValue(some))).to.deep.equal(some);
      }),
    );
  });

  it("rejects a value that would end, widen or comment out a rule", () => {
    fc.assert(
      fc.property(printable, fc.constantFrom(" ", ";", "{", "}", ",", "#", '"', "$", "@", "!", "\n"), (text, bad) => {
        expect(() => nftValue([`1${text}${bad}`])).to.throw("must be letters");
      }),
    );
    expect(() => nftValue([])).to.throw("needs a value");
  });

  it("brings any string back from its quotes, or rejects it", () => {
    fc.assert(
      fc.property(printable, (text) => {
        if (text === "" || /["\\]|\*$/.test(text)) expect(() => nftString(text)).to.throw("printable ASCII");
        else expect(nftString(text)).to.equal(`"${text}"`);
      }),
    );
    fc.assert(
      fc.property(printable, control, (text, bad) => {
        expect(() => nftString(text + bad)).to.throw("printable ASCII");
      }),
    );
  });

  it("writes a range of ports, and one port as itself", () => {
    fc.assert(
      fc.property(port, port, (one, other) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        expect(portRange(first, last)).to.equal(first === last ? `${first}` : `${first}-${last}`);
      }),
    );
  });

  it("rejects rules that are more than one, and names that are none", () => {
    const table = (rule: string, name = "input") => ({
      name: "t",
      counters: [],
      sets: {},
      chains: [{ name, rules: [rule] }],
    });
    for (const rule of ["accept\naccept", "accept }", "{ accept"])
      expect(() => nftTable(table(rule)), rule).to.throw("must be one line");
    expect(() => nftTable(table("accept", "in put"))).to.throw("must be a-z and _");
  });

  it("admits at a node's public card nothing but to the floating IP or from the peer, whatever the stack file adds", () => {
    const opening = fc.record({ from: network, protocol: fc.constantFrom("tcp" as const, "udp" as const), port });
    fc.assert(
      fc.property(fc.array(opening, { maxLength: 5 }), fc.array(network, { minLength: 1 }), (given, ssh) => {
        const base = twoNodePlan();
        const allow = given.map((one) => ({ ...one, lastPort: one.port }));
        const plan = { ...base, firewall: { ...base.firewall, allow, ssh } };
        for (const machine of machines(plan).filter(({ role }) => role === "node")) {
          const [file] = firewallFiles(plan, machine);
          const body = /\tchain public \{\n([^]*?)\n\t\}/.exec(file?.content ?? "")?.[1] ?? "";
          const own =
            /^ip daddr 198\.51\.100\.10 |^iifname "eth1" ip saddr 169\.254\.11\.1[12] |^ct state established,related accept$|^goto refuse$/;
          for (const rule of body.split("\n")) expect(rule.trim()).to.match(own);
        }
      }),
      { numRuns: 20 },
    );
  });
});
