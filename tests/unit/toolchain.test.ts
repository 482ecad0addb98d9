import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { cacheDir, stateDir } from "../../cli/directories.ts";
import { isOlder } from "../../toolchain/goToolchain.ts";
import { labImageName } from "../../toolchain/labImageName.ts";
import { restored } from "../../toolchain/launcher/stackFiles.ts";
import { removeTornNotes } from "../../toolchain/interruptedWrites.ts";
import { withLock } from "../../toolchain/locks.ts";
import { envShellLines } from "../../toolchain/shellEnv.ts";
import { clearStaleLock } from "../../toolchain/staleLock.ts";
import { findBackend } from "../../toolchain/state.ts";
import { readVersions } from "../../toolchain/versions.ts";

describe("toolchain", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sip-ha-test-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  describe("directories", () => {
    it("follow the XDG variables, and the project's own before those", () => {
      expect(cacheDir({ XDG_CACHE_HOME: "/x" })).to.equal("/x/sip-ha");
      expect(cacheDir({ XDG_CACHE_HOME: "/x", SIP_HA_CACHE_DIR: "/y" })).to.equal("/y");
      expect(stateDir({ XDG_STATE_HOME: "/x" })).to.equal("/x/sip-ha");
      expect(stateDir({ XDG_STATE_HOME: "/x", SIP_HA_STATE_DIR: "" })).to.equal("/x/sip-ha");
    });
  });

  describe("notes beside the state", () => {
    it("are removed when a killed run left them torn, and whole ones stay", () => {
      const stacks = join(directory, ".pulumi", "stacks", "sip-ha");
      mkdirSync(stacks, { recursive: true });
      writeFileSync(join(stacks, "dev.json"), "{}");
      writeFileSync(join(stacks, "dev.json.attrs"), "");
      writeFileSync(join(stacks, "other.json.attrs"), '{"user.content_type":"text/plain"}');
      expect(removeTornNotes(directory)).to.deep.equal([
        "removed stacks/sip-ha/dev.json.attrs from the state directory, which a killed run had begun to write",
      ]);
      expect(readdirSync(stacks).sort()).to.deep.equal(["dev.json", "other.json.attrs"]);
      expect(removeTornNotes(directory)).to.deep.equal([]);
    });
  });

  describe("versions", () => {
    it("compare number by number", () => {
      expect(isOlder("1.25.8", "1.25.11")).to.equal(true);
      expect(isOlder("1.26", "1.25.11")).to.equal(false);
      expect(isOlder("1.25.11", "1.25.11")).to.equal(false);
    });

    it("come from package.json", () => {
      expect(readVersions().plugins).to.have.all.keys("command", "random", "docker");
    });

    it("rejects a range, since a plugin must have one version", () => {
      const manifest = JSON.stringify({ dependencies: { pulumi: "^3.0.0" } });
      expect(() => readVersions(manifest)).to.throw("must pin pulumi to one exact version, got ^3.0.0");
    });
  });

  it("names the lab image by its content", () => {
    expect(labImageName()).to.match(/^sip-ha\/debian12:[0-9a-f]{16}$/);
    expect(labImageName()).to.equal(labImageName());
    expect(labImageName("trixie")).to.match(/^sip-ha\/debian13:[0-9a-f]{16}$/);
  });

  describe("a stack file after the CLI ran", () => {
    const before = "# comment\nconfig:\n  a: { b: 1 }\n";
    const known = (salt: string): boolean => salt === "v1:known";

    it("is what it was when only the salt and the spacing changed", () => {
      const now = "# comment\nconfig:\n  a: {b: 1}\nencryptionsalt: v1:known\n";
      expect(restored(before, now, known)).to.equal(before);
    });

    it("keeps what the user set, without the salt", () => {
      const now = "encryptionsalt: v1:known\nconfig:\n  a: {b: 1}\n  c: 2\n";
      expect(restored(before, now, known)).to.equal("config:\n  a: {b: 1}\n  c: 2\n");
    });

    it("keeps a salt that the state does not hold", () => {
      const now = "config: {}\nencryptionsalt: v1:other\n";
      expect(restored("config: {}\n", now, known)).to.equal(now);
    });

    it("loses the salt that a killed run left", () => {
      const left = `${before}encryptionsalt: v1:known\n`;
      expect(restored(left, left, known)).to.equal(before);
    });
  });

  describe("the backend", () => {
    it("is one in the state directory without a choice", () => {
      const backend = findBackend(directory, { SIP_HA_STATE_DIR: "/s" });
      expect(backend).to.deep.include({ own: true, url: "file:///s/backend" });
      expect(backend.env["PULUMI_CONFIG_PASSPHRASE_FILE"]).to.equal("/s/passphrase");
    });

    it("is the user's choice: a variable, a login, a token, in that order", () => {
      const token = { SIP_HA_STATE_DIR: "/s", PULUMI_ACCESS_TOKEN: "x" };
      expect(findBackend(directory, token)).to.deep.include({ own: false, url: "https://api.pulumi.com" });
      writeFileSync(join(directory, "credentials.json"), JSON.stringify({ current: "s3://bucket" }));
      expect(findBackend(directory, token).url).to.equal("s3://bucket");
      expect(findBackend(directory, { ...token, PULUMI_BACKEND_URL: "file:///b" }).url).to.equal("file:///b");
    });

    it("is still its own in a shell that it prepared", () => {
      const env = { SIP_HA_STATE_DIR: "/s", PULUMI_BACKEND_URL: "file:///s/backend" };
      expect(findBackend(directory, env).own).to.equal(true);
    });
  });

  it("prints the environment quoted for a shell", () => {
    const toolchain = { env: { A: "it's" }, standIns: [], image: "", backend: { url: "", own: true } };
    expect(envShellLines(toolchain)).to.deep.equal(["export A='it'\\''s'"]);
  });

  describe("locks", () => {
    it("keep the second run waiting, and leave nothing behind", async () => {
      const order: string[] = [];
      const work = (name: string) => async (): Promise<void> => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`${name} ends`);
      };
      const waits: number[] = [];
      const take = (name: string) => withLock(directory, "x", (pid) => waits.push(pid), work(name));
      await Promise.all([take("first"), take("second")]);
      expect(order).to.deep.equal(["first begins", "first ends", "second begins", "second ends"]);
      expect(waits).to.deep.equal([process.pid]);
      expect(readdirSync(directory)).to.deep.equal([]);
    });

    it("are taken from a run that no longer lives", async () => {
      writeFileSync(join(directory, "x.lock"), "4194304999");
      expect(
        await withLock(
          directory,
          "x",
          () => undefined,
          () => Promise.resolve("done"),
        ),
      ).to.equal("done");
    });

    it("rejects a stack that another machine holds, and says who", async () => {
      const locks = join(directory, ".pulumi", "locks", "organization", "sip-ha", "dev");
      mkdirSync(locks, { recursive: true });
      const lock = { pid: 7, username: "operator", hostname: `not-${hostname()}`, timestamp: "2026-01-02T03:04:05Z" };
      writeFileSync(join(locks, "a.json"), JSON.stringify(lock));
      const toolchain = { env: {}, standIns: [], image: "", backend: { url: `file://${directory}`, own: false } };
      const refusal = await clearStaleLock(toolchain, "dev").then(() => "", String);
      expect(refusal).to.contain(`process 7 of operator on not-${hostname()} holds it since 2026-01-02T03:04:05Z`);
      expect(refusal).to.contain("run pulumi cancel -s dev");
    });
  });
});
