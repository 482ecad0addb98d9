// The command-line program as one bundle: loading its modules one by one through a TypeScript loader takes three
// times as long as running most verbs, and the stack itself starts it several times.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(project, "node_modules", ".cache", "sip-ha");

/** Packages with compiled parts, or with files beside their code. */
const unbundled = ["@pulumi/*", "@grpc/*", "google-protobuf", "dockerode", "esbuild", "listr2", "mocha", "ssh2", "tsx"];

/** Runs `cli/main.ts`, bundled anew when any source has changed. */
export async function runProgram() {
  const target = join(cache, sourcesKey());
  if (!existsSync(target)) await bundle(target);
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(target, "main.js")).href);
}

/** Runs what `npm pack` has bundled, where this is a dependency of another project. */
export async function runBuiltProgram() {
  await import(pathToFileURL(join(project, "dist", "esm", "main.js")).href);
}

async function bundle(target) {
  const { build } = await import("esbuild");
  const building = `${target}.${process.pid}`;
  try {
    await build({
      entryPoints: [join(project, "cli", "main.ts")],
      outdir: building,
      bundle: true,
      splitting: true,
      platform: "node",
      target: "node20",
      format: "esm",
      sourcemap: true,
      external: unbundled,
      // Bundled CommonJS packages call require.
      banner: {
        js: 'import * as nodeModule from "node:module"; const require = nodeModule.createRequire(import.meta.url);',
      },
      plugins: [keepOwnLocation],
    });
    renameSync(building, target);
  } catch (error) {
    // Another run may have finished the same bundle a moment earlier.
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** A module finds files of the project from where its source is, not from where the bundle is. */
const keepOwnLocation = {
  name: "keep-own-location",
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const contents = readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.filename", JSON.stringify(path));
      return { contents, loader: "ts" };
    });
  },
};

/** Changes with the sources, the dependencies and the place of the clone. */
function sourcesKey() {
  const hash = createHash("sha256").update(project);
  for (const path of ["package-lock.json", join("bin", "program.mjs"), ...sources()]) {
    const { mtimeMs, size } = statSync(join(project, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

const notPartOfIt = ["dist", "examples", "node_modules", "reports"];

function sources() {
  return readdirSync(project, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !notPartOfIt.includes(entry.name) && !entry.name.startsWith("."))
    .flatMap(({ name }) =>
      readdirSync(join(project, name), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(name, file)),
    )
    .sort();
}
