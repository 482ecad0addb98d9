import { withConnections } from "../../remote/connections.ts";
import { runningStack } from "../runningStack.ts";
import { say } from "../say.ts";
import { collectDrift } from "./collect.ts";
import { driftText, hasDrifted, silentHosts } from "./render.ts";

/** Exit statuses: 0 as activated, 2 something differs, 1 a host could not be asked. */
const DRIFTED = 2;
const UNKNOWN = 1;

/** Compares every host with what was activated there, and shows the differences; changes nothing. */
export async function drift({ stack, json }: { readonly stack: string; readonly json?: true }): Promise<void> {
  const { hosts } = await runningStack(stack);
  const found = await withConnections((connections) => collectDrift(hosts, connections));
  process.stdout.write(json ? `${JSON.stringify(found, undefined, 2)}\n` : driftText(found));
  const silent = silentHosts(found);
  if (hasDrifted(found)) {
    say("hosts differ from what was activated; `npm run up` puts files, packages and units back, standby first");
    process.exitCode = DRIFTED;
  } else if (silent.length > 0) {
    say(`${silent.join(", ")} could not be asked; see \`npm run status\``);
    process.exitCode = UNKNOWN;
  } else {
    say(`${found.length} hosts are as they were activated`);
  }
}
