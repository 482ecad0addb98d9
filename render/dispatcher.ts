import type { ClusterPlan, MediaServerPlan } from "../config/plan.ts";
import type { KamailioValue } from "./kamailio.ts";
import type { RenderedFile } from "./renderedFile.ts";

/** Dispatcher's algorithm 11: by relative weight among those that are alive. */
const BY_WEIGHT = 11;

/** The switch and the values of kamailio.cfg's part for media servers; none without media servers. */
export function mediaServerDefines(plan: ClusterPlan): Readonly<Record<string, KamailioValue>> {
  if (plan.mediaServers.length === 0) return {};
  const { balancing } = plan;
  return {
    WITH_MEDIA_SERVERS: "defined",
    ...(balancing.algorithm === "least-calls" ? { WITH_LEAST_CALLS: "defined" as const } : {}),
    MEDIA_USERS: { string: userPattern(balancing.users) },
    MEDIA_ROUTES: {
      string: dispatcherSets(plan.mediaServers)
        .map((_, index) => `${index + 1}=${BY_WEIGHT}`)
        .join(";"),
    },
    MEDIA_PROBE_FROM: { string: `sip:probe@${plan.sip.domain}` },
    MEDIA_PROBE_INTERVAL: { token: String(balancing.probeIntervalSec) },
    MEDIA_MISSES: { token: String(balancing.removeAfterMisses) },
    MEDIA_ANSWERS: { token: String(balancing.returnAfterAnswers) },
    MEDIA_ANSWER_TIMER: { token: String(balancing.answerWithinMs) },
  };
}

/**
 * The user parts as one extended regular expression (POSIX, 9.4), without backslashes.
 *
 * @param users user parts, and digits with `*` for all numbers that begin so
 */
export function userPattern(users: readonly string[]): string {
  const alternatives = users.map((user) => user.replace(/[.+]/g, "[$&]").replace(/\*$/, "[0-9]*"));
  return `^(${alternatives.join("|")})$`;
}

/** Servers of the same priority, the highest first: each is one set of the dispatcher. */
export function dispatcherSets(servers: readonly MediaServerPlan[]): readonly (readonly MediaServerPlan[])[] {
  const priorities = [...new Set(servers.map(({ priority }) => priority))].sort((a, b) => b - a);
  return priorities.map((priority) => servers.filter((server) => server.priority === priority));
}

/** `dispatcher.list`: set, address, flags (0: taken for alive), priority within the set, attributes. */
export function dispatcherFiles(plan: ClusterPlan): readonly RenderedFile[] {
  if (plan.mediaServers.length === 0) return [];
  const lines = dispatcherSets(plan.mediaServers).flatMap((servers, index) =>
    servers.map(
      ({ name, address, port, weight }) => `${index + 1} sip:${address}:${port} 0 0 duid=${name};rweight=${weight}`,
    ),
  );
  return [
    {
      path: "/etc/kamailio/dispatcher.list",
      mode: "0644",
      owner: "root:kamailio",
      effect: "proxy",
      content: `${["# managed by Pulumi: media servers, from the stack file", ...lines].join("\n")}\n`,
    },
  ];
}
