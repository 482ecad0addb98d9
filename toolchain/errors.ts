/** A step of the toolchain that failed: which step, what was said, what to do. */
export class ToolchainError extends Error {
  readonly step: string;

  constructor(step: string, said: string, fix: string) {
    super(`${step}: ${said}; ${fix}`);
    this.name = "ToolchainError";
    this.step = step;
  }
}
