import type { LineStream, Session } from "../remote/session.ts";
import { HostStepError } from "../remote/errors.ts";

/** Held by the SSH channel: it is free again when the controller ends, however it ends. */
const HOLD =
  "sudo -n flock --nonblock --conflict-exit-code 75 /run/lock/sip-ha-activate.lock sh -c 'echo held; exec cat'";

/**
 * Takes the activation lock on every node, in the given order, so that two controllers cannot change a cluster at once.
 * @returns a function that frees it.
 * @throws HostStepError when another controller holds it.
 */
export async function lockNodes(nodes: readonly Session[]): Promise<() => Promise<void>> {
  const held: LineStream[] = [];
  const free = async (): Promise<void> => {
    await Promise.all(held.map((stream) => stream.stop()));
  };
  for (const node of nodes) {
    const stream = await hold(node).catch(async (error: unknown) => {
      await free();
      throw error;
    });
    held.push(stream);
  }
  return free;
}

async function hold(node: Session): Promise<LineStream> {
  let announce: (line: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (announce = resolve));
  const stream = await node.stream(HOLD, (line) => {
    announce(line);
  });
  const outcome = await Promise.race([first, stream.done]);
  if (outcome === "held") return stream;
  throw new HostStepError({
    host: node.name,
    step: "take the activation lock",
    said: outcome === 75 ? "another run is changing this cluster" : `flock ended with ${outcome}`,
    fix: "wait for the other run to end, then run again; the lock is free as soon as its connection is gone",
    retry: true,
  });
}
