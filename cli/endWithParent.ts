import { readFileSync } from "node:fs";

/** Between two looks for those who started this process, in milliseconds. */
const EVERY_MS = 250;

/**
 * Ends this process, as by SIGTERM, when the one that started it is gone, also by SIGKILL, or the one that started that:
 * Pulumi's plugin starts programs by a shell, which outlives it. A program of the stack that went on alone would keep its
 * locks on the nodes, and the next run out, until its next word found nobody who listens.
 */
export function endWithParent(): void {
  const before = ancestors();
  // what is left to do at the end is done in silence
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const looking = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(looking);
    process.kill(process.pid, "SIGTERM");
  }, EVERY_MS);
  looking.unref();
}

function ancestors(): string {
  return `${process.ppid} ${parentOf(process.ppid)}`;
}

/** By proc(5): the word after the state, which follows the name in brackets. Empty where there is no such file. */
function parentOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).split(" ")[2] ?? "";
  } catch {
    return "";
  }
}
