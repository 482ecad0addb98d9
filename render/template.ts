/**
 * Fills the `@NAME@` marks of a native configuration file that has no include mechanism.
 *
 * @throws Error when the text has a mark without a value, or a value has no mark
 */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(values));
  const filled = text.replace(/@([A-Z][A-Z0-9_]*)@/g, (_mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`template has @${name}@, but no value is given for it`);
    unused.delete(name);
    return value;
  });
  if (unused.size > 0)
    throw new Error(`template does not use ${[...unused].join(", ")}; remove the value or add the mark`);
  return filled;
}
