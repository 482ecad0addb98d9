import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import ssh2, { type ParsedKey } from "ssh2";
import { deriveSshKey } from "../../components/hosts/sshKey.ts";

const secret = fc.string({ minLength: 16, maxLength: 64 });
const label = fc.string({ maxLength: 30 });

function parsed(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

describe("derived SSH keys", () => {
  it("are the same for the same secret and label", () => {
    fc.assert(
      fc.property(secret, label, (from, of) => {
        expect(deriveSshKey(from, of)).to.deep.equal(deriveSshKey(from, of));
      }),
      { numRuns: 30 },
    );
  });

  it("differ for different labels and for different secrets", () => {
    const keys = [
      ["secret one", "host sip1"],
      ["secret one", "host sip2"],
      ["secret one", "user operator"],
      ["secret two", "host sip1"],
    ].map(([from = "", of = ""]) => deriveSshKey(from, of));
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).to.equal(keys.length);
    expect(new Set(keys.map(({ privateKey }) => privateKey)).size).to.equal(keys.length);
  });

  it("are read by ssh2, which signs with the private one what the public one verifies", () => {
    fc.assert(
      fc.property(secret, label, (from, of) => {
        const key = deriveSshKey(from, of);
        const own = parsed(key.privateKey);
        const other = parsed(key.publicKey);
        expect([own.type, own.isPrivateKey(), other.isPrivateKey()]).to.deep.equal(["ssh-ed25519", true, false]);
        expect(other.getPublicSSH().toString("base64")).to.equal(key.publicKey.split(" ")[1]);
        expect(other.verify("some data", own.sign("some data"))).to.equal(true);
        expect(other.verify("other data", own.sign("some data"))).to.equal(false);
      }),
      { numRuns: 30 },
    );
  });

  it("are read by ssh-keygen, which finds the same public key", function () {
    if (spawnSync("ssh-keygen", ["-?"]).error) this.skip();
    const directory = mkdtempSync(join(tmpdir(), "sip-ha-key-"));
    const key = deriveSshKey("a secret of the stack", "host sip1");
    const file = join(directory, "key");
    writeFileSync(file, key.privateKey, { mode: 0o600 });
    const found = execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" });
    rmSync(directory, { recursive: true });
    expect(found.trim()).to.equal(key.publicKey);
  });
});
