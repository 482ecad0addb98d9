import { checkDistinct, checkNetworks, machinesAt } from "./networkRules.ts";
import type { ClusterPlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";

/** Two, since Heartbeat in haresources mode knows no third (ha.cf(5), "auto_failback"). */
const HEARTBEAT_NODES = 2;

function checkNodes(book: RuleBook, plan: ClusterPlan): void {
  const nodes = { path: "hosts.nodes", value: plan.nodes.length };
  const got = `${plan.nodes.length}`;
  book.refuse(plan.nodes.length < HEARTBEAT_NODES, nodes, [], {
    got,
    allowed: `have ${HEARTBEAT_NODES} nodes with engine heartbeat`,
    fix: "add a node for the group to move to",
  });
  book.refuse(plan.nodes.length > HEARTBEAT_NODES, nodes, [], {
    got,
    allowed: `have ${HEARTBEAT_NODES} nodes with engine heartbeat`,
    fix: `remove ${plan.nodes
      .slice(HEARTBEAT_NODES)
      .map((node) => node.name)
      .join(", ")}`,
  });
}

function checkNames(book: RuleBook, plan: ClusterPlan): void {
  const names = machinesAt(plan).map(({ name }) => name);
  checkDistinct(
    book,
    names.filter(({ path }) => path !== "hosts.database.name"),
    "rename one of the two",
  );
  const database = { path: "hosts.database.name", value: plan.database.machine.name };
  const others = names.filter(({ path }) => path !== database.path);
  const same = others.find(({ value, path }) => value === database.value && book.sound(path));
  if (!same) return;
  const isNode = same.path.startsWith("hosts.nodes");
  book.refuse(true, database, [same], {
    allowed: isNode ? "name a machine of its own, not a proxy node" : `differ from ${same.path} (${same.value})`,
    fix: isNode ? "the database must survive a node's death: give it another machine" : "rename one of the two",
  });
}

function checkTiming(book: RuleBook, { timing }: ClusterPlan): void {
  const keepalive = { path: "timing.keepaliveMs", value: timing.keepaliveMs };
  const warntime = { path: "timing.warntimeMs", value: timing.warntimeMs };
  const deadtime = { path: "timing.deadtimeMs", value: timing.deadtimeMs };
  const initdead = { path: "timing.initdeadMs", value: timing.initdeadMs };
  book.refuse(warntime.value <= keepalive.value, warntime, [keepalive], {
    allowed: `exceed keepaliveMs (${keepalive.value})`,
    fix: "raise warntimeMs or lower keepaliveMs",
  });
  book.refuse(deadtime.value <= 2 * keepalive.value, deadtime, [keepalive], {
    allowed: `exceed twice keepaliveMs (${2 * keepalive.value})`,
    fix: "raise deadtimeMs or lower keepaliveMs",
  });
  book.refuse(deadtime.value <= warntime.value, deadtime, [warntime], {
    allowed: `exceed warntimeMs (${warntime.value})`,
    fix: "raise deadtimeMs or lower warntimeMs",
  });
  book.refuse(initdead.value < 2 * deadtime.value, initdead, [deadtime], {
    allowed: `be at least twice deadtimeMs (${2 * deadtime.value})`,
    fix: "raise initdeadMs or lower deadtimeMs",
  });
}

function checkVerification(book: RuleBook, { verification }: ClusterPlan): void {
  const faults = { path: "verification.faults", value: verification.faults };
  for (const occasion of ["first", "change"] as const) {
    const level = { path: `verification.${occasion}`, value: verification[occasion] };
    book.refuse(!faults.value && level.value === "power-off", level, [faults], {
      allowed: "be without a fault while verification.faults is false",
      fix: `write ${occasion}: switchover, or faults: true where service may be broken`,
    });
  }
}

/** A hang takes up to two seconds to be found, and the daemon has to come up before it can hang again. */
const SECONDS_PER_RESTART = 5;

function checkSupervision(book: RuleBook, { supervision }: ClusterPlan): void {
  const restarts = { path: "supervision.restarts", value: supervision.restarts };
  const window = { path: "supervision.windowSec", value: supervision.windowSec };
  const least = SECONDS_PER_RESTART * restarts.value;
  book.refuse(window.value < least, window, [restarts], {
    allowed: `be at least ${SECONDS_PER_RESTART} seconds for each of supervision.restarts (${least}), or hangs would never count up to them`,
    fix: "raise windowSec or lower restarts",
  });
}

function checkPorts(book: RuleBook, { sip, heartbeatPort, relayPorts }: ClusterPlan): void {
  const sipPort = { path: "sip.port", value: sip.port };
  const heartbeat = { path: "heartbeatPort", value: heartbeatPort };
  const min = { path: "relayPorts.min", value: relayPorts.min };
  const max = { path: "relayPorts.max", value: relayPorts.max };
  for (const port of [sipPort, heartbeat]) {
    book.refuse(port.value >= min.value && port.value <= max.value, port, [min, max], {
      allowed: `lie outside relayPorts (${min.value}-${max.value})`,
      fix: "change it or relayPorts",
    });
  }
  book.refuse(heartbeat.value === sipPort.value, heartbeat, [sipPort], {
    allowed: `differ from sip.port (${sipPort.value})`,
    fix: "change one of the two",
  });
}

/** What options must be to each other. Paths are those of the stack file. */
export function checkPlan(book: RuleBook, plan: ClusterPlan): void {
  checkNodes(book, plan);
  checkNames(book, plan);
  checkNetworks(book, plan);
  checkTiming(book, plan);
  checkSupervision(book, plan);
  checkVerification(book, plan);
  checkPorts(book, plan);
}

/** The database is served by exactly the machine in `hosts.database`. */
export function checkEndpoints(book: RuleBook, { database, hosts }: ClusterOptions): void {
  const { endpoints } = database;
  if (endpoints === undefined) return;
  const own = { path: "hosts.database.name", value: hosts.database.name };
  book.refuse(endpoints.length !== 1, { path: "database.endpoints", value: endpoints.length }, [], {
    allowed: "have exactly one name",
    fix: `write [${own.value}] or leave it out`,
  });
  for (const [index, name] of endpoints.entries()) {
    const isNode = hosts.nodes.some((node) => node.name === name);
    book.refuse(isNode || name !== own.value, { path: `database.endpoints[${index}]`, value: name }, [own], {
      allowed: isNode ? "name a machine that is no proxy node" : `be the name in hosts.database (${own.value})`,
      fix: `write ${own.value}`,
    });
  }
}
