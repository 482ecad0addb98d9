import { ACTIVATION } from "../../activate/input.ts";
import type { Connections } from "../../remote/connections.ts";
import { isMendable } from "../../remote/drift.ts";
import { say } from "../say.ts";
import type { StackState } from "../stackState.ts";
import { collectDrift, NOTHING } from "./collect.ts";
import { driftText } from "./render.ts";

/**
 * Shows what differs from what was activated, which Pulumi cannot see. Answers what the Pulumi CLI has to be told so
 * that it is mended: the activation runs again, and finds it, and a machine that is new gets everything again. What could
 * not be asked is left to the deployment.
 */
export async function driftArguments(
  state: StackState,
  connections: Connections,
  tell = say,
): Promise<readonly string[]> {
  const { outputs } = state;
  if (outputs === undefined) return [];
  const found = await collectDrift(outputs.hosts, connections);
  const text = driftText(found);
  if (text !== "") tell(`what differs from what was activated:\n${text.trimEnd()}`);
  if (!found.some((host) => "found" in host && host.found.some(isMendable))) return [];
  const bare = found.filter((host) => "found" in host && host.found.includes(NOTHING));
  const staged = bare.flatMap(({ host }) => [`::edge-${host}-files`, `::edge-${host}-secrets`]);
  const ends = [ACTIVATION, ...staged, ...(bare.length > 0 ? ["::edge-packages-delivery"] : [])];
  return ends.flatMap((end) => {
    const urn = state.urn(end);
    return urn === undefined ? [] : ["--replace", urn];
  });
}
