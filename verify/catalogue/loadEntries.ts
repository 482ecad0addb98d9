import { MANY } from "../phones/registrations.ts";
import { powerOff } from "../scenarios/powerOff.ts";
import { registerStorm, STORM_USERS } from "../scenarios/registerStorm.ts";
import type { CatalogueEntry } from "./entry.ts";
import { activePower } from "./power.ts";

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
  {
    name: "register-power-off",
    rows: [27],
    title: "the active node loses its power while a thousand users register",
    harm: "fault",
    users: MANY.users,
    ...activePower((tools, { active, load }, power) => powerOff(tools, active, power, { load, registrations: MANY })),
  },
];
