import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../../remote/session.ts";
import { projectDir } from "../../toolchain/versions.ts";

/** Where the programs and files of this bench lie on a machine, until its next boot. */
export const DIRECTORY = "/run/sip-ha-bench";

/** The text of a program of this bench. */
export async function program(name: string): Promise<string> {
  return readFile(join(projectDir, "bench", "proxy", name), "utf8");
}

/** Puts programs of this bench onto a machine. */
export async function put(session: Session, ...names: readonly string[]): Promise<void> {
  for (const name of names) await write(session, name, await program(name));
}

/** Only root reads what is written. */
export async function write(session: Session, name: string, text: string): Promise<void> {
  const path = `${DIRECTORY}/${name}`;
  await session.must(`write ${path}`, `sudo -n install -D -m 0600 /dev/stdin ${path}`, { stdin: text });
}
