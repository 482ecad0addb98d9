import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { bounds } from "../../verify/bounds/bounds.ts";
import { keepPackets } from "../../verify/evidence/packets.ts";
import { faultsOf, type ScenarioReport, type Timeline, type VerificationReport } from "../../verify/report/report.ts";
import { reportHtml } from "../../verify/report/reportHtml.ts";
import { timelineSvg } from "../../verify/report/timelineSvg.ts";
import { summaryText, writeReport } from "../../verify/report/writeReport.ts";

const timing = { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10_000 };
const table = bounds(timing);

const picture: Timeline = {
  title: "around the fault",
  span: { from: 98, to: 106 },
  lanes: [
    { title: "sip1: floating IP", kind: "owner", spans: [{ from: 98, to: 100 }] },
    { title: "sip2: floating IP", kind: "owner", spans: [{ from: 101.3, to: 106 }] },
    {
      title: "caller: OPTIONS answered",
      kind: "up",
      spans: [
        { from: 98.2, to: 99.98 },
        { from: 101.6, to: 106 },
      ],
    },
    { title: "caller: no answer", kind: "down", spans: [{ from: 99.98, to: 101.6 }] },
  ],
  events: [
    { time: 100, text: "sip1 dead", kind: "fault" },
    { time: 101.3, text: "sip2 has the floating IP", kind: "recovery" },
    { time: 101.6, text: "SIP answers again", kind: "recovery" },
    { time: 130, text: "outside the picture", kind: "step" },
  ],
};

function scenario(outageMs: number, failure?: string): ScenarioReport {
  return {
    name: "power-off of sip1",
    steps: ["the power of sip1 is cut"],
    measures: [
      { bound: table.powerOffOutage, measured: outageMs, lookAt: "the events of sip2" },
      { bound: table.lostRegistrations, measured: 0, lookAt: "table location" },
    ],
    notes: ["<b>no markup from outside</b>"],
    timelines: [picture],
    seconds: 21.5,
    ...(failure === undefined ? {} : { failure }),
  };
}

function report(scenarios: readonly ScenarioReport[], directory = "/nowhere"): VerificationReport {
  const checks = [{ host: "sip2", check: "has no public address", fault: "public addresses are '198.51.100.10/24'" }];
  const faults = faultsOf([], scenarios);
  return {
    stack: "dev",
    course: "power-off",
    startedAt: "2026-01-01T00:00:00.000Z",
    seconds: 41.2,
    timing: { keepaliveMs: 200, deadtimeMs: 1000 },
    passed: faults.length === 0,
    faults,
    checks,
    scenarios,
    skipped: [],
    directory,
  };
}

describe("the bounds", () => {
  it("of a node's death are deadtime, keepalive and 500 ms", () => {
    expect(table.powerOffOutage.limit).to.equal(1700);
    expect(table.floatingIpMoved.limit).to.equal(1700);
    expect(
      bounds({ keepaliveMs: 50, warntimeMs: 150, deadtimeMs: 300, initdeadMs: 10_000 }).powerOffOutage.limit,
    ).to.equal(850);
  });

  it("of time are multiplied by the tolerance, and say so; what must never happen stays at zero", () => {
    const { powerOffOutage, dualOwner, lostRegistrations } = bounds(timing, 4);
    expect([powerOffOutage.limit, dualOwner.limit, lostRegistrations.limit]).to.deep.equal([6800, 0, 0]);
    expect(powerOffOutage.source).to.include("times 4 (verification.tolerance)");
    expect(dualOwner.source).to.equal(table.dualOwner.source);
  });

  it("of what must never happen are zero", () => {
    const never = [table.lostRegistrations, table.dualOwner, table.standbyRoute, table.failedCalls, table.straySound];
    expect(never.map((bound) => bound.limit)).to.deep.equal([0, 0, 0, 0, 0]);
  });
});

describe("the faults of a report", () => {
  it("are none when every bound is met, a value equal to it included", () => {
    expect(faultsOf([], [scenario(1700)])).to.deep.equal([]);
  });

  it("name scenario, bound, figure and where to look", () => {
    expect(faultsOf([], [scenario(1701)])).to.deep.equal([
      "power-off of sip1: SIP outage, node death: measured 1,701 ms, at most 1,700 ms; look at the events of sip2",
    ]);
  });

  it("keep both the reason a scenario was broken off and the bounds it broke before", () => {
    expect(faultsOf([], [scenario(2000, "no answer")])).to.have.length(2);
  });

  it("contain failed checks by host", () => {
    expect(faultsOf([{ host: "db", check: "mariadb runs", fault: "it is failed" }], [])).to.deep.equal([
      "check on db: mariadb runs: it is failed",
    ]);
  });
});

describe("the report's page", () => {
  const page = reportHtml(report([scenario(1620)]));

  it("needs nothing from elsewhere and runs nothing", () => {
    expect(page).not.to.match(/https?:|<script|<link|@import|url\(/);
  });

  it("shows the figure, its bound and its margin", () => {
    expect(page).to.contain("1,620 ms").and.to.contain("1,700 ms").and.to.contain('<td class="number">80 ms</td>');
  });

  it("leads to the packets where they were kept, and to nothing where not", () => {
    const kept = { ...scenario(1620), packets: "1-power-off.pcap.gz" };
    expect(reportHtml(report([kept]))).to.contain('<a href="1-power-off.pcap.gz">');
    expect(page).not.to.contain("<a ");
  });

  it("escapes whatever comes from hosts", () => {
    expect(page).to.contain("&lt;b&gt;no markup from outside&lt;/b&gt;").and.not.to.contain("<b>no markup");
  });

  it("says that it failed when a bound is broken", () => {
    expect(page).to.contain("Verification passed");
    expect(reportHtml(report([scenario(1701)])))
      .to.contain("Verification failed")
      .and.to.contain("look at the events of sip2");
  });
});

describe("what the outage is made of", () => {
  const moved: ScenarioReport = {
    ...scenario(1053),
    outageParts: {
      outageMs: 1053,
      parts: [
        { name: "detection", ms: 852, withinMs: 0, with: [] },
        { name: "address", ms: 37, withinMs: 0, with: [] },
        { name: "probe", ms: 164, withinMs: 0, with: ["proxy", "ARP"] },
      ],
      lead: [],
      notSeen: ["proxy", "ARP"],
      clockMs: 0,
    },
  };

  it("is a bar on the page, with its legend and what was not seen", () => {
    const page = reportHtml(report([moved]));
    expect(page).to.contain("what the SIP outage of 1,053 ms is made of").and.to.contain('class="part part-detection"');
    expect(page).to.contain("not seen: the end of proxy, ARP");
    expect(reportHtml(report([scenario(1053)]))).not.to.contain("is made of");
  });

  it("is a line for the terminal below the bounds", () => {
    const text = summaryText(report([moved]));
    expect(text).to.match(
      /acknowledged REGISTERs lost.*\n +SIP outage 1,053 ms = detection 852 \+ address 37 \+ proxy and ARP and probe 164;/,
    );
  });

  it("has one line more with the medians of several runs", () => {
    const { outageParts, ...rest } = moved;
    const run = { ...rest, ...(outageParts ? { outageParts: { ...outageParts, notSeen: [] } } : {}) };
    expect(summaryText(report([run, run]))).to.contain("power-off of sip1, medians of 2 runs: 1,053 ms; detection 852");
    expect(summaryText(report([run]))).not.to.contain("medians");
  });
});

describe("runs of a scenario, together", () => {
  const runs = (count: number, slow: number): readonly ScenarioReport[] =>
    Array.from({ length: count }, (_, index) => scenario(index < slow ? 1600 : 1000));

  it("have a bound for their 95th percentile, from 20 of them on", () => {
    expect(report(runs(20, 1)).passed).to.equal(true);
    expect(report(runs(19, 2)).passed).to.equal(true);
    const failed = report(runs(20, 2));
    expect(failed.faults).to.deep.equal([
      "all runs: SIP outage, node death: p95 of 20 runs: measured 1,600 ms, at most 1,550 ms; look at what each run's outage is made of",
    ]);
    const name = "SIP outage, node death: p95 of 20 runs";
    for (const text of [summaryText(failed), reportHtml(failed)]) expect(text).to.contain(name);
    for (const text of [summaryText(report(runs(19, 0))), reportHtml(report(runs(19, 0)))])
      expect(text).not.to.contain("p95");
  });

  it("are allowed as much as the table says, times the tolerance", () => {
    const fast = { keepaliveMs: 50, warntimeMs: 150, deadtimeMs: 300, initdeadMs: 10_000 };
    const { powerOffOutage, switchoverOutage } = bounds(fast);
    expect([powerOffOutage.p95, switchoverOutage.p95]).to.deep.equal([700, 250]);
    expect(bounds(fast, 3).switchoverOutage.p95).to.equal(750);
  });
});

describe("the packets of a scenario", () => {
  let directory = "";
  let told: string[] = [];
  beforeEach(() => (told = []));
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "sip-ha-packets-"))));
  afterEach(() => rm(directory, { recursive: true }));

  const kept = async (takePackets: () => Promise<Buffer>): Promise<string | undefined> =>
    keepPackets({ takePackets }, join(directory, "new", "1-call.pcap.gz"), (line) => told.push(line));

  it("are a file for its owner alone, which the report names", async () => {
    expect(await kept(() => Promise.resolve(Buffer.from([0x1f, 0x8b, 0xff])))).to.equal("1-call.pcap.gz");
    const file = join(directory, "new", "1-call.pcap.gz");
    expect([...(await readFile(file))]).to.deep.equal([0x1f, 0x8b, 0xff]);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it("that cannot be fetched, or are none, change no verdict", async () => {
    expect(await kept(() => Promise.reject(new Error("the caller is gone")))).to.equal(undefined);
    expect(told).to.deep.equal(["the packets of the caller are not kept: the caller is gone"]);
    expect(await kept(() => Promise.resolve(Buffer.alloc(0)))).to.equal(undefined);
    expect(await readdir(directory)).to.deep.equal([]);
  });
});

describe("the timeline picture", () => {
  const svg = timelineSvg(picture);

  it("places spans in proportion to time", () => {
    // 890 wide for 8 s, beginning at 210: 99.98 s is at 210 + 1.98 * 111.25, the outage 1.62 * 111.25 wide
    expect(svg).to.contain('<rect class="down" x="430.3"').and.to.contain('width="180.2"');
  });

  it("captions the outage and counts time from the fault", () => {
    expect(svg).to.contain(">1620 ms</text>").and.to.contain("sip2 has the floating IP (+1.30 s)");
  });

  it("leaves out events beyond its edges", () => {
    expect(svg).not.to.contain("outside the picture");
  });
});

describe("the written report", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "sip-ha-report-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("is a JSON file and a page, and `latest` points to the newest", async () => {
    await writeReport(report([scenario(1000)], join(root, "first")));
    await writeReport(report([scenario(1000)], join(root, "second")));
    expect(await readlink(join(root, "latest"))).to.equal("second");
    expect(await readFile(join(root, "latest", "report.json"), "utf8")).to.contain('"measured": 1000');
    expect(await readFile(join(root, "first", "report.html"), "utf8")).to.contain("<!doctype html>");
  });

  it("is summed up for a terminal with every bound", () => {
    const text = summaryText(report([scenario(1701)]));
    expect(text).to.match(/FAIL SIP outage, node death +1,701 ms +at most 1,700 ms/);
    expect(text).to.match(/ok +acknowledged REGISTERs lost +0 +at most 0/);
    expect(text).to.contain("checks: 0 passed, 1 failed").and.to.contain("verification FAILED");
  });
});
