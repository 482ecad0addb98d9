import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, type Look } from "../../remote/eventually.ts";
import { learned, learnedAfterMs, parseNeighbour, watchNeighbour } from "../../verify/evidence/neighbour.ts";

const OLD = "02:42:c6:33:64:fd";
const ADDRESS = "198.51.100.10";
const NEW = "02:42:c6:33:64:fc";

function look(time: number, hardwareAddress?: string): { time: number; hardwareAddress: string | undefined } {
  return { time, hardwareAddress };
}

describe("the gateway's neighbour entry", () => {
  it("is read with its time", () => {
    const line = `1763.250000 ${ADDRESS}    0x1         0x2         ${OLD}     *        eth1`;
    expect(parseNeighbour(line, ADDRESS)).to.deep.equal(look(1763.25, OLD));
  });

  it("may be unknown, and what is no look is none", () => {
    const asked = `1763.250000 ${ADDRESS}    0x1         0x0         00:00:00:00:00:00     *        eth1`;
    expect(parseNeighbour(asked, ADDRESS)).to.deep.equal(look(1763.25));
    expect(parseNeighbour("1763.250000 ", ADDRESS)).to.deep.equal(look(1763.25));
    expect(parseNeighbour("bash: line 1: /proc/net/arp: No such file or directory", ADDRESS)).to.equal(undefined);
  });

  it("is told of at the moment of its change, and of no other neighbour", () => {
    const change = `[2026-11-30T17:21:40.121872] ${ADDRESS} dev eth1 lladdr ${NEW} STALE`;
    const time = Date.UTC(2026, 10, 30, 17, 21, 40, 121) / 1000;
    expect(parseNeighbour(change, ADDRESS)).to.deep.equal({ ...look(time, NEW), told: true });
    expect(parseNeighbour(change, "198.51.100.1")).to.equal(undefined);
    const gone = `[2026-11-30T17:21:40.121872] Deleted ${ADDRESS} dev eth1 FAILED`;
    expect(parseNeighbour(gone, ADDRESS)).to.deep.equal({ ...look(time), told: true });
  });

  it("has changed at the earliest of what was told and looked at, in whatever order they came", () => {
    const looks = [look(1, OLD), look(2.95, OLD), look(3, NEW), { ...look(2.97, NEW), told: true as const }];
    expect(learned(looks, 2)?.time).to.equal(2.97);
    expect(learned([look(1, OLD), look(3, OLD)], 2)).to.equal(undefined);
  });

  it("counts from the move to the first look at another machine", () => {
    const looks = [look(1, OLD), look(2.1, OLD), look(3, OLD), look(3.2, NEW), look(3.3, NEW)];
    expect(learnedAfterMs(looks, 2, 3.05)).to.be.closeTo(150, 0.001);
  });

  it("counts nothing when the gateway was told before the node was looked at", () => {
    expect(learnedAfterMs([look(1, OLD), look(2.9, NEW)], 2, 3)).to.equal(0);
  });

  it("passes over looks at an empty table", () => {
    expect(learnedAfterMs([look(1, OLD), look(2.5), look(3.1, NEW)], 2, 3)).to.be.closeTo(100, 0.001);
  });

  it("counts to the last look when the gateway never learned", () => {
    expect(learnedAfterMs([look(1, OLD), look(9, OLD)], 2, 3)).to.equal(6000);
  });
});

/** A process that has ended may be left in the table by whoever inherited it. */
async function state(pid: string): Promise<Look<undefined>> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" || stat.includes(") Z ") ? { met: true, value: undefined } : { met: false, seen: stat };
}

describe("the watch of the gateway's neighbour table", () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "sip-ha-neighbour-"))));
  afterEach(() => rm(directory, { recursive: true }));

  it("prints looks and changes, and leaves nothing behind when nobody reads any more", async () => {
    const pid = join(directory, "pid");
    const ip = `#!/bin/sh
echo $$ >${pid}; echo "[2026-11-30T17:21:40.121872] ${ADDRESS} dev eth1 lladdr ${NEW} STALE"; exec sleep 60
`;
    await writeFile(join(directory, "ip"), ip, { mode: 0o755 });
    const table = join(directory, "arp");
    const entries = [
      `${ADDRESS}0 0x1 0x2 ${NEW} * eth1`,
      `${ADDRESS} 0x1 0x2 ${OLD} * eth1`,
      `198.51.100.1 0x1 0x2 ${NEW} * eth0`,
    ];
    await writeFile(table, `IP address HW type Flags HW address Mask Device\n${entries.join("\n")}\n`);
    const watch = spawn("bash", ["-c", watchNeighbour(ADDRESS, 10, table)], {
      env: { ...process.env, PATH: `${directory}:${process.env["PATH"] ?? ""}` },
      stdio: ["pipe", "pipe", "ignore"],
    });
    let said = "";
    for await (const chunk of watch.stdout) {
      said += String(chunk);
      if (said.includes(NEW) && said.includes(OLD)) break; // which closes the pipe
    }
    if (watch.exitCode === null) await once(watch, "exit");
    const monitor = (await readFile(pid, "utf8")).trim();
    await eventually("the monitor has ended", () => state(monitor), { withinMs: 5000, everyMs: 20 });
    const looks = said.split("\n").flatMap((line) => parseNeighbour(line, ADDRESS) ?? []);
    const told = looks.map(
      ({ told, hardwareAddress }) => `${hardwareAddress ?? "nobody"}${told === true ? " told" : ""}`,
    );
    expect(new Set(told)).to.deep.equal(new Set([`${NEW} told`, OLD]));
  });
});
