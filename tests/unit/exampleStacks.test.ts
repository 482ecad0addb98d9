import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readPlan } from "../../cli/readStack.ts";
import { machines } from "../../config/plan.ts";
import { projectDir } from "../../toolchain/versions.ts";

const ENCRYPTED = "    secure: v1:abc:def\n";

/** The plan of an example, with the secrets that its comments ask for. */
function planOf(stack: string, secrets: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), "sip-ha-example-"));
  try {
    const file = join(directory, `Pulumi.${stack}.yaml`);
    copyFileSync(join(projectDir, "examples", stack, `Pulumi.${stack}.yaml`), file);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text + secrets.map((key) => `  sip-ha:${key}:\n${ENCRYPTED}`).join(""));
    return { plan: readPlan(directory, stack), text };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("the example stack files", () => {
  const cases = [
    ["staging", ["fencingPassword"]],
    ["production", ["fencingPassword", "sshKey"]],
  ] as const;
  for (const [stack, secrets] of cases) {
    it(`load without a fault: ${stack}`, () => {
      const { plan, text } = planOf(stack, secrets);
      expect(machines(plan).map(({ name }) => name)).to.deep.equal(["sip1", "sip2", "db", "caller"]);
      for (const secret of secrets) expect(text).to.include(`--secret sip-ha:${secret}`);
    });
  }

  it("let nobody break service in production", () => {
    expect(planOf("production", ["fencingPassword", "sshKey"]).plan.verification.faults).to.equal(false);
  });
});
