import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const PROGRAMS = ["sh", "sleep", "true", "false"];

/** Images `name:1` and `name:2` (of another content) with just a shell, made of this machine's own programs. */
export function importTinyImages(name: string): void {
  const root = mkdtempSync(join(tmpdir(), "tiny-image-"));
  try {
    for (const program of PROGRAMS) copyProgram(program, root);
    for (const directory of ["etc", "tmp", "data", "data2", "host", "proc", "sys", "dev"]) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    for (const version of ["1", "2"]) {
      writeFileSync(join(root, "etc", "version"), version);
      importTree(root, `${name}:${version}`);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

function copyProgram(program: string, root: string): void {
  const path = execFileSync("sh", ["-c", `command -v ${program === "sh" ? "sh" : `/bin/${program}`}`], {
    encoding: "utf8",
  });
  copy(path.trim(), join(root, "bin", program));
  const libraries = execFileSync("ldd", [realpathSync(path.trim())], { encoding: "utf8" });
  for (const [, library = ""] of libraries.matchAll(/(\/[^\s()]+)/g)) copy(library, join(root, library));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}

function importTree(root: string, image: string): void {
  const archive = join(dirname(root), `${basename(root)}.tar`);
  try {
    execFileSync("tar", ["-C", root, "-cf", archive, "."]);
    execFileSync("docker", ["import", archive, image], { stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    rmSync(archive, { force: true });
  }
}
