import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { AptRoot } from "../../bundle/apt.ts";
import { debPath, fetchDebs } from "../../bundle/debs.ts";
import { addExtraSources, sourcesName } from "../../bundle/extraSources.ts";
import type { BundleSources } from "../../bundle/model.ts";
import { readPackageSources } from "../../config/packageFiles.ts";
import { makeDeb, makeRepository, SigningKey } from "../support/debs.ts";
import { twoNodePlan } from "../support/plans.ts";

const TARGET = { release: "bookworm", architecture: "amd64" } as const;
const NO_OTHERS = { list: "", deb822: "" };
const silent = (): void => undefined;

async function has(program: string): Promise<boolean> {
  return (await execa(program, ["--version"], { reject: false, stdin: "ignore" })).exitCode === 0;
}

describe("package sources of the stack file", function () {
  this.timeout("30s");
  let root: string;
  let usualCache: string | undefined;

  before(async function () {
    for (const program of ["apt-get", "dpkg-deb", "gpg"]) {
      if (await has(program)) continue;
      process.stderr.write(`skipped: ${program} is not on this machine\n`);
      this.skip();
    }
  });

  beforeEach(async () => {
    usualCache = process.env["SIP_HA_CACHE_DIR"];
    root = await mkdtemp(join(tmpdir(), "sip-ha-sources-"));
    process.env["SIP_HA_CACHE_DIR"] = join(root, "cache");
    await mkdir(join(root, "pool"));
  });

  afterEach(async () => {
    if (usualCache === undefined) delete process.env["SIP_HA_CACHE_DIR"];
    else process.env["SIP_HA_CACHE_DIR"] = usualCache;
    await rm(root, { recursive: true });
  });

  function directorySources(): BundleSources {
    return readPackageSources(
      { ...twoNodePlan(), packageSources: [{ kind: "directory", directory: "pool" }] },
      root,
    ).map((source) => (source.kind === "directory" ? { ...source, directory: join(root, "pool") } : source));
  }

  async function planned(sources: BundleSources): Promise<readonly string[]> {
    const apt = await AptRoot.open({ ...TARGET, sources }, NO_OTHERS);
    await apt.update(silent);
    return (await apt.plan(["sip-ha-dummy"])).map(({ name, version }) => `${name} ${version}`);
  }

  it("take the packages of a directory, whatever its files are called", async () => {
    await makeDeb(join(root, "pool"), "sip-ha-dummy", "1:2.0-1", "any name%3a.deb");
    expect(await planned(directorySources())).to.deep.equal(["sip-ha-dummy 1:2.0-1"]);
  });

  it("bring a directory's package into the cache by its sha256, where the bundle finds it", async () => {
    await makeDeb(join(root, "pool"), "sip-ha-dummy", "2.0-1");
    const sources = directorySources();
    const apt = await AptRoot.open({ ...TARGET, sources }, NO_OTHERS);
    await apt.update(silent);
    const [stanza] = await apt.show(["sip-ha-dummy"]);
    const sha256 = stanza?.get("SHA256") ?? "";
    await rm(join(root, "pool"), { recursive: true });
    const locked = { name: "sip-ha-dummy", version: "2.0-1", file: "sip-ha-dummy_2.0-1_amd64.deb", sha256, size: 1 };
    await fetchDebs({ version: 1, ...TARGET, roles: noRoles() }, [locked], sources, silent);
    expect((await readFile(debPath(sha256))).length).to.be.above(0);
  });

  it("rejects a package that is not what it was when the stack was planned", async () => {
    const file = await makeDeb(join(root, "pool"), "sip-ha-dummy", "2.0-1");
    const sources = directorySources();
    await writeFile(join(root, "pool", file), "another");
    const refused = await AptRoot.open({ ...TARGET, sources }, NO_OTHERS).then(String, String);
    expect(refused).to.include("when the stack was planned").and.include(file);
  });

  it("keep every byte of a binary key, also a last one that looks like a line's end", async () => {
    const bytes = Buffer.from([0x98, 0x33, 0x00, 0xff, 0x0d, 0x0a]);
    await writeFile(join(root, "key.gpg"), bytes);
    const source = { kind: "repository", url: "http://localhost/", suite: "a", components: ["b"], signedBy: "key.gpg" };
    const plan = { ...twoNodePlan(), packageSources: [{ ...source, kind: "repository" } as const] };
    const text = await addExtraSources(readPackageSources(plan, root), root);
    expect(text).to.include(`Signed-By: ${join(root, "extra-0/key.gpg")}\n`);
    expect((await readFile(join(root, "extra-0/key.gpg"))).equals(bytes)).to.equal(true);
  });

  it("have apt directories of their own, unless there are none", () => {
    expect(sourcesName([])).to.equal("");
    const one = sourcesName([{ kind: "directory", directory: "a", files: [] }]);
    expect(one)
      .to.match(/^-[0-9a-f]{16}$/)
      .and.not.equal(sourcesName([{ kind: "directory", directory: "b", files: [] }]));
  });

  describe("that are a signed repository", () => {
    let key: SigningKey;

    before(async () => {
      key = await SigningKey.make();
    });

    after(async () => {
      await key.remove();
    });

    async function repository(bytes: Buffer): Promise<BundleSources> {
      const file = await makeDeb(join(root, "pool"), "sip-ha-dummy", "3.0-1");
      await makeRepository(root, [file], key);
      const url = `file://${root}`;
      return [{ kind: "repository", url, suite: "bookworm", components: ["main"], key: bytes.toString("base64") }];
    }

    for (const form of ["binary", "armoured"] as const) {
      it(`are taken with their key, ${form}`, async () => {
        const sources = await repository(await key.publicKey(form));
        expect(await planned(sources)).to.deep.equal(["sip-ha-dummy 3.0-1"]);
        const apt = await AptRoot.open({ ...TARGET, sources }, NO_OTHERS);
        const [stanza] = await apt.show(["sip-ha-dummy"]);
        const sha256 = stanza?.get("SHA256") ?? "";
        expect(await apt.download([{ name: "sip-ha-dummy", version: "3.0-1" }], root)).to.equal(undefined);
        expect(sha256).to.match(/^[0-9a-f]{64}$/);
      });
    }

    it("rejects one that another key signs", async () => {
      const other = await SigningKey.make();
      try {
        const sources = await repository(await other.publicKey("binary"));
        const refused = await planned(sources).then(String, String);
        expect(refused)
          .to.include("refresh the package lists")
          .and.match(/NO_PUBKEY|not signed/);
      } finally {
        await other.remove();
      }
    });
  });
});

function noRoles() {
  const none = { install: [], packages: [], wheels: [] };
  return { node: none, database: none, bastion: none, router: none, caller: none, fence: none };
}
