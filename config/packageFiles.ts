import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Fault } from "./faults.ts";
import type { ClusterPlan, PackageSourcePlan } from "./plan.ts";

/** A package source with what its files hold: all that a lock depends on. */
export type PackageSource =
  | {
      readonly kind: "repository";
      readonly url: string;
      readonly suite: string;
      readonly components: string[];
      /** The key's bytes in base64; text would not carry a binary key whole. */
      readonly key: string;
    }
  | {
      readonly kind: "directory";
      readonly directory: string;
      readonly files: { readonly file: string; readonly sha256: string }[];
    };

/**
 * The package sources of a plan.
 *
 * @param root the project's directory
 * @throws Error where a file cannot be read, which {@link packageFileFaults} says better
 */
export function readPackageSources({ packageSources }: ClusterPlan, root: string): PackageSource[] {
  return packageSources.map((source) => readSource(source, root));
}

function readSource(source: PackageSourcePlan, root: string): PackageSource {
  if (source.kind === "repository") {
    const { kind, url, suite, components, signedBy } = source;
    return { kind, url, suite, components: [...components], key: keyBytes(signedBy, root).toString("base64") };
  }
  const directory = resolve(root, source.directory);
  const files = debsIn(directory).map((file) => ({ file, sha256: digest(readFileSync(resolve(directory, file))) }));
  return { kind: "directory", directory: source.directory, files };
}

function keyBytes(signedBy: string, root: string): Buffer {
  return signedBy.startsWith("-----") ? Buffer.from(`${signedBy.trim()}\n`) : readFileSync(resolve(root, signedBy));
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function debsIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".deb"))
    .sort();
}

/** What is wrong with the files and directories that a plan's package sources name; reads, changes nothing. */
export function packageFileFaults(plan: ClusterPlan, root: string): readonly Fault[] {
  const own = plan.packageSources.flatMap((source, index) =>
    source.kind === "repository"
      ? keyFaults(`packageSources[${index}].signedBy`, source.signedBy, root)
      : directoryFaults(`packageSources[${index}].directory`, resolve(root, source.directory)),
  );
  return own.length > 0 ? own : proxyFaults(plan, root);
}

function keyFaults(path: string, signedBy: string, root: string): readonly Fault[] {
  const fix = "give the public key of the repository, as its vendor publishes it";
  const fault = (got: string): readonly Fault[] => [{ path, got, allowed: "be an OpenPGP public key", fix }];
  const file = resolve(root, signedBy);
  if (!signedBy.startsWith("-----") && !isA(file, "isFile")) return fault(`${file}, which is no file`);
  const bytes = keyBytes(signedBy, root);
  // RFC 4880 4.2: bit 7 is set in each packet's first octet; tag 6 is a public key, in the old or the new format.
  const [first = 0] = bytes;
  const binary = (first & 0xfc) === 0x98 || first === 0xc6;
  if (binary || bytes.toString("latin1").startsWith("-----BEGIN PGP PUBLIC KEY BLOCK-----")) return [];
  return fault(signedBy.startsWith("-----") ? "other text" : `${file}, which holds something else`);
}

function directoryFaults(path: string, directory: string): readonly Fault[] {
  const allowed = "be a directory with .deb files";
  const fix = "put the packages there, or name another directory";
  if (!isA(directory, "isDirectory")) return [{ path, got: `${directory}, which is no directory`, allowed, fix }];
  return debsIn(directory).length > 0 ? [] : [{ path, got: `${directory} without any`, allowed, fix }];
}

function isA(path: string, what: "isFile" | "isDirectory"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[what]() ?? false;
}

/** Without a repository, what the directories hold is all there is. */
function proxyFaults({ proxy, packageSources }: ClusterPlan, root: string): readonly Fault[] {
  if (proxy !== "opensips") return [];
  const names = packageSources.flatMap((source) =>
    source.kind === "directory" ? debsIn(resolve(root, source.directory)) : ["opensips_3.6"],
  );
  if (names.some((name) => name.startsWith("opensips_3.6"))) return [];
  return [
    {
      path: "packageSources",
      got: `no opensips_3.6*.deb among ${names.length} packages`,
      allowed: "have a source of OpenSIPS 3.6 with proxy opensips",
      fix: "put its packages into the directory, or add the vendor's repository",
    },
  ];
}
