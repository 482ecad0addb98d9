import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { z } from "zod";
import { stateDir } from "../cli/directories.ts";
import { canInstallPackages, installPackages } from "./apt.ts";
import { ToolchainError } from "./errors.ts";
import { run, succeeds } from "./processes.ts";

const startTimeoutMs = 60_000;
const neededBytes = 4 * 1024 ** 3;

/** The version of the engine that answers (DOCKER_HOST, else the local socket); undefined when none does. */
export async function engineVersion(timeoutMs = 5000): Promise<string | undefined> {
  try {
    return (await new Docker({ timeout: timeoutMs }).version()).Version;
  } catch {
    return undefined;
  }
}

/**
 * Brings a Docker engine to answer: starts one that is installed, installs one where that can be done.
 * @throws ToolchainError when there is no way
 */
export async function provideEngine(onLine: (line: string) => void): Promise<string> {
  const running = await engineVersion();
  if (running !== undefined) return running;
  const remote = process.env["DOCKER_HOST"] ?? "";
  if (remote !== "") {
    const fix = "start that engine, or unset DOCKER_HOST to use one on this machine";
    throw new ToolchainError("reach the Docker engine", `DOCKER_HOST is ${remote}, and nothing answers there`, fix);
  }
  if (!(await isInstalled())) await install(onLine);
  return (await engineVersion()) ?? (await start(onLine));
}

async function isInstalled(): Promise<boolean> {
  return await succeeds("sh", ["-c", "command -v dockerd"]);
}

async function install(onLine: (line: string) => void): Promise<void> {
  if (!canInstallPackages()) {
    const said = "none is installed, and it can be installed only on Debian or Ubuntu and as root";
    const fix = "install a Docker engine, or set DOCKER_HOST to one that can be reached";
    throw new ToolchainError("install a Docker engine", said, fix);
  }
  onLine("no Docker engine on this machine: installing the packages docker.io and iptables");
  await installPackages(["docker.io", "iptables"], onLine);
}

async function start(onLine: (line: string) => void): Promise<string> {
  if (process.getuid?.() !== 0) {
    const said = "it is installed, not running or not for this user";
    const fix =
      "start it (sudo systemctl start docker) and join its group (sudo usermod -aG docker $USER), or run as root";
    throw new ToolchainError("start the Docker engine", said, fix);
  }
  if (existsSync("/run/systemd/system")) {
    const fix = "see journalctl -u docker";
    await run("systemctl", ["start", "docker"], { step: "start the Docker engine", fix });
    return await answering("journalctl -u docker", () => undefined);
  }
  mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
  const log = join(stateDir(), "dockerd.log");
  onLine(`starting dockerd, which goes on after this command; its log: ${log}`);
  const output = openSync(log, "a");
  const engine = spawn("dockerd", [], { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  let ended: string | undefined;
  engine.on("error", (error) => (ended = error.message));
  engine.on("exit", (code) => (ended = `ended with code ${code ?? "none"}: ${lastLines(log)}`));
  engine.unref();
  return await answering(log, () => ended);
}

async function answering(log: string, ended: () => string | undefined): Promise<string> {
  const giveUp = Date.now() + startTimeoutMs;
  while (Date.now() < giveUp) {
    const version = await engineVersion();
    if (version !== undefined) return version;
    const said = ended();
    if (said !== undefined) throw new ToolchainError("start the Docker engine", said, `see ${log}`);
    await sleep(300);
  }
  throw new ToolchainError("start the Docker engine", `no answer within ${startTimeoutMs / 1000} s`, `see ${log}`);
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").slice(-3).join(" / ");
}

/** @throws ToolchainError when a local engine's disk, or the one of `directory`, has less than 4 GB free. */
export async function requireDisk(directory: string): Promise<void> {
  const { DockerRootDir: root } = z.object({ DockerRootDir: z.string() }).parse(await new Docker().info());
  for (const path of [root, directory].filter((path) => existsSync(path))) {
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    if (free >= neededBytes) continue;
    const said = `${(free / 1024 ** 3).toFixed(1)} GB free on the disk of ${path}, at least 4 are needed`;
    throw new ToolchainError("check the disk", said, "free some space (docker system df shows what Docker holds)");
  }
}
