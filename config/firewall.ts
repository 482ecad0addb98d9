import { contains, parseNetwork } from "./addresses.ts";
import { type ClusterPlan, type FirewallPlan, machines, routerOf } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

/** Of each request that is allowed, an answer's acknowledgement, a repetition and the like. */
const PACKETS_PER_REQUEST = 5;
/** Less than a request and its repetition with a password. */
const LEAST_PACKETS_PER_REQUEST = 2;
/** Two streams of 20 ms packets, their reports, and as much again. */
const PACKETS_PER_CALL = 250;

type Unfiltered = Omit<ClusterPlan, "firewall">;

/** The plan of what stands under `firewall`. */
export function firewallPlan({ firewall }: ClusterOptions, plan: Unfiltered): FirewallPlan {
  const { mode, ssh, allow, limits } = firewall;
  const { rateLimit, concurrentCalls, bastion, hosts } = plan;
  return {
    mode,
    ssh: ssh ?? [bastion ? `${bastion.privateAddress}/32` : hosts.privateSubnet],
    allow: allow.map(({ lastPort, hosts: names, ...given }) => ({
      ...given,
      lastPort: lastPort ?? given.port,
      ...(names === undefined ? {} : { hosts: names }),
    })),
    limits: {
      sipPacketsPerSec: limits.sipPacketsPerSec ?? PACKETS_PER_REQUEST * rateLimit.requestsPerSec,
      mediaPacketsPerSec: limits.mediaPacketsPerSec ?? PACKETS_PER_CALL * concurrentCalls,
      tcpConnections: limits.tcpConnections,
    },
  };
}

/** Networks must be networks, names machines, and nobody may be locked out knowingly. */
export function checkFirewall(book: RuleBook, plan: ClusterPlan, { firewall: given }: ClusterOptions): void {
  checkNetworks(book, plan, given);
  checkOpenings(book, plan);
  checkBastion(book, plan);
  const { limits } = plan.firewall;
  const packets = { path: "firewall.limits.sipPacketsPerSec", value: limits.sipPacketsPerSec };
  const requests = { path: "rateLimit.requestsPerSec", value: plan.rateLimit.requestsPerSec };
  const least = LEAST_PACKETS_PER_REQUEST * requests.value;
  book.refuse(packets.value < least, packets, [requests], {
    allowed: `be at least twice rateLimit.requestsPerSec (${least}), or that limit would never be reached`,
    fix: "raise it, leave it out, or lower rateLimit.requestsPerSec",
  });
  for (const key of ["ssh", "allow"] as const) {
    const value = given[key]?.length ?? 0;
    book.refuse(given.mode === "none" && value > 0, { path: `firewall.${key}`, value }, [], {
      got: "a list",
      allowed: "be left out with firewall.mode none",
      fix: "remove it, or write mode: managed",
    });
  }
}

function checkNetworks(book: RuleBook, { firewall }: ClusterPlan, given: ClusterOptions["firewall"]): void {
  const places = [
    ...(given.ssh ?? []).map((value, index) => ({ path: `firewall.ssh[${index}]`, value })),
    ...firewall.allow.map(({ from }, index) => ({ path: `firewall.allow[${index}].from`, value: from })),
  ];
  for (const place of places) {
    const { cidr } = parseNetwork(place.value);
    book.refuse(cidr !== place.value, place, [], {
      allowed: "begin with the network's own address",
      fix: `write ${cidr}`,
    });
  }
}

function checkOpenings(book: RuleBook, plan: ClusterPlan): void {
  const known = machines(plan)
    .filter(({ name }) => name !== routerOf(plan)?.name)
    .map(({ name }) => name);
  for (const [index, { port, lastPort, hosts }] of plan.firewall.allow.entries()) {
    const path = `firewall.allow[${index}]`;
    book.refuse(
      lastPort < port,
      { path: `${path}.lastPort`, value: lastPort },
      [{ path: `${path}.port`, value: port }],
      {
        allowed: `not be below port (${port})`,
        fix: "exchange the two",
      },
    );
    for (const [at, name] of (hosts ?? []).entries()) {
      book.refuse(!known.includes(name), { path: `${path}.hosts[${at}]`, value: name }, [{ path: "hosts", value: 0 }], {
        allowed: `be one of ${known.join(", ")}`,
        fix: "name a machine of the cluster, or leave hosts out for all of them",
      });
    }
  }
}

/** The lab's machines are reached through its bastion and in no other way. */
function checkBastion(book: RuleBook, { bastion, firewall }: ClusterPlan): void {
  if (!bastion) return;
  const covered = firewall.ssh.some((network) => contains(parseNetwork(network), bastion.privateAddress));
  const address = { path: "hosts.bastion.address", value: bastion.privateAddress };
  book.refuse(!covered, { path: "firewall.ssh", value: firewall.ssh }, [address], {
    got: firewall.ssh.join(", "),
    allowed: `cover the bastion (${bastion.privateAddress})`,
    fix: `add ${bastion.privateAddress}/32, or leave it out`,
  });
}
