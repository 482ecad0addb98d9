import { join } from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
import { projectDir } from "../../toolchain/versions.ts";

describe("the command-line program", () => {
  it("loads nothing of Pulumi's SDK, which takes a second, and a change starts it several times", async () => {
    const { metafile } = await build({
      absWorkingDir: projectDir,
      entryPoints: [join("cli", "main.ts")],
      outdir: "none",
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      packages: "external",
      platform: "node",
      format: "esm",
    });
    const loading = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
      imports.some(({ path }) => path.startsWith("@pulumi/")) ? [file] : [],
    );
    expect(loading).to.deep.equal([]);
  });
});
