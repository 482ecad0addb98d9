import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { z } from "zod";

/** How the program ended: nothing to say, an error to show, or `bail` when the program has shown it already. */
export interface Ending {
  readonly error: string;
  readonly bail: boolean;
}

/** Exit code of `@pulumi/pulumi/cmd/run` when the program's error was logged already. */
const alreadyLogged = 32;

const runtimeOptions = z.object({ nodeargs: z.string().default(""), typescript: z.boolean().default(true) });

let running: ChildProcess | undefined;

/** Runs the program with `@pulumi/pulumi/cmd/run` in a Node.js process of its own. */
export async function runProgram(request: RunRequest, engineAddress: string): Promise<Ending> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const options = runtimeOptions.parse(info?.getOptions()?.toJavaScript() ?? {});
  const runner = createRequire(join(directory, "/")).resolve("@pulumi/pulumi/cmd/run");
  const nodeArguments = options.nodeargs.split(/\s+/).filter((argument) => argument !== "");
  const child = spawn(process.execPath, [...nodeArguments, runner, ...runnerArguments(request, engineAddress)], {
    cwd: request.getPwd() === "" ? directory : request.getPwd(),
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...runnerEnvironment(request, options.typescript) },
  });
  running = child;
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      running = undefined;
      resolve(ending(code, signal));
    });
  });
}

/** Ends the program, if one runs. */
export function stopProgram(): void {
  running?.kill("SIGTERM");
}

/** The flags of `@pulumi/pulumi/cmd/run`; see its usage text. */
export function runnerArguments(request: RunRequest, engineAddress: string): readonly string[] {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: request.getPwd(),
    parallel: request.getParallel() > 0 ? String(request.getParallel()) : "",
  };
  const given = Object.entries(flags).filter(([, value]) => value !== "");
  return [
    ...given.map(([flag, value]) => `--${flag}=${value}`),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    join(info?.getProgramDirectory() ?? request.getPwd(), info?.getEntryPoint() ?? request.getProgram()),
    ...request.getArgsList(),
  ];
}

function runnerEnvironment(request: RunRequest, typescript: boolean): Readonly<Record<string, string>> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
  };
}

function ending(code: number | null, signal: NodeJS.Signals | null): Ending {
  if (code === 0) return { error: "", bail: false };
  if (code === alreadyLogged) return { error: "", bail: true };
  return {
    error:
      code === null
        ? `program was ended by ${signal ?? "a signal"}`
        : `program exited with non-zero exit code: ${code}`,
    bail: false,
  };
}
