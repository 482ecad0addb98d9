/**
 * `pulumi` as the kit's PULUMI_HOME offers it: the real CLI, and afterwards the encryption salt is taken out of the
 * stack file again. The salt also stands in the stack's state, where the CLI finds it
 * (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER); in the stack file it would be a change that belongs to one machine only.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { StackFiles } from "./stackFiles.ts";

/** Started through the link `<PULUMI_HOME>/versions/<version>/bin/pulumi`. */
const realCli = join(dirname(process.argv[1] ?? ""), "..", "..", "..", "lib", "pulumi");

function main(): void {
  const args = process.argv.slice(2);
  const files = StackFiles.remember(args, process.env);
  const cli = spawn(realCli, args, { stdio: "inherit" });
  // The terminal sends SIGINT to the CLI too; ending first would leave it without a parent.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => cli.kill("SIGTERM"));
  process.on("SIGHUP", () => cli.kill("SIGHUP"));
  cli.on("error", (error) => {
    process.stderr.write(`pulumi: ${realCli} did not start: ${error.message}; run sip-ha env again\n`);
    process.exitCode = 1;
  });
  cli.on("exit", (code, signal) => {
    files.withoutSalt();
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

main();
