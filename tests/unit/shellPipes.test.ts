import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { projectDir } from "../../toolchain/versions.ts";
import { earlyReaders, failsWithEachCommand } from "../support/shellPipes.ts";

const DIRECTORIES = ["files", "toolchain", "examples", "bundle", "bench"];
const SHELL = /^#!(\/usr\/bin\/env bash|\/bin\/(ba)?sh)|^# shellcheck shell=/m;

async function shellPrograms(): Promise<{ path: string; text: string }[]> {
  const found = [];
  for (const directory of DIRECTORIES) {
    for (const entry of await readdir(join(projectDir, directory), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, "utf8");
      if (SHELL.test(text.slice(0, 200))) found.push({ path: path.slice(projectDir.length), text });
    }
  }
  return found;
}

describe("pipes of shell programs", () => {
  it("has none with a reader that ends early where that would fail the pipe or pass for an answer", async () => {
    const programs = await shellPrograms();
    expect(programs.map(({ path }) => path.replace(/^\//, ""))).to.include.members([
      "files/lab/usr/lib/sip-ha-lab/boot",
      "files/stage/receive.sh",
      "files/common/usr/lib/sip-ha/release-drift.sh",
    ]);
    const early = programs
      .filter(({ text }) => failsWithEachCommand(text))
      .flatMap(({ path, text }) => earlyReaders(text).map(({ line, command }) => `${path}:${line}: ${command}`));
    expect(early, "let the reader read to the end, or ask without a pipe").to.deep.equal([]);
  });

  for (const [program, found] of [
    ["accounts | grep -q name", ["1: grep"]],
    ["accounts |\n  grep -sqx name", ["1: grep"]],
    ["accounts | grep -c name; accounts | grep -v quiet", []],
    ["# accounts | head -n 1", []],
    ["list | sort | head -n 1 || true", ["1: head"]],
    ["head -c 8000 /dev/zero | tr a b", []],
    ["list | { read -r first; echo; }", ["1: read"]],
    ["list | awk '$1 == 2 { print $2; exit }'", ["1: awk"]],
    ["list | awk '{ n++ } END { exit !n }'", []],
    ["list | sed -n 2p; list | sed 2q; list | sed 's/q/p/'; list | sed '/a/q'", ["1: sed", "1: sed"]],
    ["list | while read -r word; do\n  work\ndone\nreturn", []],
    ["list | while read -r word; do\n  break\ndone", ["1: while"]],
    ["list || head file", []],
    ["list | timeout 2 dd bs=1 count=1", ["1: dd"]],
    ["grep -E '(ERROR|head)' log | cut -c 1-3", []],
  ] as const) {
    it(`finds ${found.length} in: ${program.replaceAll("\n", " ")}`, () => {
      expect(earlyReaders(program).map(({ line, command }) => `${line}: ${command}`)).to.deep.equal(found);
    });
  }

  it("leaves programs alone whose shell takes the last command's word for a pipe's", () => {
    expect(failsWithEachCommand("#!/bin/sh\nset -eu\n")).to.equal(false);
    expect(failsWithEachCommand("#!/bin/bash\nset -eu\n")).to.equal(true);
    expect(failsWithEachCommand("# shellcheck shell=bash\n")).to.equal(true);
    // a program within, for another shell
    expect(failsWithEachCommand("#!/bin/sh\ncat <<'PROGRAM'\nset -o pipefail\nPROGRAM\n")).to.equal(true);
  });
});
