import type { HostAccess } from "../components/hosts/host.ts";
import { all } from "./eventually.ts";
import { BastionPool, openSession, type Session } from "./session.ts";

/** Connections to bastions for as long as the action takes. */
export async function withBastions<T>(action: (bastions: BastionPool) => Promise<T>): Promise<T> {
  const bastions = new BastionPool();
  try {
    return await action(bastions);
  } finally {
    await bastions.close();
  }
}

/** One connection for as long as the action takes. */
export async function withSession<T>(
  host: HostAccess,
  bastions: BastionPool,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(host, bastions);
  try {
    return await action(session);
  } finally {
    session.close();
  }
}

/**
 * One connection to each host, in their order, for as long as the action takes.
 *
 * @throws the errors of all hosts that cannot be reached; the others are closed again
 */
export async function withSessions<T>(
  hosts: readonly HostAccess[],
  action: (sessions: readonly Session[]) => Promise<T>,
): Promise<T> {
  return withBastions(async (bastions) => {
    const opened: Session[] = [];
    const open = async (host: HostAccess): Promise<Session> => {
      const session = await openSession(host, bastions);
      opened.push(session);
      return session;
    };
    try {
      return await action(await all(hosts.map(open)));
    } finally {
      for (const session of opened) session.close();
    }
  });
}
