/** Tells what is being done, host by host. */
export interface Progress {
  /** Runs a step and says how long it took. */
  step<T>(host: string, what: string, action: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** One line when a step ends, with its duration; `write` gets lines without a newline. */
export function lineProgress(write: (line: string) => void): Progress {
  return {
    async step(host, what, action) {
      const start = performance.now();
      const result = await action();
      write(`${host}: ${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
      return result;
    },
    say: write,
  };
}
