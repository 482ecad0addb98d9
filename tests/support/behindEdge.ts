import { callSucceeded, calls } from "../../verify/evidence/analysis.ts";
import { PORTS } from "../../verify/phones/caller.ts";
import { onCaller } from "./phonesOf.ts";
import type { Sandbox } from "./sandbox.ts";
import { listensOnCaller, playOnCaller } from "./sippOnCaller.ts";

const EDGE_PORT = 5080;

/**
 * A phone registers by way of an edge proxy (tests/sipp/path), and is called.
 *
 * @returns what went wrong, one line each
 */
export async function callBehindEdge(sandbox: Sandbox): Promise<readonly string[]> {
  return onCaller(sandbox, async ({ phones, floatingIp }) => {
    const { caller, callingUser, keptUser } = phones;
    const way = { folder: "path", keys: { edge_port: EDGE_PORT } };
    const registered = await playOnCaller({ ...way, name: "register", port: PORTS.first, user: keptUser });
    if (registered !== "") return [`the REGISTER with a Path: ${registered}`];
    await caller.startRecord();
    const edge = playOnCaller({ ...way, name: "edge", port: EDGE_PORT });
    await listensOnCaller(EDGE_PORT);
    await caller.call({ label: "path", from: callingUser, to: keptUser, port: PORTS.calls, lengthMs: 500 });
    const faults = await edge;
    const [call] = calls(await caller.stopRecord(), "path", floatingIp);
    return [
      ...(faults === "" ? [] : [`the edge proxy: ${faults}`]),
      ...(call !== undefined && callSucceeded(call) ? [] : ["the call did not succeed"]),
    ];
  });
}
