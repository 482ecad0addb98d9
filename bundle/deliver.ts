import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { HostAccess } from "../components/hosts/host.ts";
import type { HostRole } from "../config/plan.ts";
import type { Session } from "../remote/session.ts";
import { buildBundle, type Bundle } from "./build.ts";
import { type BundleSources, isEmpty, parseLock, type Progress } from "./model.ts";

/** What one host got. */
export interface HostDelivery {
  readonly host: string;
  readonly role: HostRole;
  /** The bundle that the host now has. */
  readonly sha256: string;
  /** Sent over the network; 0 when the host had it already. */
  readonly bytes: number;
  readonly durationMs: number;
}

export interface DeliverySummary {
  /** In the order of the hosts; those that need no packages are left out. */
  readonly hosts: readonly HostDelivery[];
  /** Sent to all hosts together. */
  readonly bytes: number;
}

/** What delivery needs of a connection. */
export type BundleSession = Pick<Session, "must" | "close">;

/** How delivery reaches hosts; each session is closed when its host is done. */
export type OpenSession<H> = (host: H) => Promise<BundleSession>;

/** A slow line still carries 200 kB/s. */
const TAKE_TIMEOUT_MS = 600_000;

const program = new URL("receive.sh", import.meta.url);

/**
 * Gives each host the bundle of its role, in parallel over hosts; a host that has it gets nothing.
 * Installs nothing and changes nothing in service.
 * @param lock as {@link parseLock} takes it.
 * @param sources where packages of the lock come from, beside the controller's own sources.
 * @throws HostStepError, AptError, WheelError or BundleFormatError; the other hosts are finished first.
 */
export async function deliver<H extends Pick<HostAccess, "name" | "role">>(
  hosts: readonly H[],
  lock: unknown,
  sources: BundleSources,
  open: OpenSession<H>,
  progress: Progress,
): Promise<DeliverySummary> {
  const checked = parseLock(lock);
  const receivers = hosts.filter(({ role }) => !isEmpty(role, checked));
  const bundles = new Map<HostRole, Bundle>();
  for (const { role } of receivers) {
    if (!bundles.has(role)) bundles.set(role, await buildBundle(role, checked, sources, progress));
  }
  const shell = await readFile(program, "utf8");
  const jobs = receivers.map(async (host): Promise<HostDelivery[]> => {
    const bundle = bundles.get(host.role);
    return bundle ? [await deliverTo(host, bundle, shell, open, progress)] : [];
  });
  const settled = await Promise.allSettled(jobs);
  const refused = settled.filter((result) => result.status === "rejected").map((result): unknown => result.reason);
  if (refused.length === 1) throw refused[0];
  if (refused.length > 1) throw new AggregateError(refused, refused.map(String).join("\n"));
  const done = (await Promise.all(jobs)).flat();
  return { hosts: done, bytes: done.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function deliverTo<H extends Pick<HostAccess, "name" | "role">>(
  host: H,
  bundle: Bundle,
  shell: string,
  open: OpenSession<H>,
  progress: Progress,
): Promise<HostDelivery> {
  const begin = performance.now();
  const session = await open(host);
  try {
    const bytes = await send(session, bundle, shell);
    const durationMs = Math.round(performance.now() - begin);
    const what = bytes === 0 ? "has its packages" : `got its packages, ${(bytes / 1e6).toFixed(1)} MB`;
    progress(`${host.name}: ${what} (${(durationMs / 1000).toFixed(1)} s)`);
    return { host: host.name, role: host.role, sha256: bundle.sha256, bytes, durationMs };
  } finally {
    session.close();
  }
}

/** Answers how many bytes were sent. */
async function send(session: BundleSession, bundle: Bundle, shell: string): Promise<number> {
  const run = (verb: string): string => `sudo -n bash -c ${quote(shell)} receive.sh ${verb} ${bundle.sha256}`;
  const state = z
    .enum(["complete", "missing"])
    .parse((await session.must("look for the package bundle", run("check"))).trim());
  if (state === "missing") {
    await session.must("receive the package bundle", `${run("take")} ${bundle.size}`, {
      stdin: createReadStream(bundle.tarFile),
      timeoutMs: TAKE_TIMEOUT_MS,
    });
  }
  await session.must("remove old package bundles", run("prune"));
  return state === "missing" ? bundle.size : 0;
}

/** One word of a POSIX shell command, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
