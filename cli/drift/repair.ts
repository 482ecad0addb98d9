import { isMendable } from "../../remote/drift.ts";
import type { ToolchainEnv } from "../../toolchain/prepare.ts";
import { ACTIVATION } from "../activatedPlan.ts";
import { outputsOf, resourceUrn } from "../pulumi.ts";
import { say } from "../say.ts";
import { collectDrift, NOTHING } from "./collect.ts";
import { driftText } from "./render.ts";

/**
 * Shows what differs from what was activated, which Pulumi cannot see. Answers what the Pulumi CLI has to be told so
 * that it is mended: the activation runs again, and finds it, and a machine that is new gets everything again. What could
 * not be asked is left to the deployment.
 */
export async function driftArguments({ env }: ToolchainEnv, stack: string, tell = say): Promise<readonly string[]> {
  const outputs = await outputsOf(env, stack);
  if (outputs === undefined) return [];
  const found = await collectDrift(outputs.hosts);
  const text = driftText(found);
  if (text !== "") tell(`what differs from what was activated:\n${text.trimEnd()}`);
  if (!found.some((host) => "found" in host && host.found.some(isMendable))) return [];
  const bare = found.filter((host) => "found" in host && host.found.includes(NOTHING));
  const staged = bare.flatMap(({ host }) => [`::edge-${host}-files`, `::edge-${host}-secrets`]);
  const ends = [ACTIVATION, ...staged, ...(bare.length > 0 ? ["::edge-packages-delivery"] : [])];
  const urns = await Promise.all(ends.map((end) => resourceUrn(env, stack, end)));
  return urns.flatMap((urn) => (urn === undefined ? [] : ["--replace", urn]));
}
