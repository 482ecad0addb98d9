/** What one phone heard of the other in one call; times in seconds since 1970. */
export interface HeardStream {
  readonly first: number;
  readonly last: number;
  /** The longest time without a packet, in seconds. */
  readonly gap: number;
}

/** What hear.sh said. */
export interface Heard {
  readonly streams: readonly HeardStream[];
  /** Call-IDs of calls whose BYE was answered. */
  readonly ended: readonly string[];
}

/** @throws Error at a line that hear.sh does not say */
export function readHeard(said: string): Heard {
  const streams: HeardStream[] = [];
  const ended: string[] = [];
  for (const line of said.split("\n").filter((text) => text !== "")) {
    const [word, ...values] = line.split(" ");
    const [first = NaN, last = NaN, gap = NaN] = values.map(Number);
    if (word === "BYE") ended.push(values.join(" "));
    else if (word === "STREAM" && !Number.isNaN(gap)) streams.push({ first, last, gap });
    else throw new Error(`expected STREAM or BYE, got '${line}'`);
  }
  return { streams, ended };
}

/** What became of calls that were open when a node died. */
export interface Fate {
  /** Directions of calls in which nothing was heard any more. */
  readonly silent: number;
  /** Calls whose BYE was not answered. */
  readonly withoutBye: number;
  /** Of each direction that was heard again, in milliseconds. */
  readonly gapsMs: readonly number[];
}

/**
 * @param count how many calls there were, each with two directions
 * @param died when the node died, in seconds since 1970
 * @param label how their Call-IDs begin
 * @param lastsSec how long after that they must have been heard
 */
export function fateOf(
  { streams, ended }: Heard,
  { count, died, label, lastsSec }: { count: number; died: number; label: string; lastsSec: number },
): Fate {
  const open = streams.filter(({ first }) => first < died);
  const alive = open.filter(({ last }) => last > died + lastsSec);
  return {
    silent: 2 * count - alive.length,
    withoutBye: count - ended.filter((callId) => callId.startsWith(`${label}-`)).length,
    gapsMs: alive.map(({ gap }) => gap * 1000),
  };
}
