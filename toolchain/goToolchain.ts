import { execa } from "execa";
import { ToolchainError } from "./errors.ts";

/**
 * Finds the Go that builds the CLI.
 * @param oldestGo the version that the CLI's go.mod asks for
 * @throws ToolchainError when there is no Go, or one that is too old
 */
export async function requireGo(oldestGo: string): Promise<string> {
  const result = await execa("go", ["env", "GOVERSION"], {
    reject: false,
    stdin: "ignore",
    env: { GOTOOLCHAIN: "local" },
  });
  const fix = `install Go ${oldestGo} or newer and make it the first go on PATH, or install Pulumi where it can be downloaded`;
  if (result.failed) {
    throw new ToolchainError("look for Go", "no go on PATH, and the Pulumi CLI must be built from its Go module", fix);
  }
  const version = result.stdout.trim().replace(/^go/, "");
  if (isOlder(version, oldestGo))
    throw new ToolchainError("look for Go", `go ${version} is older than ${oldestGo}`, fix);
  return version;
}

/** Compares dotted versions number by number; what follows the numbers (`rc1`, `-X:...`) does not count. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): readonly number[] => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);
  const [left, right] = [numbers(version), numbers(than)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
