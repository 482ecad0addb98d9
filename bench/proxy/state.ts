import type { ClusterPlan } from "../../config/plan.ts";
import { proxy } from "../../remote/programs.ts";
import type { Session } from "../../remote/session.ts";
import { PREFIX, type Subject } from "./subject.ts";

/** What the database holds when a proxy starts. */
export interface ProxyState {
  /** Users bench-0, bench-1, ... with one contact each, where takeover.py waits. */
  readonly contacts: number;
  /** Answered calls. */
  readonly dialogs: number;
}

const FILL_TIMEOUT_MS = 120_000;

/** Replaces what this bench has in the database. */
export async function fill(
  subject: Subject,
  plan: ClusterPlan,
  database: Session,
  { contacts, dialogs }: ProxyState,
): Promise<void> {
  await run(subject, database, [
    ...CLEAR,
    subject.contacts(plan, Math.max(1, contacts)),
    ...(dialogs === 0 ? [] : [subject.dialogs(plan, dialogs)]),
    "ANALYZE TABLE location, dialog",
  ]);
}

/** Removes what this bench left in the database. */
export async function clear(subject: Subject, database: Session): Promise<void> {
  await run(subject, database, CLEAR);
}

/** @throws Error when the proxy of a node has not loaded the calls; a few are asked for, as all of them are too long an answer. */
export async function expectDialogs(node: Session, dialogs: number): Promise<void> {
  const few = `${PREFIX}99`;
  const wanted = Array.from({ length: dialogs }, (_, number) => `${PREFIX}${number}`).filter((id) =>
    id.startsWith(few),
  );
  const { size } = await proxy.calls(node, few);
  if (size !== wanted.length)
    throw new Error(`${node.name}: of calls ${few}... its proxy shall know ${wanted.length}, and knows ${size}`);
}

async function run({ name }: Subject, database: Session, statements: readonly string[]): Promise<void> {
  await database.must("fill the database", `sudo -n mariadb ${name}`, {
    stdin: statements.map((statement) => `${statement};\n`).join(""),
    timeoutMs: FILL_TIMEOUT_MS,
  });
}

/** Calls first: the end of one is written into its accounting. */
const CLEAR: readonly string[] = [
  `DELETE FROM location WHERE username LIKE '${PREFIX}%'`,
  `DELETE FROM dialog WHERE callid LIKE '${PREFIX}%'`,
  `DELETE FROM accounting WHERE call_id LIKE '${PREFIX}%'`,
];
