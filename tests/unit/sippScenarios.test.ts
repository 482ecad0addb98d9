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

  // A request that was repeated is challenged twice; the second challenge may come after the phone has answered the first.
  // SIPp repeats nothing any more once it has got a final answer that stands behind what it sent last.
  for (const { file, status, requests, proves } of [
    { file: "register.xml", status: 401, requests: ["asked", "proven"], proves: 'start_txn="proven"' },
    { file: "call.xml", status: 407, requests: ["asked"], proves: 'start_txn="proven"' },
    { file: "kept-call.xml", status: 407, requests: ["first"], proves: "CSeq: 2 INVITE" },
  ])
    it(`let a phone bear the same challenge twice, and go on repeating itself: ${file}`, () => {
      const text = textOf(`files/caller/usr/lib/sip-ha/verify/${file}`);
      const [before = "", afterwards = ""] = text.split(proves);
      for (const request of requests) {
        const bears = `response="${status}" optional="global" response_txn="${request}" advance_state="false"`;
        expect(before).to.include(`<recv ${bears} />`);
      }
      expect(afterwards).not.to.include(`response_txn="${requests[0]}"`);
    });

  // A proxy's workers may pass 200 on before 180, which is then dropped (RFC 3261 section 16.7, point 5).
  for (const path of scenarios) {
    it(`${path} waits for no provisional answer`, () => {
      const awaited = textOf(path).match(/<recv response="1\d\d"[^>]*>/g) ?? [];
      expect(awaited.filter((tag) => !/optional="(true|global)"/.test(tag))).to.deep.equal([]);
    });
  }
});
