import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { projectDir } from "../../toolchain/versions.ts";

/** Runs the example with Pulumi's mocks and prints what it asked for; JavaScript, since it runs where it is installed. */
const RUN_WITH_MOCKS = `
import * as pulumi from "@pulumi/pulumi";
const asked = {};
const newResource = ({ name, inputs }) => {
  asked[name] = inputs;
  return { id: name, state: { ...inputs, result: "a-password-that-is-long", stdout: "{}" } };
};
await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "edge-of-my-own", "dev");
await import("./index.ts");
await pulumi.runtime.disconnect();
process.stdout.write(JSON.stringify(asked));
`;

const ASK_BY_REQUIRE = `
const { clusterPlan } = require("sip-ha");
try { clusterPlan({}, { stack: "mine", directory: "." }); } catch (error) { process.stdout.write(error.message); }
`;

const askedSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

describe("the package that other projects install", function () {
  this.timeout("5m");
  let directory: string;

  const run = async (program: string, ...words: readonly string[]): Promise<string> =>
    (await execa(program, words, { cwd: directory, preferLocal: true, localDir: directory, stderr: "inherit" })).stdout;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "sip-ha-package-"));
    await execa("npm", ["pack", "--silent", "--pack-destination", directory], { cwd: projectDir, stderr: "inherit" });
    for (const file of ["index.ts", "tsconfig.json", "package.json"]) {
      await cp(join(projectDir, "examples", "library", file), join(directory, file));
    }
    // as npm would lay it out, from packages that are here already
    await run("cp", "-al", join(projectDir, "node_modules"), "node_modules");
    await run("tar", "-xzf", "sip-ha-0.1.0.tgz");
    await run("mv", "package", "node_modules/sip-ha");
  });

  after(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it("holds what its programs need, and no test", async () => {
    const installed = await run("find", "node_modules/sip-ha", "-type", "f", "-printf", "%P\n");
    expect(installed.split("\n")).to.include.members([
      "dist/esm/library.js",
      "dist/esm/main.js",
      "dist/cjs/library.js",
      "dist/esm/types/library.d.ts",
      "files/node/usr/lib/sip-ha/engine",
      "bundle/receive.sh",
      "bin/sip-ha.mjs",
    ]);
    expect(installed).to.not.match(/^(tests|reports|Pulumi\..*yaml)/m);
  });

  it("has types that the example passes, and a mistyped option does not", async () => {
    await run("tsc", "-p", ".");
    const program = await readFile(join(directory, "index.ts"), "utf8");
    await writeFile(join(directory, "mistyped.ts"), program.replace('kind: "lab"', 'kind: "shed"'));
    const strict = [
      "--ignoreConfig",
      "--noEmit",
      "--skipLibCheck",
      "--strict",
      "--module",
      "nodenext",
      "--types",
      "node",
    ];
    const refused = await execa("tsc", [...strict, "mistyped.ts"], {
      cwd: directory,
      preferLocal: true,
      localDir: directory,
      reject: false,
    });
    expect(refused.exitCode).to.not.equal(0);
    expect(refused.stdout).to.include('"shed"');
  });

  it("needs no package that is not among its dependencies", async () => {
    const manifest = await readFile(join(directory, "node_modules/sip-ha/package.json"), "utf8");
    const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(manifest));
    const sources = await run("sh", "-c", "cat node_modules/sip-ha/dist/esm/*.js node_modules/sip-ha/dist/cjs/*.js");
    const imports = sources.matchAll(/(?:from |import |import\(|require\()"(?!node:|\.)((?:@[^/"]+\/)?[^/"]+)[^"]*"/g);
    const packages = [...imports].map(([, name]) => name);
    expect(packages).to.include.members(["@pulumi/pulumi", "zod", "ssh2"]);
    expect(Object.keys(dependencies)).to.include.members([...new Set(packages)]);
  });

  it("runs the example, whose commands name the installed program", async () => {
    await writeFile(join(directory, "mocked.mjs"), RUN_WITH_MOCKS);
    const asked = askedSchema.parse(JSON.parse(await run("node", "--import", "tsx", "mocked.mjs")));
    expect(asked["edge-activation-run"]?.["create"]).to.equal("node node_modules/sip-ha/bin/sip-ha.mjs task activate");
    expect(asked["edge-sip1-files"]?.["stdin"]).to.include("change files/node-kamailio/etc/kamailio/kamailio.cfg");
  });

  it("runs its programs without the sources", async () => {
    const refused = await execa("node", ["node_modules/sip-ha/bin/sip-ha.mjs", "task", "activate"], {
      cwd: directory,
      input: "{}",
      reject: false,
    });
    expect(refused.exitCode).to.equal(1);
    expect(refused.stderr)
      .to.match(/^sip-ha: /)
      .and.include("plan");
  });

  it("can be required by a CommonJS program, and refuses all that is wrong at once", async () => {
    const said = await run("node", "-e", ASK_BY_REQUIRE);
    expect(said).to.match(/^2 faults in the options of cluster mine:\n {2}- sip must .*\n {2}- floatingIp must /);
  });
});
