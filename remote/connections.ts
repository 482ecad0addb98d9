import type { Connection, HostAccess } from "../components/hosts/host.ts";
import { BastionPool, openSession, type Session } from "./session.ts";

/** One connection to each host, kept from one look at it to the next; made anew where it broke. */
export class Connections {
  readonly #bastions = new BastionPool();
  readonly #open = new Map<string, Promise<Session>>();

  /**
   * Does something that may be done again, over the connection to a host.
   *
   * @throws HostStepError when it cannot be reached
   */
  async to<T>(host: HostAccess, action: (session: Session) => Promise<T>): Promise<T> {
    const key = endpoints(host.connection);
    const kept = await this.#open.get(key)?.catch(() => undefined);
    if (!kept?.alive) return action(await this.#dial(host, key));
    return action(kept).catch(async (error: unknown) => {
      // whether it still stands shows only in its use
      if (kept.alive) throw error;
      return action(await this.#dial(host, key));
    });
  }

  #dial(host: HostAccess, key: string): Promise<Session> {
    const made = openSession(host, this.#bastions);
    this.#open.set(key, made);
    return made;
  }

  /** One that is still being made is closed once it is. */
  async close(): Promise<void> {
    for (const made of this.#open.values()) {
      made.then(
        (session) => {
          session.close();
        },
        () => undefined,
      );
    }
    await this.#bastions.close();
  }
}

/** Which machine is meant, by which way and as whom; however the connection was written down. */
function endpoints({ via, ...target }: Connection): string {
  return [target, ...(via ? [via] : [])]
    .map(({ user, host, port, hostKey }) => `${user}@${host}:${port} ${hostKey}`)
    .join(" by way of ");
}

/** Connections for as long as the action takes. */
export async function withConnections<T>(action: (connections: Connections) => Promise<T>): Promise<T> {
  const connections = new Connections();
  try {
    return await action(connections);
  } finally {
    await connections.close();
  }
}
