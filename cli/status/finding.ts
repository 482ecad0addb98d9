/** One thing that is not as it should be. */
export interface Finding {
  /** `down`: calls or registrations fail now. `degraded`: they work, but something is amiss. */
  readonly level: "degraded" | "down";
  readonly what: string;
  readonly fix: string;
}

export function down(what: string, fix: string): Finding {
  return { level: "down", what, fix };
}

export function degraded(what: string, fix: string): Finding {
  return { level: "degraded", what, fix };
}
