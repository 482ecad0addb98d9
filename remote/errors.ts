/** What is known of a step that failed on a host. */
export interface HostStep {
  readonly host: string;
  readonly step: string;
  /** The daemon's or program's own words. */
  readonly said: string;
  /** What the operator can do. */
  readonly fix: string;
  /** Whether the same step may succeed a moment later. */
  readonly retry: boolean;
}

/** A step that failed on one host: which host, which step, what it said, what to do. */
export class HostStepError extends Error {
  readonly detail: HostStep;

  constructor(detail: HostStep) {
    super(`${detail.host}: ${detail.step}: ${detail.said}; ${detail.fix}`);
    this.name = "HostStepError";
    this.detail = detail;
  }
}
