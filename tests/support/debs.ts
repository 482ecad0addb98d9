import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** Makes a package without content in a directory and answers its file's name. */
export async function makeDeb(into: string, name: string, version: string, file?: string): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), "sip-ha-deb-"));
  const target = file ?? `${name}_${version}_amd64.deb`;
  try {
    await mkdir(join(tree, "DEBIAN"));
    const control = {
      Package: name,
      Version: version,
      Architecture: "amd64",
      Maintainer: "tests",
      Description: "none",
    };
    await writeFile(join(tree, "DEBIAN/control"), lines(control));
    await execa("dpkg-deb", ["--root-owner-group", "--build", tree, join(into, target)]);
  } finally {
    await rm(tree, { recursive: true });
  }
  return target;
}

/**
 * Makes of a package one of a later version, and of those that need exactly its version likewise.
 *
 * @param suffix of the version
 * @param change of its content, in the tree at a path; default: none
 */
export async function repackDeb(
  deb: string,
  into: string,
  suffix: string,
  change: (tree: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), "sip-ha-deb-"));
  try {
    const { stdout: version } = await execa("dpkg-deb", ["--field", deb, "Version"]);
    await execa("dpkg-deb", ["--raw-extract", deb, tree]);
    const control = join(tree, "DEBIAN/control");
    await writeFile(control, (await readFile(control, "utf8")).replaceAll(version, `${version}${suffix}`));
    await change(tree);
    await execa("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", tree, into]);
  } finally {
    await rm(tree, { recursive: true });
  }
}

function lines(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

/** A key that signs repositories, in a directory of its own. */
export class SigningKey {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  static async make(): Promise<SigningKey> {
    const key = new SigningKey(await mkdtemp(join(tmpdir(), "sip-ha-gpg-")));
    await key.#gpg("--quick-generate-key", "tests <tests@example.net>", "ed25519", "sign", "never");
    return key;
  }

  /** The public key, binary or armoured. */
  async publicKey(form: "binary" | "armoured"): Promise<Buffer> {
    return this.#gpg(...(form === "armoured" ? ["--armor"] : []), "--export");
  }

  async clearSign(text: string): Promise<Buffer> {
    const file = join(this.#home, "text");
    await writeFile(file, text);
    return this.#gpg("--clearsign", "--output", "-", file);
  }

  async remove(): Promise<void> {
    await execa("gpgconf", ["--homedir", this.#home, "--kill", "all"], { reject: false });
    await rm(this.#home, { recursive: true, force: true });
  }

  async #gpg(...words: readonly string[]): Promise<Buffer> {
    const options = ["--homedir", this.#home, "--batch", "--yes", "--passphrase", "", "--pinentry-mode", "loopback"];
    const { stdout } = await execa("gpg", [...options, ...words], {
      encoding: "buffer",
      stdin: "ignore",
      // the last byte of a key may look like the end of a line
      stripFinalNewline: false,
    });
    return Buffer.from(stdout);
  }
}

/** Turns the .deb files of `root`/pool into a repository with one suite and one component, signed by the key. */
export async function makeRepository(root: string, files: readonly string[], key: SigningKey): Promise<void> {
  const binary = join(root, "dists/bookworm/main/binary-amd64");
  await mkdir(binary, { recursive: true });
  const stanzas: string[] = [];
  for (const file of files) {
    const bytes = await readFile(join(root, "pool", file));
    const { stdout } = await execa("dpkg-deb", ["--field", join(root, "pool", file)]);
    stanzas.push(`${stdout}\nFilename: pool/${file}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`);
  }
  const index = Buffer.from(stanzas.join("\n"));
  await writeFile(join(binary, "Packages"), index);
  const release = lines({ Suite: "bookworm", Codename: "bookworm", Components: "main", Architectures: "amd64" });
  const sums = `SHA256:\n ${sha256(index)} ${index.length} main/binary-amd64/Packages\n`;
  await writeFile(join(root, "dists/bookworm/InRelease"), await key.clearSign(release + sums));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
