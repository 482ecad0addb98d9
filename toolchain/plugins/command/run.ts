import { goQuote } from "../shared/goText.ts";
import type { MessageSink } from "../shared/plugin.ts";

/** What a finished command left behind; `failure` is undefined after success. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** One command to run, wherever it runs. */
export interface CommandCall {
  readonly command: string;
  readonly stdin: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Output of the run before this one, offered as PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. */
  readonly previous: Readonly<Record<string, string>>;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

/** Collects both streams of a command, shows their lines while it runs, and words its failure. */
export class CommandOutput {
  private readonly streams = { stdout: new LineReader(), stderr: new LineReader() };
  private readonly both: Buffer[] = [];
  private readonly show: (stream: "stdout" | "stderr", line: string) => void;

  constructor(logging: string, urn: string, messages: MessageSink) {
    const shown: readonly string[] = SHOWN[logging] ?? [];
    this.show = (stream, line) => {
      if (shown.includes(stream)) messages.log("info", urn, line, true);
    };
  }

  /** Takes what one stream produced. */
  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.both.push(chunk);
    for (const line of this.streams[stream].take(chunk)) this.show(stream, line);
  }

  /** Ends both streams. */
  finish(): CommandResult {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.streams[stream].rest();
      if (rest !== "") this.show(stream, rest);
    }
    return { stdout: withoutNewline(this.streams.stdout.all()), stderr: withoutNewline(this.streams.stderr.all()) };
  }

  /** The error of a failed command in the official plugin's words. */
  failure(reason: string, command: string): Error {
    return new Error(`${reason}: running ${goQuote(command)}:\n${Buffer.concat(this.both).toString()}`);
  }
}

const SHOWN: Readonly<Record<string, readonly string[]>> = {
  stdout: ["stdout"],
  stderr: ["stderr"],
  stdoutAndStderr: ["stdout", "stderr"],
};

class LineReader {
  private readonly chunks: Buffer[] = [];
  private pending = Buffer.alloc(0);

  take(chunk: Buffer): string[] {
    this.chunks.push(chunk);
    const text = Buffer.concat([this.pending, chunk]);
    const end = text.lastIndexOf("\n") + 1;
    this.pending = text.subarray(end);
    return end === 0 ? [] : text.toString("utf8", 0, end - 1).split("\n");
  }

  rest(): string {
    return this.pending.toString();
  }

  all(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

function withoutNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
