import type { ClusterPlan } from "./plan.ts";
import { releaseNames, releaseTitle } from "./releases.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

type Source = ClusterOptions["packageSources"][number];

const ARMOUR = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const OF_A_REPOSITORY = ["suite", "components", "signedBy"] as const;

/** Each source is a repository or a directory, whole and nothing of the other. */
export function checkPackageSources(book: RuleBook, { packageSources }: ClusterOptions): void {
  for (const [index, source] of packageSources.entries()) checkSource(book, `packageSources[${index}]`, source);
}

function checkSource(book: RuleBook, path: string, source: Source): void {
  const got = Object.keys(source).join(", ") || "nothing";
  const neither = source.url === undefined && source.directory === undefined;
  const both = source.url !== undefined && source.directory !== undefined;
  book.refuse(neither || both, { path, value: source }, [], {
    got,
    allowed: "have either url or directory",
    fix: neither ? "add one of the two" : "make two sources of it",
  });
  if (neither || both) return;
  for (const key of OF_A_REPOSITORY) {
    const subject = { path: `${path}.${key}`, value: source[key] };
    book.refuse(source.url !== undefined && source[key] === undefined, subject, [], {
      allowed: "be set for a repository",
      fix: key === "signedBy" ? "name the vendor's key: unsigned packages are not taken" : "set it",
    });
    book.refuse(source.directory !== undefined && source[key] !== undefined, subject, [], {
      allowed: "not be set for a directory",
      fix: "remove it",
    });
  }
  const key = { path: `${path}.signedBy`, value: source.signedBy };
  const armoured = source.signedBy?.startsWith(ARMOUR) ?? true;
  book.refuse(!armoured && /[\n]|-----/.test(source.signedBy ?? ""), key, [], {
    allowed: `begin with ${ARMOUR} where it is a key and no file`,
    fix: "write the key as the vendor publishes it, or the name of its file",
  });
}

/** A suite that is named after a release has the packages of that one alone. */
export function checkSuites(book: RuleBook, { packageSources, release, hosts }: ClusterPlan): void {
  for (const [index, source] of packageSources.entries()) {
    if (source.kind !== "repository") continue;
    const suite = { path: `packageSources[${index}].suite`, value: source.suite };
    const named = releaseNames.find((name) => new RegExp(`(^|[^a-z])${name}([^a-z]|$)`).test(source.suite));
    const subject = hosts.kind === "lab" ? [] : [{ path: "hosts.release", value: release }];
    book.refuse(named !== undefined && named !== release, suite, subject, {
      allowed: `be one for ${releaseTitle(release)} (${release}), which the machines run`,
      fix: `write ${source.suite.replace(named ?? release, release)}${hosts.kind === "lab" ? "" : `, or hosts.release: ${named ?? release}`}`,
    });
  }
}

/** What the chosen proxy needs from elsewhere. */
export function checkProxy(book: RuleBook, { proxy, packageSources, release }: ClusterPlan): void {
  const sources = { path: "packageSources", value: packageSources.length };
  book.refuse(proxy === "opensips" && packageSources.length === 0, sources, [{ path: "proxy", value: proxy }], {
    got: "none",
    allowed: "have a source of OpenSIPS 3.6 with proxy opensips, since Debian has no such package",
    fix:
      `add the vendor's repository with its key, { url: https://apt.opensips.org, suite: ${release}, components: [3.6-releases], ` +
      "signedBy: keys/opensips.gpg }, or { directory: ... } with its .deb files",
  });
}
