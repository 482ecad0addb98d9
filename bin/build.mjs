// What other projects install of this one, in dist/: the library for `import` and for `require`, its types, and the
// command-line program that the library's resources run. `npm pack` builds it; nothing here is needed in a clone.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const project = resolve(fileURLToPath(import.meta.url), "..", "..");
const dist = join(project, "dist");

/** From where a bundle lies, `dist/<format>/`, to the package's root. */
const roots = {
  esm: 'const packageRoot = new URL("../../", import.meta.url);',
  cjs: 'const packageRoot = require("node:url").pathToFileURL(require("node:path").resolve(__dirname, "../..") + "/");',
};

/** A module finds files of the package from where its source would be. */
const keepLocation = {
  name: "keep-location",
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = JSON.stringify(relative(project, path));
      const contents = readFileSync(path, "utf8").replaceAll("import.meta.url", `new URL(${place}, packageRoot).href`);
      if (contents.includes("import.meta.")) throw new Error(`${place}: only import.meta.url is known here`);
      return { contents, loader: "ts" };
    });
  },
};

async function bundle(format, entryPoints) {
  await build({
    absWorkingDir: project,
    entryPoints,
    outdir: join("dist", format),
    entryNames: "[name]",
    bundle: true,
    splitting: format === "esm",
    platform: "node",
    target: "node20",
    format,
    packages: "external",
    banner: { js: roots[format] },
    plugins: [keepLocation],
    logLevel: "warning",
  });
}

function declare() {
  const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
  const types = join(dist, "esm", "types");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.library.json", "--outDir", types], {
    cwd: project,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("tsc refused the library; its messages are above");
  cpSync(types, join(dist, "cjs", "types"), { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "cjs"), { recursive: true });
// below it, .js and .d.ts are CommonJS
writeFileSync(join(dist, "cjs", "package.json"), '{ "type": "commonjs" }\n');
await bundle("esm", ["library.ts", "cli/main.ts"]);
await bundle("cjs", ["library.ts"]);
declare();
