import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { eventually } from "../../remote/eventually.ts";
import { askInOneDatagram, registerDatagram } from "./oneDatagram.ts";
import { inMachine, LAB, type Outcome, type Sandbox, STACK } from "./sandbox.ts";

/** The domain of a test lab. */
export const DOMAIN = "test.example.net";
export const NODES = ["sip1", "sip2"] as const;

const statusSchema = z.object({ verdict: z.string(), active: z.string().optional() });

/** Shows what a verb said last where it failed. */
export function expectSuccess({ exitCode, said }: Outcome): void {
  expect(exitCode, said.slice(-3000)).to.equal(0);
}

/** The node whose proxy runs; a node without power is none. */
export async function activeNode(): Promise<string> {
  const states = await Promise.all(
    NODES.map((node) => inMachine(node, "sh", "-c", "systemctl is-active sip-ha-proxy || true").catch(() => "off")),
  );
  return NODES.find((_, index) => states[index] === "active") ?? "";
}

/** The nodes that have the floating IP, as their kernels say. */
export async function holders(): Promise<string[]> {
  const views = await Promise.all(
    NODES.map((node) => inMachine(node, "ip", "-o", "-4", "addr", "show", "dev", "eth1")),
  );
  return NODES.filter((_, index) => views[index]?.includes(`${LAB.floatingIp}/`));
}

/** The other one of the two nodes. */
export function otherThan(node: string): string {
  return NODES.find((name) => name !== node) ?? "";
}

/** What `status` says of the test lab. */
export async function clusterStatus(sandbox: Sandbox): Promise<z.infer<typeof statusSchema>> {
  const { stdout } = await execa("node", ["bin/sip-ha.mjs", "status", "--json", "--stack", STACK], {
    cwd: sandbox.directory,
    env: sandbox.environment(),
    reject: false,
  });
  return statusSchema.parse(JSON.parse(stdout));
}

/** Since when the proxy of a node has been running, as systemd says. */
export async function proxySince(node: string): Promise<string> {
  return inMachine(node, "systemctl", "show", "--value", "-p", "ActiveEnterTimestampMonotonic", "sip-ha-proxy");
}

/** Looks until a REGISTER without credentials gets this status. */
export async function untilRegisterGets(status: string, withinMs: number): Promise<void> {
  let asked = 0;
  const look = async () => {
    const answer = await askInOneDatagram(STACK, registerDatagram(DOMAIN, `until-${status}-${(asked += 1)}`), 1);
    return answer.status === status
      ? ({ met: true, value: undefined } as const)
      : ({ met: false, seen: answer.status } as const);
  };
  await eventually(`a REGISTER gets ${status}`, look, { withinMs, everyMs: 100 });
}
