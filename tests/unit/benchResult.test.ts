import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { withRemark } from "../../bench/cycle.ts";
import { summarise } from "../../bench/figures.ts";
import { outagesIn, readOutages } from "../../bench/outages.ts";
import { type BenchResult, resultText } from "../../bench/result.ts";

const result: BenchResult = {
  startedAt: "2026-11-23T20:00:00.000Z",
  command: "npm run bench -- --runs 5",
  machine: { cores: 2, processor: "some processor", memoryGiB: 8, kernel: "Linux 6.1", node: "20.20.0", load: 0.25 },
  runs: 5,
  summaries: summarise([
    { title: "destroy", milliseconds: 20_000 },
    { title: "destroy", milliseconds: 50_000 },
    { title: "SIP outage, node death", milliseconds: 1300 },
  ]),
  failures: [],
};

const report = JSON.stringify({
  startedAt: "2026-11-23T20:00:00.000Z",
  scenarios: [
    { measures: [] },
    {
      measures: [
        { bound: { name: "SIP outage, node death", limit: 1700 }, measured: 1234.5 },
        { bound: { name: "floating IP on the survivor", limit: 1700 }, measured: 1100 },
      ],
    },
    { measures: [{ bound: { name: "SIP outage, planned switchover" }, measured: 400 }] },
  ],
});

describe("result of the bench", () => {
  it("is a Markdown table with the machine and the limits beside the figures", () => {
    const lines = resultText(result).split("\n");
    expect(lines).to.include("| destroy | 2 | 35.0 s | 50.0 s | 45.0 s | over |");
    expect(lines).to.include("| SIP outage, node death | 1 | 1,300 ms | 1,300 ms | 1,700 ms | ok |");
    expect(lines).to.include(
      "- 2 cores (some processor), 8 GiB memory, Linux 6.1, Node.js 20.20.0, load 0.3 at the start",
    );
  });

  it("says when there were too few runs, and which steps failed", () => {
    expect(resultText(result)).to.not.match(/too few|failed/);
    const text = resultText({ ...result, runs: 1, failures: ["run 1: up: exit status 1"] });
    expect(text).to.include("- 1 runs with warm caches, too few to rely on (5)");
    expect(text).to.include("- failed: run 1: up: exit status 1");
  });
});

describe("outages in a verification's report", () => {
  it("are the measures of the bounds on outages", () => {
    expect(outagesIn(report)).to.deep.equal([
      { title: "SIP outage, node death", milliseconds: 1234.5 },
      { title: "SIP outage, planned switchover", milliseconds: 400 },
    ]);
  });

  it("are not taken from a verification of an earlier run, nor missed when there was none", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sip-ha-outages-"));
    const path = join(directory, "report.json");
    expect(await readOutages(path, new Date(0))).to.deep.equal([]);
    await writeFile(path, report);
    expect(await readOutages(path, new Date("2026-11-23T19:59:59Z"))).to.have.lengthOf(2);
    expect(await readOutages(path, new Date("2026-11-23T20:00:01Z"))).to.deep.equal([]);
    await rm(directory, { recursive: true });
  });
});

describe("the one-line change of the bench", () => {
  it("differs from every other run in one line", async () => {
    const text = await readFile(
      new URL("../../files/node-kamailio/etc/kamailio/kamailio.cfg", import.meta.url),
      "utf8",
    );
    const first = withRemark(text, 1);
    const second = withRemark(first, 2);
    expect(first.split("\n")).to.have.lengthOf(text.split("\n").length + 1);
    expect(second).to.equal(withRemark(text, 2));
    expect(second.split("\n").filter((line) => !first.split("\n").includes(line))).to.deep.equal([
      "# measured in run 2",
    ]);
  });
});
