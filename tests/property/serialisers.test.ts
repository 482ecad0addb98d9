import { expect } from "chai";
import fc from "fast-check";
import { optionSection, sqlString } from "../../render/database.ts";
import { kamailioDefines, kamailioString } from "../../render/kamailio.ts";
import { opensipsStatements, opensipsString } from "../../render/opensipsStatements.ts";

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const oneLine = fc.string({ unit: "grapheme" }).filter((text) => !/\p{Cc}/u.test(text));
const control = fc.integer({ min: 0, max: 0x1f }).map((code) => String.fromCharCode(code));
const define = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/);

/** Reads a double-quoted literal as Kamailio's scanner does: a backslash takes the next character as it is. */
function readKamailioString(literal: string): string {
  const body = /^"((?:[^"\\]|\\["\\])*)"$/.exec(literal)?.[1];
  if (body === undefined) throw new Error(`not one literal: ${literal}`);
  return body.replace(/\\(.)/g, "$1");
}

/** Reads a single-quoted literal as MariaDB does without NO_BACKSLASH_ESCAPES. */
function readSqlString(literal: string): string {
  const body = /^'((?:[^'\\]|''|\\\\)*)'$/.exec(literal)?.[1];
  if (body === undefined) throw new Error(`not one literal: ${literal}`);
  return body.replace(/''|\\\\/g, (pair) => pair.charAt(0));
}

describe("serialisers", () => {
  it("kamailio: any printable text comes back from its literal", () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(readKamailioString(kamailioString(text))).to.equal(text);
      }),
    );
  });

  it("kamailio: each define is one line with its literal", () => {
    fc.assert(
      fc.property(fc.dictionary(define, printable), (values) => {
        const lines = kamailioDefines(
          Object.fromEntries(Object.entries(values).map(([name, text]) => [name, { string: text }])),
        ).split("\n");
        const read = lines.slice(0, -1).map((line) => /^#!define (\w+) (.*)$/.exec(line));
        const pairs = read.map((match) => [match?.[1] ?? "", readKamailioString(match?.[2] ?? "")]);
        expect(pairs).to.deep.equal(Object.entries(values));
      }),
    );
  });

  it("kamailio: rejects line ends and other control characters", () => {
    fc.assert(
      fc.property(printable, control, printable, (before, bad, after) => {
        expect(() => kamailioString(before + bad + after)).to.throw("printable ASCII");
      }),
    );
  });

  it("opensips: any printable text comes back from its literal", () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(readKamailioString(opensipsString(text))).to.equal(text);
      }),
    );
  });

  it("opensips: each parameter is one line with its literal", () => {
    fc.assert(
      fc.property(printable, (value) => {
        const text = opensipsStatements([{ modules: "a|b", parameter: "c", value }]);
        expect(text.split("\n")).to.have.length(2);
        expect(readKamailioString(/^modparam\("a\|b", "c", (".*")\)$/m.exec(text)?.[1] ?? "")).to.equal(value);
      }),
    );
  });

  it("sql: any text of one line comes back from its literal", () => {
    fc.assert(
      fc.property(oneLine, (text) => {
        expect(readSqlString(sqlString(text))).to.equal(text);
      }),
    );
  });

  it("sql: rejects line ends and other control characters", () => {
    fc.assert(
      fc.property(oneLine, control, (text, bad) => {
        expect(() => sqlString(text + bad)).to.throw("one line");
      }),
    );
  });

  it("option file: takes a value as it is or not at all", () => {
    fc.assert(
      fc.property(printable, (value) => {
        if (/^[A-Za-z0-9.:_-]+$/.test(value)) {
          expect(optionSection("s", { option: value })).to.equal(`[s]\noption = ${value}\n`);
        } else {
          expect(() => optionSection("s", { option: value })).to.throw("option must be");
        }
      }),
    );
  });
});
