/** Between two looks for the parent, in milliseconds. */
const EVERY_MS = 250;

/**
 * Ends this process, as by SIGTERM, when the one that started it is gone, also by SIGKILL: a program of the stack that went on
 * alone would keep its locks on the nodes, and the next run out, until its next word found nobody who listens.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  // what is left to do at the end is done in silence
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    process.kill(process.pid, "SIGTERM");
  }, EVERY_MS);
  looking.unref();
}
