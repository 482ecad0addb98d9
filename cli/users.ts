import { say } from "./say.ts";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Writable } from "node:stream";
import { BastionPool, openSession } from "../remote/session.ts";
import { subscriberName, subscriberPassword, Subscribers } from "../remote/subscribers.ts";
import { prepareToolchain } from "../toolchain/prepare.ts";
import { readOutputs } from "./pulumi.ts";

interface StackOption {
  readonly stack: string;
}

const ACTIONS = ["add", "list", "remove"] as const;

/** Adds, lists or removes users of a running cluster; a password comes by stdin. */
export async function users(action: string, name: string | undefined, { stack }: StackOption): Promise<void> {
  const known = ACTIONS.find((word) => word === action);
  if (!known) throw new Error(`unknown action ${action}; one of ${ACTIONS.join(", ")}`);
  if (known === "list") {
    await withSubscribers(stack, list);
    return;
  }
  if (name === undefined) throw new Error(`${known} needs a user: \`npm run users -- ${known} NAME\``);
  const user = subscriberName(name);
  const password = known === "add" ? subscriberPassword(await readPassword(user)) : "";
  await withSubscribers(stack, async (subscribers, domain) => {
    if (known === "add") {
      const isNew = await subscribers.put(user, password);
      say(isNew ? `added ${user}@${domain}` : `${user}@${domain} was known; the password was changed`);
      return;
    }
    if (!(await subscribers.remove(user)))
      throw new Error(`there is no user ${user}@${domain}; see \`npm run users -- list\``);
    say(`removed ${user}@${domain} and what was registered for it`);
  });
}

async function list(subscribers: Subscribers, domain: string): Promise<void> {
  const all = await subscribers.list();
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  for (const { name, contacts } of all) {
    process.stdout.write(`${name.padEnd(width)}  ${contacts === 1 ? "1 phone" : `${contacts} phones`}\n`);
  }
  say(`${all.length === 1 ? "1 user" : `${all.length} users`} of ${domain}`);
}

async function withSubscribers(
  stack: string,
  work: (subscribers: Subscribers, domain: string) => Promise<void>,
): Promise<void> {
  const { env } = await prepareToolchain({ need: ["pulumi"], quiet: true });
  const { plan, hosts } = await readOutputs(env, stack);
  const host = hosts.find(({ name }) => name === plan.database.machine.name);
  if (!host) throw new Error(`stack ${stack} has no database host; run \`npm run up -- --stack ${stack}\` first`);
  const bastions = new BastionPool();
  const session = await openSession(host, bastions);
  try {
    await work(new Subscribers(session, plan.sip.domain), plan.sip.domain);
  } finally {
    session.close();
    await bastions.close();
  }
}

/** What is piped in; at a terminal it is asked for and not shown. */
async function readPassword(user: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write(`password of ${user}: `);
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const prompt = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise((resolve) => {
      prompt.question("", resolve);
    });
  } finally {
    prompt.close();
    process.stderr.write("\n");
  }
}
