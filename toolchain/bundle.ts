import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { cacheDir } from "../cli/directories.ts";
import { buildingPath } from "./building.ts";
import { ToolchainError } from "./errors.ts";
import { projectDir } from "./versions.ts";

/** Optional compiled parts of dependencies; each has a JavaScript fallback that is used when the file is absent. */
const withoutCompiledParts: Plugin = {
  name: "without-compiled-parts",
  setup(bundle) {
    bundle.onResolve({ filter: /\.node$|^cpu-features$/ }, (found) => ({ path: found.path, external: true }));
  },
};

/** Written in two parts, or a bundler that bundles this program would resolve it here. */
const bundleUrl = ["import.meta", "url"].join(".");

/** What bundled CommonJS modules expect to find, in a module. */
const commonJsNames = [
  'import * as bundledModule from "node:module";',
  'import * as bundledPath from "node:path";',
  'import * as bundledUrl from "node:url";',
  `const require = bundledModule.createRequire(${bundleUrl});`,
  `const __filename = bundledUrl.fileURLToPath(${bundleUrl});`,
  "const __dirname = bundledPath.dirname(__filename);",
].join("\n");

/** The executable: a file without an ending is CommonJS for Node.js, and `__dirname` has links resolved. */
const starter = `#!/usr/bin/env node
import(require("node:path").join(__dirname, "program.mjs"));
`;

/**
 * One self-contained executable made of a TypeScript program and everything it imports.
 * It lives in the cache under the hash of the sources and of package-lock.json, so it outlives the clone that made it.
 * @param name the executable's file name
 * @param entry the program, relative to the project
 * @returns the executable's path
 * @throws ToolchainError when the program does not compile
 */
export async function bundled(name: string, entry: string): Promise<string> {
  const target = bundlePath(name, entry);
  if (existsSync(target)) return target;
  const building = buildingPath(dirname(target));
  mkdirSync(building, { recursive: true });
  try {
    await buildProgram(entry, join(building, "program.mjs"));
    writeFileSync(join(building, name), starter, { mode: 0o755 });
    rmSync(dirname(target), { recursive: true, force: true });
    renameSync(building, dirname(target));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ToolchainError(`bundle ${name}`, said, "run npm ci and try again");
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return target;
}

async function buildProgram(entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: projectDir,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    legalComments: "none",
    logLevel: "silent",
    banner: { js: commonJsNames },
    plugins: [withoutCompiledParts],
  });
}

/** Where {@link bundled} puts it; existing means finished. */
export function bundlePath(name: string, entry: string): string {
  const hash = createHash("sha256").update(readFileSync(dependenciesFile()));
  for (const file of sourceFiles())
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(projectDir, file)));
  hash.update(entry);
  return join(cacheDir(), "bundles", `${name}-${hash.digest("hex").slice(0, 16)}`, name);
}

/** An installed package has no lock of its own. */
function dependenciesFile(): string {
  const lock = join(projectDir, "package-lock.json");
  return existsSync(lock) ? lock : join(projectDir, "package.json");
}

/** Everything that a bundle may be made of; coarse on purpose, a bundle takes a fraction of a second. */
function sourceFiles(): readonly string[] {
  return ["toolchain", "cli/directories.ts"].flatMap((path) => filesBelow(path)).sort();
}

function filesBelow(path: string): readonly string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(join(projectDir, path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(path, file));
}
