import { parseNetwork } from "./addresses.ts";
import type { ClusterPlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";

function checkExpires(book: RuleBook, { registrar }: ClusterPlan): void {
  const { minSec, defaultSec, maxSec } = registrar.expires;
  const min = { path: "registrar.expires.minSec", value: minSec };
  const usual = { path: "registrar.expires.defaultSec", value: defaultSec };
  const max = { path: "registrar.expires.maxSec", value: maxSec };
  book.refuse(max.value < min.value, max, [min], {
    allowed: `not be below registrar.expires.minSec (${min.value})`,
    fix: "exchange the two",
  });
  book.refuse(max.value >= min.value && (usual.value < min.value || usual.value > max.value), usual, [min, max], {
    allowed: `lie between registrar.expires.minSec (${min.value}) and maxSec (${max.value})`,
    fix: "change it or one of the two",
  });
}

function checkExemptions(book: RuleBook, { rateLimit }: ClusterPlan): void {
  for (const [index, given] of rateLimit.exempt.entries()) {
    const { cidr } = parseNetwork(given);
    const exempt = { path: `rateLimit.exempt[${index}]`, value: given };
    book.refuse(cidr !== given, exempt, [], {
      allowed: "begin with the network's own address",
      fix: `write ${cidr}`,
    });
  }
}

/** What the options of registrar and limits must be to each other. */
export function checkEdge(book: RuleBook, plan: ClusterPlan): void {
  checkExpires(book, plan);
  checkExemptions(book, plan);
}
