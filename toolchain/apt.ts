import { existsSync } from "node:fs";
import { ToolchainError } from "./errors.ts";
import { run } from "./processes.ts";

/** Whether missing programs can be installed here: Debian or Ubuntu, and we are root. */
export function canInstallPackages(): boolean {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

/**
 * Installs distribution packages; refreshes the package lists only when they are too old to find them.
 * @throws ToolchainError with apt's own words
 */
export async function installPackages(packages: readonly string[], onLine: (line: string) => void): Promise<void> {
  const step = `install ${packages.join(" ")}`;
  const fix = `run apt-get update && apt-get install ${packages.join(" ")} by hand and see what it says`;
  if (!canInstallPackages()) throw new ToolchainError(step, "needs Debian or Ubuntu and root", fix);
  const options = { step, fix, onLine, env: { DEBIAN_FRONTEND: "noninteractive" } };
  const install = ["install", "-y", "-q", "--no-install-recommends", ...packages];
  try {
    await run("apt-get", install, options);
  } catch {
    onLine("apt-get update, since the packages were not found as listed");
    await run("apt-get", ["update", "-q"], options);
    await run("apt-get", install, options);
  }
}
