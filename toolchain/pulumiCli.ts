import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../cli/directories.ts";
import { buildingPath } from "./building.ts";
import { requireGo } from "./goToolchain.ts";
import { run } from "./processes.ts";
import { projectDir } from "./versions.ts";

const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Where the CLI that this project builds is kept: under the hash of the module files that fix its sources. */
export function builtCliPath(version: string): string {
  const hash = createHash("sha256").update(version);
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(moduleDir(), file)));
  return join(cacheDir(), "pulumi-cli", `${version}-${hash.digest("hex").slice(0, 16)}`, "pulumi");
}

/**
 * Builds the Pulumi CLI from its published Go module, unless that was done before.
 * go.sum names every module, so `-mod=readonly` needs no checksum server and GOSUMDB can be off.
 * @param onLine each package as it is compiled
 */
export async function buildCli(version: string, onLine: (line: string) => void): Promise<string> {
  const target = builtCliPath(version);
  if (existsSync(target)) return target;
  await requireGo(oldestGo());
  const building = buildingPath(target);
  const linker = `-s -w -X ${versionVariable}=v${version}`;
  try {
    await run("go", ["build", "-v", "-mod=readonly", "-ldflags", linker, "-o", building, cliPackage], {
      step: "build the Pulumi CLI from its Go module",
      fix: "check that the Go module proxy can be reached (go env GOPROXY) and run the command again; it goes on where it stopped",
      cwd: moduleDir(),
      env: { GOSUMDB: "off", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-buildvcs=false" },
      onLine,
    });
    renameSync(building, target);
  } finally {
    rmSync(building, { force: true });
  }
  return target;
}

function oldestGo(): string {
  return /^go (\S+)$/m.exec(readFileSync(join(moduleDir(), "go.mod"), "utf8"))?.[1] ?? "0";
}

function moduleDir(): string {
  return join(projectDir, "toolchain", "pulumi-cli");
}
