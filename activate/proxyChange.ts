import { faultLine } from "../config/faults.ts";
import type { ClusterPlan } from "../config/plan.ts";
import { proxyChangeFaults } from "../config/proxyChange.ts";
import { all } from "../remote/eventually.ts";
import type { Session } from "../remote/session.ts";

/** What a node has in service; nothing where nothing was ever put in place. A release from before the choice is Kamailio's. */
const QUESTION = [
  "[ ! -e /var/lib/sip-ha/current.json ] || [ ! -e /etc/sip-ha/cluster.env ] ||",
  "sed -n '/^PROXY=/ { s/^PROXY=//p; q }; $ s/.*/kamailio/p' /etc/sip-ha/cluster.env",
].join(" ");

/**
 * Asked before anything is changed, since plain Pulumi does not look at what is in service.
 *
 * @throws Error where a node serves with another proxy than the plan's, unless the plan allows that
 */
export async function refuseProxyChange(nodes: readonly Session[], plan: ClusterPlan): Promise<void> {
  const answers = await all(nodes.map((node) => node.must("look for the proxy in service", QUESTION)));
  const inService = (["kamailio", "opensips"] as const).filter((proxy) =>
    answers.some((answer) => answer.trim() === proxy),
  );
  const [fault] = inService.flatMap((proxy) => proxyChangeFaults(plan, proxy));
  if (fault) throw new Error(`nothing was changed: ${faultLine(fault)}`);
}
