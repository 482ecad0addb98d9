import { z } from "zod";
import { type Drift, parseDrift } from "./drift.ts";
import type { JournalEvent } from "./journal.ts";
import type { Session } from "./session.ts";

/** What one node says of the group; a node speaks for itself only. */
const ownerSchema = z.object({
  self: z.string(),
  owner: z.string().nullable(),
  role: z.enum(["active", "standby", "stopped", "transition", "maintenance"]),
  since: z.string().nullable(),
});
export type OwnerView = z.infer<typeof ownerSchema>;

const peersSchema = z.array(z.object({ node: z.string(), status: z.enum(["active", "up", "dead", "unknown"]) }));
const pathsSchema = z.array(z.object({ peer: z.string(), link: z.string(), status: z.string() }));

const acceptedSchema = z.object({ accepted: z.literal(true) });
const eventsSchema = z.array(z.object({ time: z.string(), text: z.string() }));
const fenceOrderSchema = z.object({
  at: z.string(),
  result: z.enum(["ok", "failed", "refused", "void", "confirmed"]),
  tookMs: z.number(),
  said: z.string(),
});

/** What a node tells of the device that switches its peer off (`engine fence-status`). */
export const fencingSchema = z.discriminatedUnion("configured", [
  z.object({ configured: z.literal(false) }),
  z.object({
    configured: z.literal(true),
    plugin: z.string(),
    target: z.string(),
    device: z.enum(["ok", "broken", "unknown"]),
    said: z.string(),
    /** The last order to switch the peer off; null when there was none since the boot. */
    order: fenceOrderSchema.nullable(),
  }),
]);
export type FencingView = z.infer<typeof fencingSchema>;

const releaseSchema = z.object({ files: z.string(), secrets: z.string(), bundle: z.string() });
/** Which staged trees and which bundle a host has in service. */
export type Release = z.infer<typeof releaseSchema>;

const appliedSchema = z.object({ applied: z.boolean() });
const keySchema = z.object({ number: z.number(), sum: z.string() });
const keysSchema = z.object({ signs: z.number(), keys: z.array(keySchema) }).nullable();
const wantedKeySchema = z.object({ key: keySchema, follows: z.string() });

const restoredSchema = z.object({ restored: z.boolean() });
const swappedSchema = z.object({ owed: z.array(z.string()) });

/** What the watcher of a node tells (`engine supervision`), as far as programs on the controller act on it. */
const watcherSchema = z.object({
  /** Why the other node is no standby; empty when it is one. */
  partner: z.object({ fault: z.string() }),
  /** Directories below which nothing can be written any more. */
  disk: z.object({ full: z.array(z.string()) }),
});
export type WatcherView = z.infer<typeof watcherSchema>;

const ENGINE = "sudo -n /usr/lib/sip-ha/engine";
const RELEASE = "sudo -n /usr/lib/sip-ha/release";
const FIREWALL = "/usr/lib/sip-ha/firewall";
const STAGED = "/var/lib/sip-ha/staged";
/** Longer than any time that a stack file may give a fencing device, in milliseconds. */
const FENCE_TIMEOUT_MS = 70_000;
/** Packages are unpacked and configured within this time even on a slow disk, in milliseconds. */
const INSTALL_TIMEOUT_MS = 600_000;

/** The engine program of a node: the only way that anything asks or moves the group. */
export const engine = {
  owner: async (session: Session): Promise<OwnerView> => {
    const text = await session.must("ask who owns the group", `${ENGINE} owner`, { timeoutMs: 10_000 });
    return ownerSchema.parse(JSON.parse(text));
  },
  /** Whether Heartbeat itself is between two states: a move, or the other node's start, has not ended (cl_status(1)). */
  inTransition: async (session: Session): Promise<boolean> => {
    const { stdout } = await session.run("sudo -n cl_status rscstatus", { timeoutMs: 10_000 });
    return stdout.trim() === "transition";
  },
  peers: async (session: Session): Promise<z.infer<typeof peersSchema>> => {
    const text = await session.must("ask for the peers", `${ENGINE} peers`, { timeoutMs: 10_000 });
    return peersSchema.parse(JSON.parse(text));
  },
  paths: async (session: Session): Promise<z.infer<typeof pathsSchema>> => {
    const text = await session.must("ask for the heartbeat paths", `${ENGINE} paths`, { timeoutMs: 10_000 });
    return pathsSchema.parse(JSON.parse(text));
  },
  /** Asks the device now, without touching anybody. */
  fenceCheck: async (session: Session): Promise<FencingView> => {
    const step = "ask the fencing device";
    const { stdout, stderr } = await session.run(`${ENGINE} fence-check`, { timeoutMs: FENCE_TIMEOUT_MS });
    if (!stdout.startsWith("{")) throw new Error(`${session.name}: ${step}: ${stderr.trim()}`);
    return fencingSchema.parse(JSON.parse(stdout));
  },
  fenceStatus: async (session: Session): Promise<FencingView> => {
    const text = await session.must("ask for the fencing device", `${ENGINE} fence-status`, { timeoutMs: 10_000 });
    return fencingSchema.parse(JSON.parse(text));
  },
  /** @throws Error when no watcher runs there. */
  watcher: async (session: Session): Promise<WatcherView> => {
    const text = await session.must("ask the watcher", `${ENGINE} supervision`, { timeoutMs: 10_000 });
    return watcherSchema.parse(JSON.parse(text));
  },
  standby: async (session: Session): Promise<void> => {
    await session.must("give the group up", `${ENGINE} standby "a planned switchover"`, { timeoutMs: 10_000 });
  },
  /** Makes a node's watcher forget all failures, its own and its peer's; it looks anew from there on. */
  superviseClear: async (session: Session): Promise<void> => {
    const text = await session.must("forget past failures", `${ENGINE} supervise clear`, { timeoutMs: 20_000 });
    acceptedSchema.parse(JSON.parse(text));
  },
  /** @throws HostStepError on a node that has the group. */
  maintenance: async (session: Session, verb: "on" | "off", why?: "rotation"): Promise<void> => {
    await session.must(`maintenance ${verb}`, [`${ENGINE} maintenance`, verb, ...(why ? [why] : [])].join(" "), {
      timeoutMs: 30_000,
      fix: "look at `journalctl -u heartbeat` on that host, then run again",
    });
  },
  takeover: async (session: Session): Promise<void> => {
    await session.must("take the group", `${ENGINE} takeover "by the controller"`, { timeoutMs: 10_000 });
  },
  /** What the cluster's programs logged on a node, from so many minutes ago until so many. */
  events: async (session: Session, fromMin: number, untilMin: number): Promise<readonly JournalEvent[]> => {
    const text = await session.must("read the journal", `${ENGINE} events ${fromMin} ${untilMin}`);
    return eventsSchema.parse(JSON.parse(text));
  },
};

/** The proxy of a node, whichever it is. */
export const proxy = {
  /**
   * Begins no more calls, and ends those that there are by a BYE to both phones. Answers how many are left.
   *
   * @throws Error with what was said by a proxy that cannot do it
   */
  endCalls: async (session: Session): Promise<number> => {
    const proxyctl = "sudo -n /usr/lib/sip-ha/proxyctl";
    const ended = await session.run(`${proxyctl} drain on && ${proxyctl} end-calls`, { timeoutMs: 60_000 });
    if (ended.code !== 0) throw new Error(ended.stderr.trim());
    return Number(ended.stdout);
  },
  /** @throws HostStepError when it keeps the former certificate. */
  reloadTls: async (session: Session): Promise<void> => {
    await session.must("read certificate and key anew", "sudo -n /usr/lib/sip-ha/proxyctl reload-tls", {
      timeoutMs: 10_000,
      fix: "look at `journalctl -u sip-ha-proxy` on that host; calls go on with the former certificate meanwhile",
    });
  },
  /** The calls it knows whose Call-IDs begin with `label`: Call-ID to `ringing`, `answered` or `ended`. */
  calls: async (session: Session, label: string): Promise<ReadonlyMap<string, string>> => {
    const command = `sudo -n /usr/lib/sip-ha/proxyctl calls ${label}`;
    const text = await session.must("ask the proxy for its calls", command, { timeoutMs: 10_000 });
    const lines = text.split("\n").flatMap((line): [string, string][] => {
      const [callId, state] = line.split(" ");
      return callId === undefined || state === undefined ? [] : [[callId, state]];
    });
    return new Map(lines);
  },
};

/** The firewall program of a host. */
export const firewall = {
  /**
   * Puts the rules of the release in place on trial: they go again unless they are confirmed within that time.
   *
   * @returns false when they are in force and confirmed already
   */
  apply: async (session: Session, confirmWithinSec: number): Promise<boolean> => {
    // a release from before there was one has none
    const ifThere = `[ ! -x ${FIREWALL} ] || `;
    const text = await session.must("load the firewall", `${ifThere}sudo -n ${FIREWALL} apply ${confirmWithinSec}`, {
      timeoutMs: 30_000,
      fix: "correct `firewall` in the stack file or mend what it says, then run again",
    });
    return text !== "" && appliedSchema.parse(JSON.parse(text)).applied;
  },
  confirm: async (session: Session): Promise<void> => {
    await session.must("confirm the firewall", `sudo -n ${FIREWALL} confirm`, { timeoutMs: 30_000 });
  },
  /** Puts the former rules back now. */
  rollback: async (session: Session): Promise<void> => {
    await session.must("put the former firewall back", `sudo -n ${FIREWALL} rollback`, { timeoutMs: 30_000 });
  },
};

/** The release program of a host; it is run from the staged tree, since a bare host has none installed. */
export const release = {
  /** What is in service; undefined on a host that has nothing yet. */
  current: async (session: Session): Promise<Release | undefined> => {
    const text = await session.must("ask what is in service", readIfThere("current.json"), { timeoutMs: 10_000 });
    return text === "" ? undefined : releaseSchema.parse(JSON.parse(text));
  },
  /** What was changed on a host and is not in use yet, because a run ended before the restart. */
  owed: async (session: Session): Promise<readonly string[]> => {
    const text = await session.must("ask what waits for a restart", readIfThere("owed"), { timeoutMs: 10_000 });
    return text.split("\n").filter((line) => line !== "");
  },
  installPackages: async (session: Session, wanted: Release): Promise<void> => {
    await session.must("install packages", `${staged(wanted)} install-packages ${wanted.bundle}`, {
      timeoutMs: INSTALL_TIMEOUT_MS,
      fix: "mend what dpkg says on that host, or resolve other versions with `npm run bundle:update`, then run again",
    });
  },
  /**
   * Puts back the packages of the release `before` that those of `wanted` have replaced, whether or not these were installed to the end.
   *
   * @returns whether there were any
   */
  restorePackages: async (session: Session, before: Release, wanted: Release): Promise<boolean> => {
    if (before.bundle === wanted.bundle) return false;
    const command = `${staged(wanted)} restore-packages ${before.bundle} ${wanted.bundle}`;
    const text = await session.must("put the previous packages back", command, {
      timeoutMs: INSTALL_TIMEOUT_MS,
      fix: "mend what dpkg says on that host, then run again; until then it may not be able to take the group over",
    });
    return restoredSchema.parse(JSON.parse(text)).restored;
  },
  prove: async (session: Session, wanted: Release): Promise<void> => {
    await session.must("prove the new configuration", `${staged(wanted)} prove ${wanted.files} ${wanted.secrets}`, {
      timeoutMs: 60_000,
      fix: "correct the configuration and run again; what is in service on this host was not touched",
    });
  },
  /** Answers what has to be restarted, also from earlier runs that did not come to it. */
  swap: async (session: Session, wanted: Release): Promise<readonly string[]> => {
    const command = `${staged(wanted)} swap ${wanted.files} ${wanted.secrets} ${wanted.bundle}`;
    const text = await session.must("put the new files in place", command);
    return swappedSchema.parse(JSON.parse(text)).owed;
  },
  /** Starts the units that shall run and do not, but for Heartbeat and the daemons of the group; also for the next boot. */
  startUnits: async (session: Session, wanted: Release): Promise<void> => {
    await session.must("start what must run", `${staged(wanted)} start-units`, {
      timeoutMs: 60_000,
      fix: "mend what it says on that host, then run again; what is in service was not touched",
    });
  },
  /** Tells the host that everything that `swap` answered is in use. */
  applied: async (session: Session): Promise<void> => {
    await session.must("note that the new files are in use", `${RELEASE} applied`);
  },
  /**
   * What differs from `current`, as it was activated; undefined on a host without one, or with one from before it could tell.
   * Changes nothing.
   */
  drift: async (session: Session, current: Release | undefined): Promise<readonly Drift[] | undefined> => {
    if (current === undefined) return undefined;
    // the staged program: the one in place may be what differs
    const command = `${staged(current)} drift`;
    const asked = await session.run(command, { timeoutMs: 30_000 });
    if (asked.code === 0) return parseDrift(asked.stdout);
    if (asked.stderr.startsWith("release: usage: ")) return undefined;
    return parseDrift(await session.must("look for drift", command, { timeoutMs: 30_000 }));
  },
  /** Why a node is in maintenance, where that has a reason of its own; empty otherwise. */
  maintenanceReason: async (session: Session): Promise<string> => {
    const text = await session.must("ask for maintenance", readIfThere("maintenance"), { timeoutMs: 10_000 });
    return text.trim().split(" ")[1] ?? "";
  },
  rollback: async (session: Session): Promise<void> => {
    await session.must("put the previous files back", `${RELEASE} rollback`);
  },
};

/** Heartbeat's keys of a node; see the program. */
export const authkeys = {
  /** Undefined on a node that has nothing in service, or a version without such a program. */
  inService: async (session: Session): Promise<z.infer<typeof keysSchema> | undefined> => {
    const { code, stdout } = await session.run("sudo -n /usr/lib/sip-ha/authkeys show");
    return code === 0 ? keysSchema.parse(JSON.parse(stdout)) : undefined;
  },
  /** Null on a node without any. */
  inPlace: async (session: Session, wanted: Release): Promise<z.infer<typeof keysSchema>> => {
    const text = await session.must("ask for Heartbeat's keys", `${stagedKeys(wanted)} show`, { timeoutMs: 10_000 });
    return keysSchema.parse(JSON.parse(text));
  },
  wanted: async (session: Session, wanted: Release): Promise<z.infer<typeof wantedKeySchema>> => {
    const command = `${stagedKeys(wanted)} wanted ${keyFile(wanted)}`;
    const text = await session.must("ask for Heartbeat's staged key", command, { timeoutMs: 10_000 });
    return wantedKeySchema.parse(JSON.parse(text));
  },
  /** A running Heartbeat has read them then. */
  put: async (session: Session, how: "accept" | "sign" | "drop", wanted: Release): Promise<void> => {
    // the program in place: it came with a watcher that reads keys anew
    const command = `sudo -n /usr/lib/sip-ha/authkeys put ${how} ${keyFile(wanted)}`;
    const text = await session.must(`${how} Heartbeat's key`, command, {
      timeoutMs: 20_000,
      fix: "where that program is missing, bring this version into service with the generation as it was, then raise it",
    });
    acceptedSchema.parse(JSON.parse(text));
  },
};

function stagedKeys({ files }: Release): string {
  return `sudo -n ${STAGED}/${files}/root/usr/lib/sip-ha/authkeys`;
}

function keyFile({ secrets }: Release): string {
  return `${STAGED}/${secrets}/root/etc/ha.d/authkeys`;
}

function staged(wanted: Release): string {
  return `sudo -n ${STAGED}/${wanted.files}/root/usr/lib/sip-ha/release`;
}

/** A file that is not there is an answer; one that cannot be asked for is not. */
function readIfThere(name: string): string {
  return `sudo -n sh -c 'if [ -e /var/lib/sip-ha/${name} ]; then cat /var/lib/sip-ha/${name}; fi'`;
}
