/** One thing outside the stack file that would make a deployment fail. */
export interface PreflightFault {
  readonly what: string;
  readonly got: string;
  readonly fix: string;
}

/** Everything that stands in the way of a deployment, found before anything was touched. */
export class PreflightError extends Error {
  readonly faults: readonly PreflightFault[];

  constructor(faults: readonly PreflightFault[], where = "on this machine") {
    const count = faults.length === 1 ? "1 thing stands" : `${faults.length} things stand`;
    const lines = faults.map(({ what, got, fix }) => `  - ${what}, got ${got}; ${fix}`);
    super([`${count} in the way ${where}; nothing was changed:`, ...lines].join("\n"));
    this.name = "PreflightError";
    this.faults = faults;
  }
}
