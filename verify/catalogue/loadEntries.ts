import { registerStorm, STORM_USERS } from "../scenarios/registerStorm.ts";
import type { CatalogueEntry } from "./entry.ts";

/** What many phones do at once. */
export const loadEntries: readonly CatalogueEntry[] = [
  {
    name: "register-storm",
    rows: [27],
    title: "a thousand users register at once after a planned switchover",
    harm: "fault",
    users: STORM_USERS,
    run: (tools, { active, load }) => registerStorm(tools, active, load),
  },
];
