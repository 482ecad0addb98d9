import { createHash } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir } from "../cli/directories.ts";
import type { Provider, Versions } from "./versions.ts";

/** Every piece of a PULUMI_HOME, each an official one or one of the closed-network kit. */
export interface HomePieces {
  readonly versions: Versions;
  readonly cli: string;
  /** The kit's own; undefined with the official CLI, which has its language host beside it. */
  readonly languageHost: string | undefined;
  readonly launcher: string;
  /** Directory of each plugin. */
  readonly plugins: ReadonlyMap<Provider, string>;
  /** The user's login, when there is one. */
  readonly credentials: string | undefined;
}

/**
 * Makes a PULUMI_HOME of links to the pieces, under the hash of what they are; another clone with other pieces has
 * another one, so neither changes what the other is running.
 */
export function makePulumiHome(pieces: HomePieces): string {
  const home = pulumiHomePath(pieces);
  for (const [path, target] of Object.entries(homeLinks(pieces))) link(target, join(home, path), symlinkSync);
  // The CLI looks for its language host beside its own file, links resolved; so the kit's CLI is a second name of it.
  link(pieces.cli, join(home, "lib", "pulumi"), pieces.languageHost === undefined ? symlinkSync : linkSync);
  return home;
}

/** Where {@link makePulumiHome} puts it. */
export function pulumiHomePath(pieces: HomePieces): string {
  const content = JSON.stringify([pieces.cli, Object.entries(homeLinks(pieces)).sort()]);
  return join(cacheDir(), "pulumi-home", createHash("sha256").update(content).digest("hex").slice(0, 16));
}

/** Path inside the home, and what it points at. */
export function homeLinks(pieces: HomePieces): Readonly<Record<string, string>> {
  return {
    [join("versions", pieces.versions.cli, "bin", "pulumi")]: pieces.launcher,
    ...(pieces.languageHost === undefined ? {} : { [join("lib", "pulumi-language-nodejs")]: pieces.languageHost }),
    ...(pieces.credentials === undefined ? {} : { "credentials.json": pieces.credentials }),
    ...Object.fromEntries(
      [...pieces.plugins].flatMap(([name, directory]) =>
        // The CLI passes over a plugin whose directory is a link.
        readdirSync(directory).map((file) => [
          join("plugins", `resource-${name}-v${pieces.versions.plugins[name]}`, file),
          join(directory, file),
        ]),
      ),
    ),
  };
}

/** A new link takes the old one's place at once, for a CLI that may be starting right now. */
function link(target: string, path: string, make: (target: string, path: string) => void): void {
  if (isSame(target, path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  make(target, fresh);
  renameSync(fresh, path);
}

function isSame(target: string, path: string): boolean {
  if (!existsSync(path)) return false;
  const [left, right] = [statSync(target), statSync(path)];
  return left.ino === right.ino && left.dev === right.dev;
}
