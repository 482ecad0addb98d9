import { expect } from "chai";
import { ESLint, Linter } from "eslint";
import tseslint from "typescript-eslint";
import { z } from "zod";
import { projectDir } from "../../toolchain/versions.ts";

/** The rules of the project's lint for a file that keep it free of configuration and environment. */
async function restrictions(file: string): Promise<Linter.RulesRecord> {
  const config: unknown = await new ESLint({ cwd: projectDir }).calculateConfigForFile(file);
  const all = z.object({ rules: z.record(z.string(), z.array(z.unknown())) }).parse(config).rules;
  const named = Object.entries(all).filter(([name]) => name.startsWith("no-restricted-"));
  return Object.fromEntries(named.map(([name, [, ...options]]) => [name, ["error", ...options]]));
}

const SAMPLES = [
  ["the environment", 'const home = process.env["HOME"];'],
  ["the working directory", "const here = process.cwd();"],
  ["the environment by an import", 'import { env } from "node:process";'],
  ["the environment by globalThis", "const home = globalThis.process.env;"],
  ["the machine's name", 'import { hostname } from "node:os";'],
  ["the stack's configuration", "const config = new pulumi.Config();"],
  ["the stack's configuration by an import", 'import { Config } from "@pulumi/pulumi";'],
  ["all configuration", "const all = pulumi.runtime.allConfig();"],
  ["the stack's name", "const stack = pulumi.getStack();"],
  ["what loads a stack file", 'import { loadPlan } from "../config/load.ts";'],
  ["the toolchain", 'import { labImageName } from "../../toolchain/labImageName.ts";'],
] as const;

describe("components as a library", () => {
  for (const folder of ["components", "render"]) {
    describe(folder, () => {
      let rules: Linter.RulesRecord;

      before(async () => {
        rules = await restrictions(`${folder}/sample.ts`);
      });

      for (const [what, source] of SAMPLES) {
        it(`rejects one that reads ${what}`, () => {
          const config = { files: ["**/*.ts"], languageOptions: { parser: tseslint.parser }, rules };
          const messages = new Linter().verify(source, config, { filename: "sample.ts" });
          expect(messages.map(({ ruleId }) => ruleId))
            .to.have.lengthOf.at.least(1)
            .and.not.include(null);
        });
      }
    });
  }
});
