import { expect } from "chai";
import { previewMarkdown } from "../../cli/pipeline/markdown.ts";

const DIFF = `Previewing update (dev):
    ~ command:remote:Command: (update)
      ~ stdin: "
          - deadtime 1000ms
          + deadtime 1400ms
        "
Resources:
    ~ 2 to update
    +-1 to replace
    44 unchanged
`;

function markdown(given: Partial<Parameters<typeof previewMarkdown>[0]>): string {
  return previewMarkdown({ stack: "dev", ending: "done", announced: [], drift: "", said: DIFF, ...given });
}

describe("a preview as a comment", () => {
  it("begins with the mark by which the next one finds it, and says what would change", () => {
    expect(markdown({}).split("\n").slice(0, 2)).to.deep.equal([
      "<!-- sip-ha preview dev -->",
      "### Changes of stack `dev`: 2 to update, 1 to replace",
    ]);
  });

  it("has the signs of changed lines in the first column, where a diff is coloured", () => {
    expect(markdown({})).to.include("\n-           deadtime 1000ms\n+           deadtime 1400ms\n");
  });

  it("says when nothing changes", () => {
    expect(markdown({ said: "Resources:\n    46 unchanged\n" })).to.include("### Nothing changes in stack `dev`");
  });

  it("says why a preview was refused or failed", () => {
    expect(markdown({ ending: "refused", said: "1 fault in the configuration" })).to.match(
      /### Refused: stack `dev`\n\n```diff\n1 fault in the configuration\n```/,
    );
    expect(markdown({ ending: "failed" })).to.include("### The preview of stack `dev` failed");
  });

  it("announces an outage before everything else", () => {
    const text = markdown({ announced: ["OUTAGE: floatingIp changes"], drift: "sip1: file" });
    expect(text.split("\n")[3]).to.equal("**OUTAGE: floatingIp changes**");
  });

  it("shows what differs on the hosts first", () => {
    const text = markdown({ drift: "sip1: file /etc/hosts: content differs\n" });
    expect(text.indexOf("sip1: file /etc/hosts")).to.be.within(1, text.indexOf("deadtime"));
  });

  it("cannot be ended early by what it shows", () => {
    expect(markdown({ said: "```\n</details>\n````\n" })).to.match(/\n`{5}diff\n```\n<\/details>\n````\n`{5}\n/);
  });

  it("is short enough for a forge, and says what was left out", () => {
    const said = "+ a line of a file that is new\n".repeat(5000);
    const text = markdown({ said, drift: "- what somebody changed\n".repeat(5000) });
    expect(text.length).to.be.below(65_536);
    expect(text).to.match(/\n\.\.\. \d+ more lines; the job's log has them all\n```/);
  });
});
