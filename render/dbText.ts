/**
 * A table of OpenSIPS's db_text.
 *
 * @param columns name and type, as `socket(string,null)`
 * @param rows empty text is NULL
 */
export function dbTextTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.join(" "), ...rows.map((row) => row.map(dbTextField).join(":"))];
  return `${lines.join("\n")}\n`;
}

/** The table that says which layout another one has. */
export function dbTextVersion(table: string, version: number): string {
  return dbTextTable(["table_name(string)", "table_version(int)"], [[table, String(version)]]);
}

/**
 * A field of a row (OpenSIPS 3.6, dbt_file.c: `:` ends a field, `\` escapes).
 *
 * @throws Error for other than printable ASCII and line feeds
 */
export function dbTextField(text: string): string {
  if (!/^[\x20-\x7e\n]*$/.test(text))
    throw new Error("a field of db_text must be printable ASCII; choose another value");
  return text.replace(/[\\:]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`);
}
