import { cpus, loadavg, release, totalmem, type } from "node:os";

/** What the figures depend on beside the code. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Processes that wanted a core in the minute before the first measurement. */
  readonly load: number;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  };
}
