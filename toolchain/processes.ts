import { execa } from "execa";
import { ToolchainError } from "./errors.ts";

export interface RunOptions {
  /** What this step is called in an error. */
  readonly step: string;
  /** What the operator can do when it fails. */
  readonly fix: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Each line the program prints, on either stream. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program and returns what it printed on stdout.
 * @throws ToolchainError when it cannot be started, ends with a code other than 0, or takes too long.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  const child = execa(program, args, {
    reject: false,
    stdin: "ignore",
    all: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  const { onLine } = options;
  if (onLine !== undefined) {
    child.all.on("data", (data) => {
      reportLines(String(data), onLine);
    });
  }
  const result = await child;
  if (!result.failed) return result.stdout;
  throw new ToolchainError(options.step, `${program} ${outcome(result)}`, options.fix);
}

/** Whether a program can be started and ends with 0; for looking around, where failing is an answer. */
export async function succeeds(program: string, args: readonly string[], timeoutMs = 10_000): Promise<boolean> {
  const result = await execa(program, args, { reject: false, stdin: "ignore", timeout: timeoutMs });
  return !result.failed;
}

function reportLines(text: string, onLine: (line: string) => void): void {
  const last = text
    .trimEnd()
    .split(/[\r\n]+/)
    .at(-1);
  if (last !== undefined && last !== "") onLine(last);
}

function outcome(result: {
  exitCode?: number | undefined;
  timedOut: boolean;
  all?: string | undefined;
  shortMessage?: string | undefined;
}): string {
  if (result.timedOut) return "took too long";
  const said = (result.all ?? "").trim().split("\n").slice(-5).join(" / ");
  if (result.exitCode === undefined) return `did not start: ${result.shortMessage ?? ""}`;
  return `ended with code ${result.exitCode} and said: ${said === "" ? "nothing" : said}`;
}
