import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cli/directories.ts";
import type { HostRole } from "../config/plan.ts";
import { AptRoot, exists, replaceFile } from "./apt.ts";
import { exactNeeds, field, installedStatus, lockedPackage, type PlannedPackage, type Stanza } from "./control.ts";
import {
  canonicalJson,
  compareText,
  LOCK_VERSION,
  parseLock,
  ROLES,
  type BundleLock,
  type BundleRequest,
  type LockedPackage,
  type LockedWheel,
  type Progress,
  type RoleLock,
  type WheelRequest,
} from "./model.ts";
import { lockWheel } from "./wheel.ts";

/**
 * What every Debian has, however it was installed; in apt's search patterns (apt-patterns(7)).
 * usr-is-merged and not usrmerge, which brings perl: debootstrap prefers the former, upgraded systems have the latter.
 */
const BASE = ["?essential", "apt", "usr-is-merged", "usrmerge-"];

/** Index paragraphs by package name. */
type Index = ReadonlyMap<string, Stanza>;

/**
 * Decides which versions the hosts of each role get: the newest that the controller's package sources have, with
 * everything they need that a bare Debian may lack. The same request on unchanged package lists is answered from the cache.
 * @throws AptError when a name is unknown or the sources do not answer, WheelError likewise.
 */
export async function resolveLock(request: BundleRequest, progress: Progress): Promise<BundleLock> {
  const apt = await AptRoot.open(request);
  await apt.update(progress);
  const question = canonicalJson({ version: LOCK_VERSION, request, base: BASE, lists: await apt.fingerprint() });
  const locks = join(cacheDir(), "locks");
  const file = join(locks, `${createHash("sha256").update(question).digest("hex")}.json`);
  if (await exists(file)) return parseLock(JSON.parse(await readFile(file, "utf8")));
  const lock = await resolve(apt, request, progress);
  await mkdir(locks, { recursive: true });
  await replaceFile(file, JSON.stringify(lock));
  return lock;
}

async function resolve(apt: AptRoot, request: BundleRequest, progress: Progress): Promise<BundleLock> {
  const { release, architecture } = request;
  const base = await indexOf(apt, await apt.plan(BASE));
  const status = installedStatus([...base.values()]);
  const plans = await Promise.all(
    ROLES.map(async (role) => {
      const install = request.roles[role];
      return [role, install.length === 0 ? [] : await apt.plan(install, status)] as const;
    }),
  );
  const everything = plans.flatMap(([, planned]) => planned);
  const chosen = await indexOf(apt, everything);
  const planned = new Map(plans);
  const lockRole = async (role: HostRole): Promise<RoleLock> => ({
    install: [...new Set(request.roles[role])].sort(compareText),
    packages: lockPackages(planned.get(role) ?? [], chosen, base),
    wheels: await lockWheels(request.wheels[role], progress),
  });
  const roles = {
    node: await lockRole("node"),
    database: await lockRole("database"),
    bastion: await lockRole("bastion"),
    router: await lockRole("router"),
    caller: await lockRole("caller"),
    fence: await lockRole("fence"),
  };
  for (const role of ROLES) progress(describeRole(role, roles[role]));
  return { version: LOCK_VERSION, release, architecture, roles };
}

/** The paragraphs of exactly the planned versions. */
async function indexOf(apt: AptRoot, planned: readonly PlannedPackage[]): Promise<Index> {
  const versions = new Map(planned.map(({ name, version }) => [name, version]));
  const known = await apt.show([...versions.keys()]);
  const exact = known.filter((stanza) => versions.get(field(stanza, "Package")) === stanza.get("Version"));
  return new Map(exact.map((stanza) => [field(stanza, "Package"), stanza]));
}

/** Of the base only what the planned packages need in exactly one version. */
function lockPackages(planned: readonly PlannedPackage[], chosen: Index, base: Index): LockedPackage[] {
  const names = planned.map(({ name }) => name);
  const own = names.map((name) => chosen.get(name)).filter((stanza) => stanza !== undefined);
  const index = new Map([...base, ...own.map((stanza) => [field(stanza, "Package"), stanza] as const)]);
  const stanzas = exactNeeds(names, index).map((name) => index.get(name));
  return stanzas.filter((stanza) => stanza !== undefined).map(lockedPackage);
}

async function lockWheels(wheels: readonly WheelRequest[], progress: Progress): Promise<LockedWheel[]> {
  const locked = await Promise.all(wheels.map((wheel) => lockWheel(wheel, progress)));
  return locked.sort((a, b) => compareText(a.file, b.file));
}

function describeRole(role: HostRole, lock: RoleLock): string {
  const megabytes = lock.packages.reduce((sum, { size }) => sum + size, 0) / 1e6;
  return `${role}: ${lock.packages.length} packages, ${megabytes.toFixed(1)} MB, ${lock.wheels.length} wheels`;
}
