import type ssh2 from "ssh2";
import { checkInputs, protectConnection } from "./inputs.ts";
import { checkConnection, readRoute } from "./connection.ts";
import type { Report, Runner } from "./commandType.ts";
import type { CommandCall } from "./run.ts";

const KNOWN = [
  "connection",
  "create",
  "update",
  "delete",
  "stdin",
  "environment",
  "triggers",
  "logging",
  "addPreviousOutputInEnv",
];

/** Runs commands over SSH, one connection per command. */
export const remoteRunner: Runner = {
  check: (news) => {
    const connection = news["connection"];
    const inputs = connection === undefined ? news : { ...news, connection: protectConnection(connection) };
    return { inputs, failures: [...checkInputs("remote.CommandInputs", news, KNOWN), ...checkConnection(news)] };
  },
  run: async (call, inputs, report) => {
    // only commands that really run pay for loading an SSH client
    const { dial } = await import("./dial.ts");
    const dialled = await dial(readRoute(inputs), report);
    try {
      const { client } = dialled;
      return await runOn(client, call, await acceptedVariables(client, call, report));
    } finally {
      dialled.close();
    }
  },
};

/**
 * The variables that the server lets through.
 *
 * @throws when the server refuses one that the user asked for; a refused previous output is only a warning.
 */
async function acceptedVariables(client: ssh2.Client, call: CommandCall, report: Report): Promise<NodeJS.ProcessEnv> {
  const wanted: Record<string, string> = { ...call.previous, ...call.environment };
  if (Object.keys(wanted).length === 0) return wanted;
  // ssh2 does not wait for the server's answer to a variable, so one look at what arrives tells
  const arrived = await arrivingVariables(client, wanted);
  for (const name of Object.keys(wanted).filter((candidate) => !arrived.has(candidate))) {
    const required = name in call.environment;
    report(required ? "error" : "warning", refusedText(name));
    if (required) throw new Error(`could not set environment variable "${name}": ssh: setenv failed`);
  }
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => arrived.has(name)));
}

function refusedText(name: string): string {
  return (
    `Unable to set '${name}'. This only works if your SSH server is configured to accept\n` +
    "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could\n" +
    "\tprefix the command itself with the variables in the form 'VAR=value command'"
  );
}

async function arrivingVariables(client: ssh2.Client, wanted: NodeJS.ProcessEnv): Promise<Set<string>> {
  const marks = Object.fromEntries(Object.keys(wanted).map((name) => [name, "1"]));
  const chunks: Buffer[] = [];
  const onOutput: CommandCall["onOutput"] = (stream, chunk) => {
    if (stream === "stdout") chunks.push(chunk);
  };
  await runOn(client, { command: "env", stdin: undefined, environment: {}, previous: {}, onOutput }, marks);
  const lines = Buffer.concat(chunks).toString().split("\n");
  return new Set(lines.map((line) => line.split("=", 1)[0] ?? ""));
}

async function runOn(client: ssh2.Client, call: CommandCall, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec(call.command, { env }, (error, opened) => {
      if (error === undefined) resolve(opened);
      else reject(error);
    });
  });
  channel.on("data", (chunk: Buffer) => {
    call.onOutput("stdout", chunk);
  });
  channel.stderr.on("data", (chunk: Buffer) => {
    call.onOutput("stderr", chunk);
  });
  // a command that does not read its standard input closes it early, which is its right
  channel.on("error", () => undefined);
  channel.end(call.stdin ?? "");
  return await new Promise((resolve) => {
    let ending: string | undefined = "wait: remote command exited without exit status or exit signal";
    channel.on("exit", (code: number | null, signal?: string) => {
      ending = exitText(code, signal);
    });
    channel.on("close", () => {
      resolve(ending);
    });
  });
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  TERM: 15,
};

function exitText(code: number | null, signal: string | undefined): string | undefined {
  if (code === null) {
    const name = signal?.replace(/^SIG/, "") ?? "";
    return `Process exited with status ${128 + (SIGNAL_NUMBERS[name] ?? 0)} from signal ${name}`;
  }
  return code === 0 ? undefined : `Process exited with status ${code}`;
}
