import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ownBackendDir } from "./statePaths.ts";

/**
 * Mends what a CLI that was killed in the middle of a write has left in a backend directory: it would stop every later
 * run with nothing but `EOF`. States themselves are written whole or not at all; the notes beside them (content type,
 * checksum) are not, and nothing needs them.
 * @returns a line for each file removed
 */
export function removeTornNotes(backend = ownBackendDir()): readonly string[] {
  const directory = join(backend, ".pulumi");
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const torn = names.filter((name) => name.endsWith(".attrs") && !holdsJson(join(directory, name)));
  for (const name of torn) rmSync(join(directory, name), { force: true });
  return torn.map((name) => `removed ${name} from the state directory, which a killed run had begun to write`);
}

function holdsJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
