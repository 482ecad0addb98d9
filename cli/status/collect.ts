import { messageOf } from "../../remote/eventually.ts";
import type { HostAccess } from "../../components/hosts/host.ts";
import type { ClusterPlan } from "../../config/plan.ts";
import type { Connections } from "../../remote/connections.ts";
import { HostStepError } from "../../remote/errors.ts";
import type { Session } from "../../remote/session.ts";
import { judge, type Verdict } from "./judge.ts";
import { parseReport } from "./report.ts";
import type { Found, HostSeen } from "./seen.ts";

/** A cluster at one moment. */
export interface ClusterStatus {
  readonly plan: ClusterPlan;
  readonly at: Date;
  readonly tookMs: number;
  readonly hosts: readonly HostSeen[];
  readonly verdict: Verdict;
}

/** Longest wait for one host, in milliseconds; what has not answered by then counts as silent. */
const HOST_TIMEOUT_MS = 5_000;
const PROGRAM = "/usr/lib/sip-ha/report";

/** Asks every host at once, over one connection each. A host that does not answer is part of the status, not an error. */
export async function collectStatus(
  plan: ClusterPlan,
  hosts: readonly HostAccess[],
  connections: Connections,
): Promise<ClusterStatus> {
  const start = performance.now();
  const seen = await Promise.all(hosts.map((host) => look(host, connections)));
  const tookMs = Math.round(performance.now() - start);
  return { plan, at: new Date(), tookMs, hosts: seen, verdict: judge(plan, seen) };
}

async function look(host: HostAccess, connections: Connections): Promise<HostSeen> {
  const { name, role, privateAddress, power } = host;
  const found = await inTime(ask(host, connections)).catch(failure);
  return { name, role, privateAddress, ...(power ? { container: power.container } : {}), found };
}

function failure(error: unknown): Found {
  if (error instanceof HostStepError) return { kind: "silent", said: error.detail.said };
  return { kind: "bare", said: messageOf(error) };
}

async function ask(host: HostAccess, connections: Connections): Promise<Found> {
  return connections.to(host, (session) => (host.role === "router" ? ping(session) : report(session)));
}

async function ping(session: Session): Promise<Found> {
  await session.run("true", { timeoutMs: HOST_TIMEOUT_MS });
  return { kind: "answers" };
}

async function report(session: Session): Promise<Found> {
  const { code, stdout, stderr } = await session.run(`sudo -n ${PROGRAM}`, { timeoutMs: HOST_TIMEOUT_MS });
  if (code !== 0) return { kind: "bare", said: stderr.trim() || `${PROGRAM} ended with ${code}` };
  return { kind: "report", report: parseReport(stdout) };
}

async function inTime(found: Promise<Found>): Promise<Found> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: "silent", said: `no answer within ${HOST_TIMEOUT_MS / 1000} s` });
    }, HOST_TIMEOUT_MS);
  });
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}
