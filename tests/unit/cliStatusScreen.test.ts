import { expect } from "chai";
import type { ClusterStatus } from "../../cli/status/collect.ts";
import { exitCode, renderStatus, statusJson } from "../../cli/status/index.ts";
import { judge } from "../../cli/status/judge.ts";
import { duration } from "../../cli/status/render.ts";
import { parseReport } from "../../cli/status/report.ts";
import { type Changes, hostsSeen, nobodyOwns, plan, sip2Active } from "../support/statusHosts.ts";

function statusOf(changes: Changes = {}): ClusterStatus {
  const hosts = hostsSeen(changes);
  return { plan, at: new Date("2026-11-23T19:30:05Z"), tookMs: 420, hosts, verdict: judge(plan, hosts) };
}

const screen = (changes?: Changes): string => renderStatus(statusOf(changes), false);

describe("the status on a screen", () => {
  it("says who is active, since when, and what is in the database", () => {
    expect(screen()).to.include("active    sip1, with 198.51.100.10, since 2026-11-23T19:20:00Z (10 min 5 s)\n");
    expect(screen()).to.include("database  db: up, 2 calls, 12 contacts, 3 subscribers\n");
    expect(screen()).to.match(/\nhealthy\n$/);
  });

  it("names both holders of the floating IP, and says when there is none", () => {
    expect(screen({ sip2: sip2Active })).to.include("active    sip1 and sip2\n");
    expect(screen({ sip1: nobodyOwns, sip2: nobodyOwns })).to.include("active    none\n");
  });

  it("fits a terminal of 100 columns and 30 lines", () => {
    const lines = screen().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
    expect(lines.length).to.be.at.most(30);
  });

  it("puts the nodes side by side", () => {
    expect(screen()).to.match(/^role +active +standby$/m);
    expect(screen()).to.match(/^proxy +answers +stopped$/m);
    expect(screen()).to.match(/^default route +via 198\.51\.100\.1 +-$/m);
    expect(screen()).to.match(/^clock +-0\.012 ms +-0\.012 ms$/m);
  });

  it("shows a host that does not answer, the reasons, and what to do", () => {
    const text = screen({ sip2: "silent" });
    expect(text).to.match(/^role +active +\?$/m);
    expect(text).to.match(/^degraded: sip2 does not answer/m);
    expect(text).to.include("docker start sip-ha-two-node-sip2");
  });

  it("is coloured only where that is asked for", () => {
    expect(screen()).not.to.include("\x1b");
    expect(renderStatus(statusOf(), true)).to.include("\x1b[32mhealthy\x1b[0m");
  });

  it("gives equal nodes the same release name, whatever their secrets", () => {
    const names = (changes?: Changes): string[] => /^release +(\S+) +(\S+)$/m.exec(screen(changes))?.slice(1) ?? [];
    const [one, other] = names();
    expect(one)
      .to.match(/^[0-9a-f]{8}$/)
      .and.to.equal(other);
    expect(names({ sip2: { secrets: "" } })).to.deep.equal([one, other]);
    expect(names({ sip2: { bundle: "e" } })[1]).not.to.equal(one);
  });
});

describe("the status for programs", () => {
  it("has the verdict, the holders of the floating IP and every host, and no checksum of a file", () => {
    const text = statusJson(statusOf());
    expect(JSON.parse(text)).to.deep.include({
      stack: "two-node",
      verdict: "healthy",
      active: "sip1",
      floatingIp: { address: "198.51.100.10", holders: ["sip1"] },
    });
    expect(text).not.to.include("a".repeat(12));
  });

  it("has null where nothing is known", () => {
    expect(JSON.parse(statusJson(statusOf({ sip1: nobodyOwns, sip2: nobodyOwns })))).to.deep.include({ active: null });
  });
});

describe("the exit status of a status", () => {
  it("is 0 healthy, 1 degraded, 2 down", () => {
    expect(exitCode(statusOf())).to.equal(0);
    expect(exitCode(statusOf({ caller: "silent" }))).to.equal(1);
    expect(exitCode(statusOf({ sip1: { route: "" } }))).to.equal(2);
  });
});

describe("a host's report", () => {
  it("is read although programs on the host said something else than asked", () => {
    const [sip1] = hostsSeen({ sip1: { owner: "engine: no such file", clock: "", files: "sha256sum: no" } }).filter(
      ({ name }) => name === "sip1",
    );
    const report = sip1?.found.kind === "report" ? sip1.found.report : undefined;
    expect(report).to.deep.include({ owner: undefined, clock: undefined, files: new Map() });
  });

  it("rejects text that is no report", () => {
    expect(() => parseReport("sudo: a password is required")).to.throw("unreadable report");
    expect(() => parseReport("{}")).to.throw("unreadable report");
  });
});

describe("a duration", () => {
  it("has at most two units", () => {
    const texts = [0, 12_000, 590_000, 7_500_000, 273_600_000].map(duration);
    expect(texts).to.deep.equal(["0 s", "12 s", "9 min 50 s", "2 h 5 min", "3 d 4 h"]);
  });
});
