import { AptRoot } from "./apt.ts";
import { exactNeeds, field, installedStatus, lockedPackage, type PlannedPackage, type Stanza } from "./control.ts";
import {
  compareText,
  ROLES,
  type BundleLock,
  type BundleRequest,
  type Progress,
  type RoleLock,
  type WheelRequest,
} from "./model.ts";
import { lockWheel } from "./wheel.ts";

/**
 * What every Debian 12 has, however it was installed; in apt's search patterns (apt-patterns(7)).
 * usr-is-merged and not usrmerge, which brings perl: debootstrap prefers the former, upgraded systems have the latter.
 */
const BASE = ["?essential", "apt", "usr-is-merged", "usrmerge-"];

/** Base packages as index paragraphs, and as a dpkg status on which they are installed. */
interface Base {
  readonly stanzas: readonly Stanza[];
  readonly status: string;
}

/**
 * Decides which versions the hosts of each role get: the newest that the controller's package sources have, with
 * everything they need that a bare Debian may lack.
 * @throws AptError when a name is unknown or the sources do not answer, WheelError likewise.
 */
export async function resolveLock(request: BundleRequest, progress: Progress): Promise<BundleLock> {
  const apt = await AptRoot.open(request);
  await apt.update(progress);
  const base = await resolveBase(apt);
  const role = async (name: (typeof ROLES)[number]): Promise<RoleLock> => {
    const lock = await resolveRole(apt, base, request.roles[name], request.wheels[name], progress);
    const bytes = lock.packages.reduce((sum, each) => sum + each.size, 0);
    progress(`${name}: ${lock.packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB, ${lock.wheels.length} wheels`);
    return lock;
  };
  const { release, architecture } = request;
  const roles = {
    node: await role("node"),
    database: await role("database"),
    bastion: await role("bastion"),
    router: await role("router"),
    caller: await role("caller"),
  };
  return { version: 1, release, architecture, roles };
}

async function resolveBase(apt: AptRoot): Promise<Base> {
  const planned = await apt.plan(BASE);
  const stanzas = await stanzasOf(apt, planned);
  return { stanzas, status: installedStatus(stanzas) };
}

async function resolveRole(
  apt: AptRoot,
  base: Base,
  install: readonly string[],
  wheels: readonly WheelRequest[],
  progress: Progress,
): Promise<RoleLock> {
  const planned = install.length === 0 ? [] : await apt.plan(install, base.status);
  const stanzas = await stanzasOf(apt, planned);
  const index = new Map([...base.stanzas, ...stanzas].map((stanza) => [field(stanza, "Package"), stanza]));
  const names = exactNeeds(
    planned.map(({ name }) => name),
    index,
  );
  const chosen = names.map((name) => index.get(name)).filter((stanza) => stanza !== undefined);
  const locked = await Promise.all(wheels.map((wheel) => lockWheel(wheel, progress)));
  return {
    install: [...new Set(install)].sort(compareText),
    packages: chosen.map(lockedPackage),
    wheels: locked.sort((a, b) => compareText(a.file, b.file)),
  };
}

async function stanzasOf(apt: AptRoot, planned: readonly PlannedPackage[]): Promise<Stanza[]> {
  const versions = new Map(planned.map(({ name, version }) => [name, version]));
  const known = await apt.show([...versions.keys()]);
  return known.filter((stanza) => versions.get(field(stanza, "Package")) === stanza.get("Version"));
}
