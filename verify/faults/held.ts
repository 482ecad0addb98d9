import { eventually } from "../../remote/eventually.ts";
import type { LineStream, Session } from "../../remote/session.ts";

const WITHIN_MS = 30_000;

/**
 * Starts a program of `/usr/lib/sip-ha/verify/` on a node that does something until it is stopped, the connection breaks
 * or its own time is over.
 *
 * @param word what it says when it is done
 * @throws with what it said instead
 */
export async function held(session: Session, command: string, word: string): Promise<LineStream> {
  return heldCommand(session, `sudo -n /usr/lib/sip-ha/verify/${command}`, word);
}

/** {@link held} of a command line, for machines that have none of these programs. */
export async function heldCommand(session: Session, command: string, word: string): Promise<LineStream> {
  const said: string[] = [];
  const stream = await session.stream(`${command} 2>&1`, (line) => said.push(line));
  try {
    await eventually(
      `${session.name}: ${word}`,
      () =>
        Promise.resolve(said.includes(word) ? { met: true, value: undefined } : { met: false, seen: said.join("; ") }),
      { withinMs: WITHIN_MS, everyMs: 20 },
    );
  } catch (error) {
    await stream.stop();
    throw error;
  }
  return stream;
}
