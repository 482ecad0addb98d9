import type { ClusterPlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

/** What the lab cannot make, and media servers that are missing. Addresses and names are looked at with everybody's. */
export function checkMediaServers(book: RuleBook, plan: ClusterPlan, { balancing }: ClusterOptions): void {
  const servers = { path: "mediaServers", value: plan.mediaServers.length };
  book.refuse(balancing !== undefined && servers.value === 0, { path: "balancing", value: balancing }, [servers], {
    got: "it without media servers",
    allowed: "come with mediaServers",
    fix: "list the media servers that calls are spread over, or remove balancing",
  });
  for (const [index, { kind }] of plan.mediaServers.entries()) {
    book.refuse(
      plan.hosts.kind === "lab" && kind === "freeswitch",
      { path: `mediaServers[${index}].kind`, value: kind },
      [],
      {
        allowed: "be asterisk in the lab, since no Debian release has FreeSWITCH",
        fix: "write asterisk",
      },
    );
  }
  checkUsers(book, plan);
  checkAnswerTime(book, plan);
}

function checkAnswerTime(book: RuleBook, { proxy, mediaServers, balancing }: ClusterPlan): void {
  const time = { path: "balancing.answerWithinMs", value: balancing.answerWithinMs };
  const counts = proxy === "opensips" && mediaServers.length > 0;
  book.refuse(counts && time.value % 1000 !== 0, time, [{ path: "proxy", value: proxy }], {
    allowed: "be whole seconds with proxy opensips, whose timers know no less",
    fix: `write ${Math.max(1, Math.round(time.value / 1000)) * 1000}`,
  });
}

function checkUsers(book: RuleBook, { balancing: { users } }: ClusterPlan): void {
  for (const [index, user] of users.entries()) {
    const path = `balancing.users[${index}]`;
    const covering = users.findIndex(
      (other, at) => at !== index && covers(other, user) && (other !== user || at < index),
    );
    book.refuse(
      covering !== -1,
      { path, value: user },
      [{ path: `balancing.users[${covering}]`, value: users[covering] }],
      {
        allowed: `not be covered by balancing.users[${covering}] (${users[covering] ?? ""})`,
        fix: "remove one of the two",
      },
    );
  }
}

/** Whether everything that `user` stands for is also meant by `other`. */
function covers(other: string, user: string): boolean {
  if (other === user) return true;
  return other.endsWith("*") && /^\+?[0-9]+\*?$/.test(user) && user.startsWith(other.slice(0, -1));
}
