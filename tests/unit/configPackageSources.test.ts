import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { packageFileFaults, readPackageSources } from "../../config/packageFiles.ts";
import type { ClusterPlan, PackageSourcePlan } from "../../config/plan.ts";
import { twoNodePlan } from "../support/plans.ts";
import { refusals } from "../support/refusals.ts";

const REPOSITORY = { url: "https://apt.example.net", suite: "bookworm", components: ["main"], signedBy: "key.gpg" };

describe("stack file: package sources", () => {
  refusals([
    [
      "OpenSIPS without a source of its packages",
      { proxy: "opensips" },
      [
        "packageSources must have a source of OpenSIPS 3.6 with proxy opensips, since Debian has no such package, got none; add the vendor's repository with its key, { url: https://apt.opensips.org, suite: bookworm, components: [3.6-releases], signedBy: keys/opensips.gpg }, or { directory: ... } with its .deb files",
      ],
    ],
    [
      "a source that is both or neither",
      { packageSources: [{ ...REPOSITORY, directory: "debs" }, {}] },
      [
        "packageSources[0] must have either url or directory, got url, suite, components, signedBy, directory; make two sources of it",
        "packageSources[1] must have either url or directory, got nothing; add one of the two",
      ],
    ],
    [
      "a repository without its key, and a directory with one",
      {
        packageSources: [
          { ...REPOSITORY, signedBy: undefined },
          { directory: "debs", signedBy: "key.gpg" },
        ],
      },
      [
        "packageSources[0].signedBy must be set for a repository, got nothing; name the vendor's key: unsigned packages are not taken",
        'packageSources[1].signedBy must not be set for a directory, got "key.gpg"; remove it',
      ],
    ],
    [
      "a repository for another release than the lab's machines run",
      { packageSources: [{ ...REPOSITORY, suite: "trixie" }] },
      [
        'packageSources[0].suite must be one for Debian 12 (bookworm), which the machines run, got "trixie"; write bookworm',
      ],
    ],
    [
      "an address with a password",
      { packageSources: [{ ...REPOSITORY, url: "https://user:hush@apt.example.net" }] },
      [
        'packageSources[0].url must be an http or https address without user, password or query, got "https://user:hush@apt.example.net"; change it, for instance url: https://apt.opensips.org',
      ],
    ],
    [
      "a key that is something else",
      { packageSources: [{ ...REPOSITORY, signedBy: "-----BEGIN PRIVATE KEY-----\nhush" }] },
      [
        'packageSources[0].signedBy must begin with -----BEGIN PGP PUBLIC KEY BLOCK----- where it is a key and no file, got "-----BEGIN PRIVATE KEY-----\\nhush"; write the key as the vendor publishes it, or the name of its file',
      ],
    ],
  ]);
});

describe("files that package sources name", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sip-ha-package-files-"));
    mkdirSync(join(root, "debs"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function plan(source: PackageSourcePlan, proxy: ClusterPlan["proxy"] = "opensips"): ClusterPlan {
    return { ...twoNodePlan(), proxy, packageSources: [source] };
  }

  function faults(source: PackageSourcePlan, proxy?: ClusterPlan["proxy"]): readonly string[] {
    return packageFileFaults(plan(source, proxy), root).map(faultLine);
  }

  const directory = { kind: "directory", directory: "debs" } as const;
  const repository = { ...REPOSITORY, kind: "repository" } as const;

  it("are read whole: every package by its sha256, every byte of a key", () => {
    writeFileSync(join(root, "debs/opensips_3.6.8-1_amd64.deb"), "");
    writeFileSync(join(root, "debs/README"), "");
    expect(readPackageSources(plan(directory), root)).to.deep.equal([
      {
        kind: "directory",
        directory: "debs",
        files: [
          {
            file: "opensips_3.6.8-1_amd64.deb",
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          },
        ],
      },
    ]);
    const key = Buffer.from([0xc6, 0xff, 0x0a]);
    writeFileSync(join(root, "key.gpg"), key);
    const { kind, url, suite, components } = repository;
    expect(readPackageSources(plan(repository), root)).to.deep.equal([
      { kind, url, suite, components, key: key.toString("base64") },
    ]);
  });

  it("accept an armoured key, in a file or in the stack file", () => {
    const armoured = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n";
    writeFileSync(join(root, "key.gpg"), armoured);
    expect(faults(repository)).to.deep.equal([]);
    expect(faults({ ...repository, signedBy: armoured })).to.deep.equal([]);
  });

  it("rejects a key that is missing or is none", () => {
    expect(faults(repository)).to.deep.equal([
      `packageSources[0].signedBy must be an OpenPGP public key, got ${join(root, "key.gpg")}, which is no file; give the public key of the repository, as its vendor publishes it`,
    ]);
    writeFileSync(join(root, "key.gpg"), "<html>not found</html>");
    expect(faults(repository)[0]).to.include("key.gpg, which holds something else");
  });

  it("rejects a directory that is missing or has no packages", () => {
    expect(faults(directory)[0]).to.include(`got ${join(root, "debs")} without any`);
    expect(faults({ kind: "directory", directory: "none" })[0]).to.include("which is no directory");
  });

  it("rejects OpenSIPS where the directories hold another version of it", () => {
    writeFileSync(join(root, "debs/opensips_3.4.9-1_amd64.deb"), "");
    expect(faults(directory)).to.deep.equal([
      "packageSources must have a source of OpenSIPS 3.6 with proxy opensips, got no opensips_3.6*.deb among 1 packages; put its packages into the directory, or add the vendor's repository",
    ]);
    expect(faults(directory, "kamailio")).to.deep.equal([]);
  });
});
