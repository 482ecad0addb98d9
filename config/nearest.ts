function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(one).entries()) {
    const next = [i + 1];
    for (const [j, otherLetter] of Array.from(other).entries()) {
      const substituted = (row[j] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The known word that a mistyped one was probably meant to be; undefined where none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, apart: distance(lower, candidate.toLowerCase()) }))
    .sort((one, other) => one.apart - other.apart);
  const best = ranked[0];
  return best && best.apart <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}
