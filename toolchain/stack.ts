import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ToolchainError } from "./errors.ts";
import type { ToolchainEnv } from "./prepare.ts";
import { run } from "./processes.ts";
import { ownBackendDir } from "./statePaths.ts";
import { projectDir } from "./versions.ts";

const fix = "see what the CLI said, then run the command again";

/**
 * Makes the stack in the backend unless it is there.
 * The CLI writes a new stack's encryption salt into its stack file. In the backend of this project's own that happens
 * in a temporary directory: the stack's state holds the salt too, and the file in the work tree stays as it is.
 * @throws ToolchainError with the CLI's words
 */
export async function ensureStack(toolchain: ToolchainEnv, stack: string): Promise<void> {
  if (!toolchain.backend.own || hasSalt(stack)) {
    await selectOrCreate(toolchain, stack);
    return;
  }
  if (existsSync(stateFile(stack))) return;
  const directory = mkdtempSync(join(tmpdir(), "sip-ha-stack-"));
  const stackFile = join(directory, `Pulumi.${stack}.yaml`);
  try {
    copyFileSync(join(projectDir, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
    // A stack that is made again after its removal can still read the secrets in its stack file.
    if (existsSync(saltFile(stack))) copyFileSync(saltFile(stack), stackFile);
    await pulumi(
      toolchain,
      ["stack", "init", stack, "--no-select", "--non-interactive", "-C", directory],
      `make stack ${stack}`,
    );
    mkdirSync(dirname(saltFile(stack)), { recursive: true, mode: 0o700 });
    copyFileSync(stackFile, saltFile(stack));
  } catch (error) {
    // Another run may have made it a moment earlier.
    if (!existsSync(stateFile(stack))) throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Whether the backend has the stack.
 * @throws ToolchainError when a backend of the user's choice does not say
 */
export async function stackExists(toolchain: ToolchainEnv, stack: string): Promise<boolean> {
  if (toolchain.backend.own) return existsSync(stateFile(stack));
  try {
    await pulumi(toolchain, ["stack", "select", stack, "--non-interactive"], `look for stack ${stack}`);
    return true;
  } catch (error) {
    if (error instanceof ToolchainError && error.message.includes("no stack named")) return false;
    throw error;
  }
}

/** The salt of a stack in the backend of this project's own; not secret by itself. */
function saltFile(stack: string): string {
  return join(dirname(ownBackendDir()), "salts", `${stack}.yaml`);
}

/** A salt in the stack file is the user's own: it came with a passphrase of theirs. */
function hasSalt(stack: string): boolean {
  const file = join(projectDir, `Pulumi.${stack}.yaml`);
  return existsSync(file) && /^(encryptionsalt|secretsprovider):/m.test(readFileSync(file, "utf8"));
}

async function selectOrCreate(toolchain: ToolchainEnv, stack: string): Promise<void> {
  await pulumi(toolchain, ["stack", "select", stack, "--create", "--non-interactive"], `select stack ${stack}`);
}

/** Runs the Pulumi CLI in the project and returns what it printed. */
export async function pulumi(toolchain: ToolchainEnv, args: readonly string[], step: string): Promise<string> {
  const home = toolchain.env["PULUMI_HOME"];
  if (home === undefined)
    throw new ToolchainError(step, "the toolchain was prepared without Pulumi", "prepare it with pulumi");
  return await run(join(home, "lib", "pulumi"), args, { step, fix, cwd: projectDir, env: toolchain.env });
}

/** The file that holds a stack's state in the backend of this project's own. */
export function stateFile(stack: string): string {
  return join(ownBackendDir(), ".pulumi", "stacks", projectName(), `${stack}.json`);
}

/** As Pulumi.yaml says. */
export function projectName(): string {
  const text = readFileSync(join(projectDir, "Pulumi.yaml"), "utf8");
  return z.object({ name: z.string() }).parse(parse(text)).name;
}
