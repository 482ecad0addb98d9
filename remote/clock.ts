import { z } from "zod";
import type { Session } from "./session.ts";

/** The clock against its source; `synchronised` false while chrony has none. */
export interface Clock {
  readonly synchronised: boolean;
  /** How far the system time is from the source's, in milliseconds. */
  readonly offsetMs: number;
}

/** One line of `chronyc -c tracking`: the 5th field is the offset in seconds, the last the leap status (chronyc(1)). */
export const clockSchema = z.string().transform((text): Clock | undefined => {
  const fields = text.trim().split(",");
  const offset = Number(fields[4]);
  if (fields.length < 14 || Number.isNaN(offset)) return undefined;
  return { synchronised: fields.at(-1) !== "Not synchronised", offsetMs: offset * 1000 };
});

/** A host's clock; undefined where its chrony does not answer. */
export async function clockOf(session: Session): Promise<Clock | undefined> {
  return clockSchema.parse((await session.run("chronyc -c -n tracking")).stdout);
}
