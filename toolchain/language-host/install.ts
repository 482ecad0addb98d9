import { spawn } from "node:child_process";

export interface OutputSink {
  readonly stdout: (data: Uint8Array) => void;
  readonly stderr: (data: Uint8Array) => void;
}

/** Installs a program's dependencies, as `pulumi install` asks for. */
export async function installPackages(directory: string, sink: OutputSink): Promise<void> {
  const npm = spawn("npm", ["ci"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  npm.stdout.on("data", sink.stdout);
  npm.stderr.on("data", sink.stderr);
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.on("error", reject);
    npm.on("close", resolve);
  });
  if (code !== 0) throw new Error(`npm ci ended with code ${code ?? "none"} in ${directory}; its message is above`);
}
