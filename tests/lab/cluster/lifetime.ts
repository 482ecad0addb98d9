import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { activeNode, clusterStatus, expectSuccess, holders, otherThan } from "../../support/lab.ts";
import { outageOf } from "../../support/labReport.ts";
import { ALERTS, dockerObjects, inMachine, LAB, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

const alertSchema = z.object({ stack: z.string(), node: z.string(), subject: z.string(), state: z.string() });

/** It is made. */
export function made(lab: SharedLab): void {
  it("rejects an unsound stack file at preview, every fault at once", async () => {
    const sound = await readFile(join(lab.sandbox.directory, `Pulumi.${STACK}.yaml`), "utf8");
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
      text
        .replace(/gateway: \S+ ?\}/, "gateway: 10.0.0.1 }\n    sipp: {}")
        .replace("keepaliveMs: 500", "keepaliveMs: 200ms"),
    );
    const outcome = await lab.sandbox.preparedShell(`npx pulumi preview -s ${STACK}`);
    await lab.sandbox.edit(`Pulumi.${STACK}.yaml`, () => sound);
    expect(outcome.exitCode).to.not.equal(0);
    for (const path of ["floatingIp.gateway", "timing.keepaliveMs", "sipp"])
      expect(outcome.said).to.include(`- ${path} `);
    expect(await dockerObjects()).to.deep.equal([]);
  });

  it("converges after an `up` that was killed while it made the machines", async () => {
    const killed = lab.sandbox.start("up");
    await untilSome(() => dockerObjects());
    if (killed.pid !== undefined) process.kill(-killed.pid, "SIGKILL");
    await killed;
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect(await holders()).to.have.lengthOf(1);
  });

  it("has kept every packet that the caller saw while the active node died", async () => {
    const directory = join(lab.sandbox.state, "reports", STACK, "latest");
    const [file] = (await readdir(directory)).filter((name) => name.endsWith("-power-off.pcap.gz"));
    const packets = gunzipSync(await readFile(join(directory, file ?? "missing")));
    expect(packets.toString("latin1")).to.include("BYE sip:").and.to.include("SIP/2.0 200 ");
  });

  it("has seen every part of the outages of a node's death and of a planned switchover", async () => {
    for (const [scenario, ...names] of [
      ["power-off", "detection", "address", "proxy", "ARP", "probe"],
      ["switchover", "release", "hand-over", "address", "proxy", "ARP", "probe"],
    ] as const) {
      const { outageMs, parts, notSeen } = await outageOf(lab.sandbox, scenario);
      expect(parts.map(({ name }) => name)).to.include.members([...names]);
      expect(notSeen).to.deep.equal([]);
      expect(parts.reduce((sum, { ms }) => sum + ms, 0)).to.be.closeTo(outageMs, 0.001);
    }
  });

  it("reports a healthy cluster and who is active", async () => {
    const { verdict, active } = await clusterStatus(lab.sandbox);
    expect(verdict).to.equal("healthy");
    expect(await holders()).to.deep.equal([active]);
  });

  // locked memory is not looked at: a lab's machines have no more of it than the Docker engine itself
  it("runs Heartbeat with real-time priority, so that a busy machine is not taken for a dead one", async () => {
    for (const node of ["sip1", "sip2"]) {
      const stat = await inMachine(node, "sh", "-c", 'cat /proc/$(pgrep -f "^heartbeat: master control")/stat');
      // field 41 of proc(5), where 2 is SCHED_RR; field 2, the name, is in brackets
      expect(stat.split(") ")[1]?.split(" ")[38], node).to.equal("2");
    }
  });

  it("has told each node's alerts: who became active, and that the peer fell silent when it lost its power", async () => {
    const told = async (node: string): Promise<string[]> => {
      const lines = (await inMachine(node, "cat", ALERTS)).split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const { stack, node: from, subject, state } = alertSchema.parse(JSON.parse(line));
        expect([stack, from]).to.deep.equal([STACK, node]);
        return `${subject} ${state}`;
      });
    };
    const active = await activeNode();
    const standby = otherThan(active);
    expect(await told(active)).to.include("group active");
    // the one that survived the other's power-off, and gave the group back in the planned switchover
    const survivor = await told(standby);
    expect(survivor).to.include.members(["peer silent", "peer heard", "group standby"]);
    expect(survivor.indexOf("group active")).to.be.above(-1).and.below(survivor.lastIndexOf("group standby"));
  });
}

/** It is removed, and could be made again. */
export function removed(lab: SharedLab): void {
  it("leaves nothing behind after destroy", async () => {
    expectSuccess(lab.hear(await lab.sandbox.sipHa("destroy")));
    expect(await dockerObjects()).to.deep.equal([]);
    const processes = await execa("ps", ["-eo", "args"]);
    expect(processes.stdout).to.not.include(`sip-ha-${STACK}-`);
    expect(processes.stdout).to.not.include(`:${LAB.sshPort}`);
  });

  it("makes a removed stack again, with the secrets of its stack file", async () => {
    const outcome = await lab.sandbox.sipHa("preview");
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ to create/);
  });
}

async function untilSome(look: () => Promise<readonly string[]>): Promise<void> {
  while ((await look()).length < 4) await delay(100);
}
