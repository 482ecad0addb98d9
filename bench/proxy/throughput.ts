import { callerOf } from "../../config/plan.ts";
import type { Session } from "../../remote/session.ts";
import type { VerificationContext } from "../../verify/context.ts";
import { injectionLines, makeUsers, type TestUser, UserTable } from "../../verify/phones/users.ts";
import { hostRows, hostUse, type HostUse } from "./hosts.ts";
import { DIRECTORY, put, write } from "./onHost.ts";
import type { Row } from "../rows.ts";
import type { Subject, Work } from "./subject.ts";

const USERS = 500;
/** Requests of one turn: some seconds. */
const REGISTRATIONS = 4000;
const CALLS = 1500;
/** Phones that are busy at any moment. */
const CONCURRENT = 20;
const SAMPLE_PORT = 5090;
const SAMPLE_DATABASE = "bench";
/** What this project may be slower than the sample, in percent. */
const LIMIT = 10;
const WORKS = ["bare", "durable"] as const satisfies readonly Work[];
const TURN_MS = 60_000;
const HEALTHY_WITHIN_MS = 90_000;

interface Machines {
  readonly subject: Subject;
  readonly context: VerificationContext;
  readonly active: Session;
  readonly database: Session;
  readonly caller: Session;
  readonly users: readonly TestUser[];
}

/**
 * REGISTERs and calls a second, as many as the machine carries, beside the sample configuration of the same daemon on the
 * same machines; in turns, so that whatever else the machine does meets both.
 */
export async function measureThroughput(
  subject: Subject,
  context: VerificationContext,
  runs: number,
): Promise<readonly Row[]> {
  const { plan, sessions } = context;
  const active = await sessions.to(await context.healthy(HEALTHY_WITHIN_MS));
  const database = await sessions.to(plan.database.machine.name);
  const caller = await sessions.to(callerOf(plan)?.name ?? "");
  const users = makeUsers(
    "bench",
    Array.from({ length: USERS }, (_, number) => `${number}`),
  );
  const table = new UserTable(database, plan.proxy);
  await table.remove();
  await table.insert(users, plan.sip.domain);
  const machines: Machines = { subject, context, active, database, caller, users };
  try {
    await prepare(machines);
    const rest: (readonly HostUse[])[] = [];
    for (let look = 0; look < runs; look += 1) rest.push(await hostUse(plan.stack));
    await load(caller, `answer ${plan.floatingIp.address}`);
    const busy: (readonly HostUse[])[] = [];
    const rows = [
      ...(await compare(machines, "REGISTER", "bare", runs)),
      ...(await compare(machines, "INVITE", "durable", runs, busy)),
      ...(await compare(machines, "INVITE", "bare", runs)),
    ];
    const hosts = [...hostRows(rest, "at rest"), ...hostRows(busy, "calls as many as it carries")];
    return [...rows, ...hosts].map((row) => ({ ...row, title: `${subject.title}: ${row.title}` }));
  } finally {
    await load(caller, "stop");
    await sample(subject, active, "stop");
    await table.remove();
  }
}

async function prepare({ subject, context, active, database, caller, users }: Machines): Promise<void> {
  await put(active, "sample.sh", `sample-${subject.name}.sh`);
  const template = await sample(subject, active, "template");
  for (const work of WORKS) {
    const made = await subject.sample?.(template, work);
    if (made !== undefined) await write(active, `sample-${work}.cfg`, made);
  }
  await put(caller, "load.sh", "invite.xml", "answer.xml");
  await write(caller, "users.csv", `SEQUENTIAL\n${injectionLines(users)}`);
  const account = (await sample(subject, active, "account")).trim();
  const grants = context.plan.nodes.map(({ privateAddress: address }) => `'${account}'@'${address}'`).join(", ");
  const { domain } = context.plan.sip;
  const passwords = users.map(({ name, password }) => `('${name}', '${domain}', '${password}')`).join(", ");
  const sql = [
    `DROP DATABASE IF EXISTS ${SAMPLE_DATABASE}; CREATE DATABASE ${SAMPLE_DATABASE}; USE ${SAMPLE_DATABASE};`,
    await sample(subject, active, "schema"),
    `INSERT INTO subscriber (username, domain, password) VALUES ${passwords};`,
    `GRANT ALL ON ${SAMPLE_DATABASE}.* TO ${grants};`,
  ];
  await database.must("make the sample's database", "sudo -n mariadb", { stdin: sql.join("\n"), timeoutMs: TURN_MS });
}

/** Both in turns; looks at the machines while this project has the load, if asked to. */
async function compare(
  { subject, context, active, caller, users }: Machines,
  method: "REGISTER" | "INVITE",
  work: Work,
  runs: number,
  busy?: (readonly HostUse[])[],
): Promise<readonly Row[]> {
  const { plan } = context;
  const { address } = plan.floatingIp;
  const { domain, port } = plan.sip;
  const count = method === "REGISTER" ? REGISTRATIONS : CALLS;
  const [callee] = users;
  const turn = async (at: number): Promise<number> => {
    const words = `${method.toLowerCase()} ${address} ${at} ${domain} ${count} ${CONCURRENT}`;
    const said = await load(caller, method === "REGISTER" ? words : `${words} ${callee?.name ?? ""}`);
    return (count * 1000) / Number(said);
  };
  await sample(subject, active, `start ${address} ${SAMPLE_PORT} ${domain} ${SAMPLE_DATABASE} ${work}`);
  // each phone once, so that nobody pays for the first time
  for (const at of [port, SAMPLE_PORT]) await turn(at);
  const own: number[] = [];
  const theirs: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    context.step(`throughput: ${method}, beside the ${work} sample, run ${run} of ${runs}`);
    const [rate, looked] = await Promise.all([turn(port), busy && hostUse(plan.stack)]);
    if (busy && looked) busy.push(looked);
    own.push(rate);
    theirs.push(await turn(SAMPLE_PORT));
  }
  return comparison(method, work, own, theirs);
}

const NAMES: Readonly<Record<Work, string>> = {
  bare: "the sample",
  durable: "the sample with calls and accounting in the database",
};

/** A limit where both do the same work: a REGISTER is a row in the database for both, a call for the durable sample alone. */
export function comparison(
  method: "REGISTER" | "INVITE",
  work: Work,
  own: readonly number[],
  theirs: readonly number[],
): readonly Row[] {
  const below = own.map((rate, run) => 100 * (1 - rate / (theirs[run] ?? NaN)));
  const same = method === "REGISTER" || work === "durable";
  const title = `${method} below ${NAMES[work]}`;
  return [
    { title: `${method}, sip-ha in turns with ${NAMES[work]}`, unit: "a second", samples: own },
    { title: `${method}, ${NAMES[work]}`, unit: "a second", samples: theirs },
    { title, unit: "%", samples: below, ...(same ? { limit: LIMIT } : {}) },
  ];
}

async function sample({ name }: Subject, active: Session, words: string): Promise<string> {
  return active.must("run the sample", `sudo -n bash ${DIRECTORY}/sample.sh ${name} ${words}`, { timeoutMs: TURN_MS });
}

async function load(caller: Session, words: string): Promise<string> {
  return caller.must("put the load on", `sudo -n bash ${DIRECTORY}/load.sh ${words}`, { timeoutMs: TURN_MS });
}
