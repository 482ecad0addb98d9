import { execFileSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { machines } from "../../config/plan.ts";
import { shellAssignments, shellQuote } from "../../render/clusterEnv.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import type { Effect, RenderedFile } from "../../render/renderedFile.ts";
import { parseStageText, stageText } from "../../render/stageText.ts";
import { placeholderSecrets, twoNodePlan } from "../support/plans.ts";

const EFFECTS: readonly Effect[] = ["none", "proxy", "relay", "tls", "engine", "database", "time"];

const segment = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,11}$/);
const renderedFile: fc.Arbitrary<RenderedFile> = fc.record({
  path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  mode: fc.constantFrom("0644", "0755", "0600", "4750"),
  owner: fc.constantFrom("root:root", "root:kamailio", "_chrony:_chrony"),
  effect: fc.constantFrom(...EFFECTS),
  content: fc
    .array(fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\0\n]/g, "")))
    .map((lines) => lines.map((line) => `${line}\n`).join("")),
});
const files = fc.uniqueArray(renderedFile, { selector: ({ path }) => path, maxLength: 8 });

const octet = fc.integer({ min: 1, max: 254 });
const plan = fc
  .record({ a: octet, b: octet, keepaliveMs: fc.integer({ min: 10, max: 5000 }), domain: fc.domain() })
  .map(({ a, b, keepaliveMs, domain }) => {
    const base = twoNodePlan({ prefix: `10.${a}.${b}`, publicPrefix: `198.51.${b}` });
    return { ...base, sip: { ...base.sip, domain }, timing: { ...base.timing, keepaliveMs } };
  });

describe("rendering", () => {
  it("gives the same bytes for the same plan", () => {
    fc.assert(
      fc.property(plan, (one) => {
        const again = structuredClone(one);
        for (const machine of machines(one)) {
          expect(stageText(renderHost(one, machine))).to.equal(stageText(renderHost(again, machine)));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("leaves no mark of a template behind", () => {
    fc.assert(
      fc.property(plan, (one) => {
        for (const machine of machines(one)) {
          const all = [...renderHost(one, machine), ...renderHostSecrets(one, machine, placeholderSecrets)];
          for (const { path, content } of all) expect(content, path).not.to.match(/@[A-Z][A-Z0-9_]*@/);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("stage text", () => {
  it("brings back any files, sorted by path", () => {
    fc.assert(
      fc.property(files, (some) => {
        const sorted = some.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        expect(parseStageText(stageText(some))).to.deep.equal(sorted);
      }),
    );
  });
});

describe("shell quoting", () => {
  const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));

  it("survives a real sh for any text", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (words) => {
        const program = words.map((word) => `printf '%s\\0' ${shellQuote(word)}\n`).join("");
        const printed = execFileSync("sh", { input: program, encoding: "utf8" });
        expect(printed).to.equal(words.map((word) => `${word}\0`).join(""));
      }),
      { numRuns: 40 },
    );
  });

  it("assigns any text to a variable", () => {
    fc.assert(
      fc.property(text, (value) => {
        const program = `${shellAssignments({ VALUE: value })}printf '%s' "$VALUE"`;
        expect(execFileSync("sh", { input: program, encoding: "utf8" })).to.equal(value);
      }),
      { numRuns: 40 },
    );
  });
});
