import { expect } from "chai";
import { execaSync } from "execa";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../toolchain/versions.ts";

const textOf = (path: string): string => readFileSync(join(projectDir, path), "utf8");
const { stdout } = execaSync("git", ["ls-files", "*.xml"], { cwd: projectDir });
const scenarios = stdout.split("\n").filter((path) => textOf(path).includes("<scenario "));

describe("the phones' scenarios", () => {
  it("are found", () => {
    expect(scenarios).to.include("files/caller/usr/lib/sip-ha/verify/kept-call.xml");
  });

  // A REGISTER that was repeated is challenged twice; the second challenge may come after the phone has answered the first.
  // SIPp repeats nothing any more once it has got a final answer that stands behind what it sent last.
  it("let a phone that registers bear the same challenge twice, and go on repeating itself", () => {
    const text = textOf("files/caller/usr/lib/sip-ha/verify/register.xml");
    const [before = "", afterwards = ""] = text.split('start_txn="proven"');
    for (const request of ["asked", "proven"]) {
      expect(before).to.include(
        `<recv response="401" optional="global" response_txn="${request}" advance_state="false" />`,
      );
    }
    expect(afterwards).not.to.include('response_txn="asked"');
  });

  // A proxy's workers may pass 200 on before 180, which is then dropped (RFC 3261 section 16.7, point 5).
  for (const path of scenarios) {
    it(`${path} waits for no provisional answer`, () => {
      const awaited = textOf(path).match(/<recv response="1\d\d"[^>]*>/g) ?? [];
      expect(awaited.filter((tag) => !/optional="(true|global)"/.test(tag))).to.deep.equal([]);
    });
  }
});
