import type { ClusterStatus } from "./collect.ts";

export { collectStatus, type ClusterStatus } from "./collect.ts";
export { statusJson } from "./json.ts";
export { renderStatus } from "./render.ts";

/** 0 healthy, 1 degraded, 2 down. */
export function exitCode({ verdict }: ClusterStatus): 0 | 1 | 2 {
  switch (verdict.level) {
    case "healthy":
      return 0;
    case "degraded":
      return 1;
    case "down":
      return 2;
  }
}
