/**
 * The value that at least `share` of all values do not exceed (nearest rank): always one that was measured.
 * @param share above 0, at most 1
 * @throws RangeError when there is no value or `share` is out of range.
 */
export function percentile(values: readonly number[], share: number): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`share must lie above 0 and be at most 1, got ${share}`);
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil(share * sorted.length) - 1];
  if (value === undefined) throw new RangeError("a percentile needs at least one value, got none");
  return value;
}

/**
 * The middle value, or the mean of the two middle ones.
 * @throws RangeError when there is no value.
 */
export function median(values: readonly number[]): number {
  const lower = percentile(values, 0.5);
  const upper = -percentile(
    values.map((value) => -value),
    0.5,
  );
  return (lower + upper) / 2;
}
