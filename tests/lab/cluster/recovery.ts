import { expect } from "chai";
import { execa } from "execa";
import { eventually, type Look } from "../../../remote/eventually.ts";
import { activeNode, clusterStatus, expectSuccess, holders, otherThan } from "../../support/lab.ts";
import { STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

/** What is lost comes back. */
export function recovery(lab: SharedLab): void {
  it("makes a machine again that is lost, fills it and lets it join, while the other one serves", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    await execa("docker", ["rm", "-f", `sip-ha-${STACK}-${standby}`]);
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect(await holders()).to.deep.equal([active]);
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("keeps every bound while its proxy crashes and hangs, and while one heartbeat path is cut", async () => {
    expectSuccess(lab.hear(await lab.sandbox.sipHa("verify", "proxy-crash", "proxy-hang", "private-link-cut")));
  });

  for (const [scenario, taken] of [
    ["freeze", "paused"],
    ["power-off", "exited"],
  ] as const) {
    it(`gets a machine back that is ${taken} because of a verification that was killed`, async () => {
      const active = await activeNode();
      const verifying = lab.sandbox.start("verify", scenario);
      await eventually(`${active} is ${taken}`, is(active, taken), { withinMs: 60_000, everyMs: 20 });
      if (verifying.pid !== undefined) process.kill(-verifying.pid, "SIGKILL");
      await verifying;
      await eventually(`${active} runs`, is(active, "running"), { withinMs: 20_000, everyMs: 100 });
      const healthy = async (): Promise<Look<undefined>> => {
        const { verdict } = await clusterStatus(lab.sandbox);
        return verdict === "healthy" ? { met: true, value: undefined } : { met: false, seen: verdict };
      };
      await eventually("the cluster is healthy again", healthy, { withinMs: 60_000, everyMs: 1000 });
    });
  }
}

/** Looks at the state of a machine's container, as the engine calls it. */
function is(machine: string, wanted: string): () => Promise<Look<undefined>> {
  return async () => {
    const name = `sip-ha-${STACK}-${machine}`;
    const { stdout } = await execa("docker", ["inspect", "--format", "{{.State.Status}}", name]);
    return stdout === wanted ? { met: true, value: undefined } : { met: false, seen: stdout };
  };
}
