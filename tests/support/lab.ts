import { expect } from "chai";
import { eventually } from "../../remote/eventually.ts";
import { askInOneDatagram, registerDatagram } from "./oneDatagram.ts";
import { inMachine, type Outcome, STACK } from "./sandbox.ts";

/** The domain of a test lab. */
export const DOMAIN = "test.example.net";
export const NODES = ["sip1", "sip2"] as const;

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
