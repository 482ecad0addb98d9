import type { Session } from "../../remote/session.ts";
import type { VerificationContext } from "../../verify/context.ts";
import { median } from "../../verify/report/statistics.ts";
import { program } from "./onHost.ts";
import type { Row } from "../rows.ts";
import { clear, expectDialogs, fill } from "./state.ts";
import type { Subject } from "./subject.ts";

const CONTACTS = [0, 10_000, 100_000] as const;
const DIALOGS = [0, 1000] as const;
/** Start to first call that was routed. */
const LIMIT_MS = 150;
/** What contacts alone may add. */
const CONTACTS_LIMIT_MS = 20;
const HEALTHY_WITHIN_MS = 90_000;

/** The proxy's part of a takeover: from the order to start until it has routed a call, by what the database holds. */
export async function measureTakeover(
  subject: Subject,
  context: VerificationContext,
  runs: number,
): Promise<readonly Row[]> {
  const { plan, sessions } = context;
  const active = await sessions.to(await context.healthy(HEALTHY_WITHIN_MS));
  const database = await sessions.to(plan.database.machine.name);
  const nodes = await Promise.all(plan.nodes.map(({ name }) => sessions.to(name)));
  // they would count the proxy's deaths, and move the group
  await watchers(nodes, "stop");
  try {
    const rows: Row[] = [];
    for (const dialogs of DIALOGS) {
      const byContacts: Row[] = [];
      for (const contacts of CONTACTS) {
        context.step(`takeover: ${contacts} contacts, ${dialogs} dialogs`);
        await fill(subject, plan, database, { contacts, dialogs });
        const samples = await starts(context, active, contacts, runs);
        await expectDialogs(active, dialogs);
        const title = `${subject.title}'s part of a takeover, ${named(contacts)} contacts, ${named(dialogs)} dialogs`;
        byContacts.push({ title, unit: "ms", samples, limit: LIMIT_MS });
      }
      rows.push(...byContacts, contactsAlone(subject, byContacts, dialogs));
    }
    return rows;
  } finally {
    await clear(subject, database);
    await active.must("forget the calls", "sudo -n systemctl restart sip-ha-proxy");
    await watchers(nodes, "start");
  }
}

async function starts(
  { plan }: VerificationContext,
  active: Session,
  contacts: number,
  runs: number,
): Promise<readonly number[]> {
  const { floatingIp, sip } = plan;
  const command = `sudo -n python3 - ${floatingIp.address} ${sip.port} ${sip.domain} ${contacts} ${runs}`;
  const stdin = await program("takeover.py");
  const said = await active.must("start the proxy again and again", command, { stdin, timeoutMs: 30_000 * runs });
  return said.trim().split("\n").map(Number);
}

function contactsAlone({ title: proxy }: Subject, byContacts: readonly Row[], dialogs: number): Row {
  const medians = byContacts.map(({ samples }) => median(samples));
  const title = `${proxy}: what contacts alone change, ${named(dialogs)} dialogs`;
  return {
    title,
    unit: "ms",
    samples: [Math.max(...medians) - Math.min(...medians)],
    limit: CONTACTS_LIMIT_MS,
  };
}

async function watchers(nodes: readonly Session[], verb: "start" | "stop"): Promise<void> {
  const command = `sudo -n systemctl ${verb} sip-ha-watcher`;
  await Promise.all(nodes.map((node) => node.must(`${verb} the watcher`, command, { timeoutMs: 30_000 })));
}

function named(count: number): string {
  return count.toLocaleString("en");
}
