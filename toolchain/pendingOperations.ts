import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { ToolchainEnv } from "./prepare.ts";
import { pulumi, stateFile } from "./stack.ts";

const operations = z.array(z.object({ resource: z.object({ urn: z.string() }) })).default([]);
const checkpoint = z.object({
  checkpoint: z.object({ latest: z.object({ pending_operations: operations }).optional() }),
});
const exported = z.looseObject({ deployment: z.looseObject({ pending_operations: z.unknown().optional() }) });

/**
 * Removes from the state the operations that a killed run had begun. Their outcome is not known, and every later run
 * would warn of them; what they may have made is found by what it is called, not by the state.
 * @returns the URNs of their resources; empty, without a call of the CLI, when there are none
 */
export async function forgetPendingOperations(toolchain: ToolchainEnv, stack: string): Promise<readonly string[]> {
  const pending = pendingOperations(toolchain, stack);
  if (pending.length === 0) return [];
  const directory = mkdtempSync(join(tmpdir(), "sip-ha-state-"));
  try {
    const file = join(directory, "state.json");
    const step = `forget the interrupted operations of stack ${stack}`;
    const { deployment, ...rest } = exported.parse(
      JSON.parse(await pulumi(toolchain, ["stack", "export", "-s", stack], step)),
    );
    const kept = { ...deployment, pending_operations: [] };
    writeFileSync(file, JSON.stringify({ ...rest, deployment: kept }), { mode: 0o600 });
    await pulumi(toolchain, ["stack", "import", "-s", stack, "--file", file], step);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return pending;
}

/** In a backend of the user's choice the CLI's own warning tells what to do. */
function pendingOperations(toolchain: ToolchainEnv, stack: string): readonly string[] {
  const file = stateFile(stack);
  if (!toolchain.backend.own || !existsSync(file)) return [];
  const { latest } = checkpoint.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint;
  return (latest?.pending_operations ?? []).map(({ resource }) => resource.urn);
}
