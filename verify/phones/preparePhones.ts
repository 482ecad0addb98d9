import { randomBytes } from "node:crypto";
import { callerOf } from "../../config/plan.ts";
import { CallerHost } from "./caller.ts";
import type { Phones, VerificationContext } from "../context.ts";
import { FEW } from "./registrations.ts";
import type { Restoration } from "../faults/restoration.ts";
import { makeUsers, UserTable } from "./users.ts";

/** Selects the users of one turn, as `CallerHost.register` does; no other turn has them. */
export function loadOfTurn(turn: number): string {
  return `-t${turn}n[0-9]+`;
}

/**
 * Makes the users of a run of scenarios, and takes the caller over for it.
 *
 * @param turns how many users each of the scenarios wants
 * @throws Error when another verification has the caller
 */
export async function preparePhones(
  { plan, sessions }: VerificationContext,
  turns: readonly (number | undefined)[],
  restoration: Restoration,
): Promise<Phones> {
  const run = randomBytes(4).toString("hex");
  const three = makeUsers(run, ["a", "b", "c"]);
  const [callingUser, calledUser, keptUser] = three;
  if (callingUser === undefined || calledUser === undefined || keptUser === undefined) {
    throw new Error("three users are needed, got fewer");
  }
  const load = turns.flatMap((length = FEW.users, turn) => Array.from({ length }, (_, index) => `t${turn}n${index}`));
  const outside = callerOf(plan);
  if (outside === undefined) throw new Error("a caller outside the cluster is needed, got none");
  const caller = new CallerHost(await sessions.to(outside.name), plan, run);
  const hold = await caller.hold();
  restoration.add("let other verifications in", () => hold.stop());
  const table = new UserTable(await sessions.to(plan.database.machine.name), plan.proxy);
  restoration.add("remove the verification's users", () => table.remove());
  restoration.add("stop phones, probe and record on the caller", () => caller.end());
  const users = [...three, ...makeUsers(run, load)];
  await table.remove();
  await Promise.all([table.insert(users, plan.sip.domain), caller.begin(users)]);
  return { caller, table, callingUser, calledUser, keptUser };
}
