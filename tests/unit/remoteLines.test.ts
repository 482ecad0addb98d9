import { expect } from "chai";
import fc from "fast-check";
import { LineSplitter } from "../../remote/lines.ts";

function linesOf(chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

describe("lines of a byte stream", () => {
  it("come whole although they arrive in pieces", () => {
    expect(linesOf(["on", "e\ntw", "o\n"])).to.deep.equal(["one", "two"]);
  });

  it("include empty ones, and a last one without a newline", () => {
    expect(linesOf(["one\n\nlast"])).to.deep.equal(["one", "", "last"]);
  });

  it("are none of an empty stream", () => {
    expect(linesOf([])).to.deep.equal([]);
    expect(linesOf([""])).to.deep.equal([]);
  });

  it("are told once, although the end is told twice", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push(Buffer.from("one"));
    splitter.end();
    splitter.end();
    expect(lines).to.deep.equal(["one"]);
  });

  it("do not depend on where the stream is cut, not even inside a character", () => {
    const texts = fc.array(fc.string({ unit: "binary" }), { maxLength: 6 }).map((parts) => parts.join("\n"));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 5 }), (text, size) => {
        const bytes = Buffer.from(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(linesOf(chunks)).to.deep.equal(linesOf([bytes]));
      }),
    );
  });
});
