import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** Waits for the end of standard input, thus of whoever started it, and costs nothing meanwhile. */
const WAITS = 'read -r _; exec "$@" </dev/null';

/**
 * Runs a command when this process ends, however, also by SIGKILL.
 *
 * @returns takes it back
 */
export function afterwards(command: readonly string[]): () => void {
  // a process group of its own: what kills this process's group leaves it alone
  const waiting = spawn("/bin/sh", ["-c", WAITS, "sh", ...command], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  waiting.unref();
  if (waiting.stdin instanceof Socket) waiting.stdin.unref();
  return () => void waiting.kill();
}
