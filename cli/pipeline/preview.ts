import { writeFile } from "node:fs/promises";
import type { Connections } from "../../remote/connections.ts";
import { messageOf } from "../../remote/eventually.ts";
import type { ToolchainEnv } from "../../toolchain/prepare.ts";
import { driftArguments } from "../drift/repair.ts";
import { PulumiFailedError, pulumiOutput, pulumiTold } from "../pulumi.ts";
import { say } from "../say.ts";
import type { StackState } from "../stackState.ts";
import { blotter, secretsOf } from "./blot.ts";
import { type Previewed, previewMarkdown } from "./markdown.ts";

/** A toolchain that is ready, and what has to be known before the change. */
export interface Prepared extends ToolchainEnv {
  readonly state: StackState;
  readonly announced: readonly string[];
}

/**
 * A preview as Markdown in a file, and on the terminal, for people who may read a change and not its secrets: every
 * secret of the stack is blotted out of both, wherever it stands. Where those are not known, nothing is written.
 *
 * @param prepare what looks at the stack file and the machine first; its refusal is written, too
 * @throws Error as the preview did
 */
export async function previewInto(
  file: string,
  stack: string,
  prepare: () => Promise<Prepared>,
  connections: Connections,
): Promise<void> {
  const write = (previewed: Omit<Previewed, "stack">): Promise<void> =>
    writeFile(file, previewMarkdown({ stack, ...previewed }));
  const toolchain = await prepare().catch(async (error: unknown) => {
    // refusals are made of the stack file's plain part and of the machine
    await write({ ending: "refused", announced: [], drift: "", said: messageOf(error) });
    throw error;
  });
  const blot = blotter(await secretsOfStack(toolchain, stack));
  const drift: string[] = [];
  const repair = await driftArguments(toolchain.state, connections, (line) => {
    drift.push(blot(line));
    say(blot(line));
  });
  const { exitCode, told } = await pulumiTold(toolchain.env, stack, "preview", "--diff", "--color", "never", ...repair);
  const said = blot(told);
  process.stdout.write(`${said}\n`);
  const { announced } = toolchain;
  await write({ ending: exitCode === 0 ? "done" : "failed", announced, drift: drift.join("\n"), said });
  if (exitCode !== 0) throw new PulumiFailedError(["preview"], exitCode);
}

/** @throws Error when they cannot be read, for instance without the stack's passphrase */
async function secretsOfStack({ env, state }: Prepared, stack: string): Promise<readonly string[]> {
  const config = await pulumiOutput(env, stack, "config", "--show-secrets", "--json");
  return secretsOf(state.exported, JSON.parse(config));
}
