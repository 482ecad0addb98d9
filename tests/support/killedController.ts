import { spawn } from "node:child_process";
import { once } from "node:events";
import { projectDir } from "../../toolchain/versions.ts";

/** Runs a module's text until it has written something, then kills it with everything of its process group, as a terminal does. */
export async function killedController(program: string, environment: Record<string, string> = {}): Promise<void> {
  const words = ["--import", "tsx", "--input-type=module", "-e", `${program}\nsetInterval(() => undefined, 1000);`];
  const controller = spawn(process.execPath, words, {
    cwd: projectDir,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(controller.stdout, "data");
  if (controller.pid !== undefined) process.kill(-controller.pid, "SIGKILL");
  await once(controller, "exit");
}
