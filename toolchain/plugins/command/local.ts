import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { bare, isList, type Properties } from "../shared/values.ts";
import { checkInputs, text } from "./inputs.ts";
import { type Runner } from "./commandType.ts";
import type { CommandCall } from "./run.ts";

const KNOWN = [
  "create",
  "update",
  "delete",
  "stdin",
  "environment",
  "triggers",
  "logging",
  "addPreviousOutputInEnv",
  "dir",
  "interpreter",
];

/** Go's words for the errors of starting a process. */
const START_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  ENOTDIR: "not a directory",
  E2BIG: "argument list too long",
};

const running = new Set<ChildProcess>();

/** Asks all commands that still run to end. */
export function stopLocalCommands(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** Runs commands on this machine by an interpreter, by default /bin/sh -c. */
export const localRunner: Runner = {
  check: (news) => ({ inputs: news, failures: checkInputs("local.CommandInputs", news, KNOWN) }),
  run: async (call, inputs) => {
    const dir = text(inputs["dir"]);
    if (dir !== undefined && dir !== "") {
      const problem = await enterProblem(dir);
      if (problem !== undefined) return problem;
    }
    return await runProcess(call, interpreterOf(inputs), dir);
  },
};

function interpreterOf(inputs: Properties): readonly string[] {
  const given = bare(inputs["interpreter"]);
  const words = isList(given) ? given.map((word) => text(word) ?? "") : [];
  return words.length > 0 ? words : ["/bin/sh", "-c"];
}

async function enterProblem(dir: string): Promise<string | undefined> {
  try {
    return (await stat(dir)).isDirectory() ? undefined : `chdir ${dir}: not a directory`;
  } catch (error) {
    return `chdir ${dir}: ${startError(error)}`;
  }
}

function startError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return START_ERRORS[code] ?? code;
}

async function runProcess(call: CommandCall, interpreter: readonly string[], dir: string | undefined) {
  const [program = "/bin/sh", ...options] = interpreter;
  const child = spawn(program, [...options, call.command], {
    cwd: dir === "" ? undefined : dir,
    env: { ...process.env, ...call.previous, ...call.environment },
  });
  running.add(child);
  child.stdout.on("data", (chunk: Buffer) => {
    call.onOutput("stdout", chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    call.onOutput("stderr", chunk);
  });
  // a command that does not read its standard input closes it early, which is its right
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.stdin ?? "");
  return await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => {
      running.delete(child);
      resolve(`fork/exec ${program}: ${startError(error)}`);
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve(exitText(code, signal));
    });
  });
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGABRT: "aborted",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGPIPE: "broken pipe",
  SIGTERM: "terminated",
};

function exitText(code: number | null, signal: string | null): string | undefined {
  if (signal !== null) return `signal: ${SIGNALS[signal] ?? signal}`;
  return code === 0 ? undefined : `exit status ${code ?? "unknown"}`;
}
