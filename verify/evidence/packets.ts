import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { messageOf } from "../../remote/eventually.ts";
import type { CallerHost } from "../phones/caller.ts";

/**
 * Keeps what was on the caller's wire, for whoever has to find out why; readable for its owner alone, since it has the
 * digests of the phones. Answers the file's name, or undefined when there is nothing to keep or it could not be fetched:
 * what was measured counts all the same, and `tell` gets the reason.
 */
export async function keepPackets(
  caller: Pick<CallerHost, "takePackets">,
  path: string,
  tell: (line: string) => void,
): Promise<string | undefined> {
  try {
    const packets = await caller.takePackets();
    if (packets.length === 0) return undefined;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, packets, { mode: 0o600 });
    return basename(path);
  } catch (error) {
    tell(`the packets of the caller are not kept: ${messageOf(error)}`);
    return undefined;
  }
}
