import type { HostAccess } from "../../components/hosts/host.ts";
import { quote } from "../../bundle/deliver.ts";
import { messageOf } from "../../remote/eventually.ts";
import { withBastions, withSession } from "../../remote/withSessions.ts";
import { stageProgram } from "../../render/staticTree.ts";

/** Stopping the group and a database takes less, in milliseconds. */
const RETIRE_TIMEOUT_MS = 180_000;

/**
 * Takes the service of a stack off machines that stay. One that does not answer is said and left: a dead machine must
 * not keep a stack from being destroyed.
 */
export async function retire(stack: string, hosts: readonly HostAccess[], say: (line: string) => void): Promise<void> {
  await withBastions((bastions) =>
    Promise.all(
      hosts.map(async (host) => {
        const words = `sudo -n bash -s -- ${quote(stack)} ${quote(host.name)}`;
        const options = { stdin: stageProgram("retire.sh"), timeoutMs: RETIRE_TIMEOUT_MS };
        const step = "take the service off";
        await withSession(host, bastions, (session) => session.must(step, words, options)).then(
          (text) => {
            for (const line of text.trim().split("\n")) say(`${host.name}: ${line}`);
          },
          (error: unknown) => {
            say(`${messageOf(error)}; what is in service on ${host.name} stays`);
          },
        );
      }),
    ),
  );
}
