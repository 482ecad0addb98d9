import type { ClusterPlan } from "./plan.ts";
import { callsWithin, partsOf, PORTS_PER_CALL } from "./relayPorts.ts";
import type { At, RuleBook } from "./ruleBook.ts";

const LEAST_RELAY_PORTS = 100;
/** Redis and its buffers without a call, in megabytes. */
const REDIS_BASE_MB = 8;
/** Above what rtpengine 10.5 keeps of a call of two audio streams, in kilobytes. */
const REDIS_KB_PER_CALL = 16;

function checkRelayPorts(book: RuleBook, { relayPorts }: ClusterPlan): void {
  const min = { path: "relayPorts.min", value: relayPorts.min };
  const max = { path: "relayPorts.max", value: relayPorts.max };
  book.refuse(min.value % 2 !== 0, min, [], {
    allowed: "be even, since RTP takes the even port of a pair (RFC 3550 section 11)",
    fix: `write ${min.value - 1} or ${min.value + 1}`,
  });
  book.refuse(max.value < min.value, max, [min], {
    allowed: `not be below relayPorts.min (${min.value})`,
    fix: "exchange the two",
  });
  book.refuse(max.value >= min.value && max.value - min.value + 1 < LEAST_RELAY_PORTS, max, [min], {
    allowed: `leave at least ${LEAST_RELAY_PORTS} ports from relayPorts.min (${min.value})`,
    fix: "raise relayPorts.max or lower relayPorts.min",
  });
}

function checkCapacity(book: RuleBook, plan: ClusterPlan): void {
  const { relay, relayPorts, concurrentCalls } = plan;
  const calls = { path: "concurrentCalls", value: concurrentCalls };
  const ports = [relayPorts.min, relayPorts.max].map((value, index) => ({
    path: index === 0 ? "relayPorts.min" : "relayPorts.max",
    value,
  }));
  const sized = relayPorts.max >= relayPorts.min && relay !== "none";
  const parts = partsOf(plan);
  const each = parts === 1 ? "" : `, of which each node has its own 1/${parts}`;
  book.refuse(sized && calls.value > callsWithin(plan), calls, ports, {
    allowed: `be at most ${callsWithin(plan)}, since a call uses ${PORTS_PER_CALL} of the ports ${relayPorts.min}-${relayPorts.max}${each}`,
    fix: `widen relayPorts to ${parts * PORTS_PER_CALL * calls.value} ports or announce fewer calls`,
  });
}

function checkRedis(book: RuleBook, plan: ClusterPlan): void {
  const { redis, database, concurrentCalls } = plan;
  const relay = { path: "relay", value: plan.relay };
  book.refuse(plan.relay === "rtpengine" && redis === undefined, { path: "redis", value: undefined }, [relay], {
    allowed: "be given with relay rtpengine, with a bound of its memory",
    fix: `write redis: { maxMemoryMb: ${Math.max(64, redisMegabytes(concurrentCalls))} }`,
  });
  if (redis === undefined) return;
  book.refuse(plan.relay !== "rtpengine", { path: "redis", value: redis.maxMemoryMb }, [relay], {
    got: `{ maxMemoryMb: ${redis.maxMemoryMb} }`,
    allowed: `be left out with relay ${plan.relay}, which keeps nothing in it`,
    fix: "remove it or write relay: rtpengine",
  });
  const memory = { path: "redis.maxMemoryMb", value: redis.maxMemoryMb };
  const calls: At<number> = { path: "concurrentCalls", value: concurrentCalls };
  book.refuse(memory.value < redisMegabytes(calls.value), memory, [calls], {
    allowed: `be at least ${redisMegabytes(calls.value)} for ${calls.value} concurrentCalls (${REDIS_BASE_MB} MB and ${REDIS_KB_PER_CALL} KB each)`,
    fix: "raise redis.maxMemoryMb or announce fewer calls",
  });
  const port = { path: "redis.port", value: redis.port };
  book.refuse(port.value === database.port, port, [{ path: "database.port", value: database.port }], {
    allowed: `differ from database.port (${database.port}), since both are on ${redis.machine.name}`,
    fix: "change one of the two",
  });
}

function redisMegabytes(calls: number): number {
  return REDIS_BASE_MB + Math.ceil((calls * REDIS_KB_PER_CALL) / 1024);
}

function checkVendor(book: RuleBook, { relay, packageSources }: ClusterPlan): void {
  const sources = { path: "packageSources", value: packageSources.length };
  book.refuse(relay === "mediaproxy" && packageSources.length === 0, sources, [{ path: "relay", value: relay }], {
    got: "none",
    allowed: "have a source of MediaProxy with relay mediaproxy, since Debian has no such package",
    fix: "add AG Projects' repository with its key, or { directory: ... } with mediaproxy-dispatcher, mediaproxy-relay, mediaproxy-common and what they need as .deb files",
  });
}

/** The relay, its ports, and Redis, which belongs to rtpengine alone. Paths are those of the stack file. */
export function checkRelay(book: RuleBook, plan: ClusterPlan): void {
  checkRelayPorts(book, plan);
  checkVendor(book, plan);
  checkCapacity(book, plan);
  checkRedis(book, plan);
}
