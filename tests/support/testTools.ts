import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";

/** Programs that only the tests need, by the Debian package that has them. */
const TOOLS = {
  shellcheck: "shellcheck",
  shfmt: "shfmt",
  bats: "bats",
  git: "git",
  m4: "m4",
  python3: "python3",
} as const;

/**
 * Installs the test tools that the machine lacks.
 * @throws Error naming what is missing when it cannot install them.
 */
export async function ensureTestTools(say: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(TOOLS)) if (!(await onPath(program))) missing.push(name);
  if (missing.length === 0) return;
  say(`installing what the tests need from Debian's packages: ${missing.join(", ")}`);
  const install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const first = await execa("sudo", ["-n", "true"], { reject: false });
  const prefix = process.getuid?.() === 0 || first.failed ? [] : ["sudo", "-n"];
  const run = async (words: readonly string[]): Promise<boolean> => {
    const [program = "", ...args] = [...prefix, ...words];
    const result = await execa(program, args, { env, stdio: ["ignore", "ignore", "inherit"], reject: false });
    return result.exitCode === 0;
  };
  if (await run(install)) return;
  await run(["apt-get", "update", "-qq"]);
  if (!(await run(install))) throw new Error(`the tests need ${missing.join(", ")}; install them and run again`);
}

async function onPath(program: string): Promise<boolean> {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
