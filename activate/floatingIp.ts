import type { ClusterPlan, FloatingIpPlan } from "../config/plan.ts";
import { HostStepError } from "../remote/errors.ts";
import { all, eventually, messageOf } from "../remote/eventually.ts";
import { proxy } from "../remote/programs.ts";
import type { Session } from "../remote/session.ts";
import type { Progress } from "./progress.ts";

/** The address that a switchover takes away, since the node that serves has another one than the plan; else undefined. */
export function leavingAddress(inService: FloatingIpPlan | undefined, { floatingIp }: ClusterPlan): string | undefined {
  const address = inService?.address;
  return address === floatingIp.address ? undefined : address;
}

/**
 * Somebody else's address would have two owners from the first moment. Asked with sender 0.0.0.0 (RFC 5227, 2.1.1), because
 * a standby has no address of its own on the public side.
 *
 * @throws HostStepError when it is taken
 */
export async function refuseTaken(standby: Session, { floatingIp, interfaces }: ClusterPlan): Promise<void> {
  const command = `sudo -n arping -q -D -c 2 -w 2 -I ${interfaces.public} ${floatingIp.address}`;
  const { code } = await standby.run(command, { timeoutMs: 10_000 });
  if (code !== 1) return;
  throw new HostStepError({
    host: standby.name,
    step: "ask who has the new floating IP",
    said: `another machine answers for ${floatingIp.address} on ${interfaces.public}; nothing was changed on the nodes`,
    fix: "take it off that machine or choose another address, then run again",
    retry: false,
  });
}

/** Phones send everything within a call to the address that goes: a BYE from there is the last that reaches them. */
export async function endCalls(active: Session, progress: Progress): Promise<void> {
  const step = "end the calls, which go with the former floating IP";
  const left = await progress
    .step(active.name, step, () => proxy.endCalls(active))
    .then((count) => (count === 0 ? "" : `${count} calls are left, since a phone did not answer`), messageOf);
  if (left === "") return;
  progress.say(`${active.name}: ${step}: ${left}; the change goes on, and phones have to notice by themselves`);
}

/** By the kernel's word on both nodes. */
export async function awaitGone(nodes: readonly Session[], address: string, progress: Progress): Promise<void> {
  await progress.step("cluster", `no node has ${address} any more`, () =>
    eventually(
      `${address} is gone`,
      async () => {
        const views = await all(
          nodes.map((node) => node.must("look for the former floating IP", `ip -4 -o addr show to ${address}/32`)),
        );
        const holders = nodes.filter((_, index) => views[index]?.trim() !== "").map(({ name }) => name);
        if (holders.length === 0) return { met: true, value: undefined };
        return { met: false, seen: `${holders.join(" and ")} has it` };
      },
      { withinMs: 10_000, everyMs: 200 },
    ),
  );
}
