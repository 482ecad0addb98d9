import { expect } from "chai";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { parseStageText, stageText } from "../../render/stageText.ts";

const file = (changes: Partial<RenderedFile> = {}): RenderedFile => ({
  path: "/etc/example.conf",
  mode: "0644",
  owner: "root:root",
  effect: "none",
  content: "one\n\n  two\n",
  ...changes,
});

describe("stage text", () => {
  it("shows each file as a header and its prefixed lines, sorted by path", () => {
    const text = stageText([file({ path: "/z", content: "" }), file()]);
    expect(text).to.equal("/etc/example.conf 0644 root:root none\n| one\n|\n|   two\n/z 0644 root:root none\n");
  });

  it("is empty for no files", () => {
    expect(stageText([])).to.equal("");
    expect(parseStageText("")).to.deep.equal([]);
  });

  const refusals: readonly [string, RenderedFile[], string][] = [
    ["a path that is rendered twice", [file(), file({ content: "other\n" })], "rendered twice"],
    ["a relative path", [file({ path: "etc/example.conf" })], "path must be absolute"],
    ["a path that climbs", [file({ path: "/etc/../shadow" })], "path must be absolute"],
    ["a path with a space", [file({ path: "/etc/a b" })], "path must be absolute"],
    ["content without a newline at its end", [file({ content: "cut" })], "must end with a newline"],
    ["content with a NUL byte", [file({ content: "a\0b\n" })], "NUL byte"],
    ["a mode of three digits", [file({ mode: "644" })], "mode must be four octal digits"],
    ["an owner without a group", [file({ owner: "root" })], "owner must be user:group"],
  ];
  for (const [what, files, message] of refusals) {
    it(`rejects ${what}`, () => {
      expect(() => stageText(files)).to.throw(message);
    });
  }

  it("rejects a header with an unknown effect when read back", () => {
    expect(() => parseStageText("/etc/a 0644 root:root reboot\n")).to.throw("not a stage text header");
  });
});
