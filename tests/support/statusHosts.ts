import type { LabClusterPlan } from "../../config/plan.ts";
import { parseReport } from "../../cli/status/report.ts";
import type { HostSeen } from "../../cli/status/seen.ts";
import { twoNodePlan } from "./plans.ts";

export const plan: LabClusterPlan = twoNodePlan();

const CLOCK = "C0000202,10.77.0.2,11,1795548000.1,-0.000012000,0.000001,0.000002,1.5,0.01,0.1,0.001,0.002,4.0,Normal";
const SUM = "a".repeat(64);

const common = {
  bundle: "b".repeat(64),
  clock: CLOCK,
  files: `${SUM}  /etc/kamailio/kamailio.cfg`,
  secrets: `${SUM}  /etc/kamailio/kamailio-secrets.cfg`,
};

type Texts = Readonly<Record<string, string>>;

const active: Texts = {
  role: "node",
  ...common,
  addresses: "198.51.100.10/24",
  route: "default via 198.51.100.1 dev eth1 src 198.51.100.10",
  units: "heartbeat.service=active\nsip-ha-proxy.service=active\nsip-ha-relay.service=active",
  owner: '{"self":"sip1","owner":"sip1","role":"active","since":"2026-11-23T19:20:00Z"}',
  peers: '[{"node":"sip2","status":"active"}]',
  paths: '[{"peer":"sip2","link":"eth0","status":"up"},{"peer":"sip2","link":"eth1","status":"up"}]',
  proxy: "ok",
  relay: "ok",
  database: "ok",
};

const standby: Texts = {
  ...active,
  addresses: "",
  route: "",
  units: "heartbeat.service=active\nsip-ha-proxy.service=inactive\nsip-ha-relay.service=inactive",
  owner: '{"self":"sip2","owner":"sip1","role":"standby","since":null}',
  peers: '[{"node":"sip1","status":"active"}]',
  paths: '[{"peer":"sip1","link":"eth0","status":"up"},{"peer":"sip1","link":"eth1","status":"up"}]',
  proxy: "",
  relay: "",
};

const database: Texts = { role: "database", ...common, units: "mariadb.service=active", rows: "12\t3\t2" };

const healthy: Readonly<Record<string, Texts>> = {
  bastion: { role: "bastion", ...common },
  sip1: active,
  sip2: standby,
  db: database,
  caller: { role: "caller", ...common },
};

const MACHINES = [plan.bastion, ...plan.nodes, plan.database.machine, plan.hosts.router, plan.hosts.caller];

/** Changes to a healthy cluster's reports, by host; `silent` for a host that does not answer. */
export type Changes = Readonly<Record<string, Texts | "silent">>;

/** What a look at a healthy cluster finds (sip1 active), with changes. */
export function hostsSeen(changes: Changes = {}): HostSeen[] {
  return MACHINES.map(({ name, role, privateAddress }) => {
    const host = { name, role, privateAddress, container: `sip-ha-two-node-${name}` };
    const change = changes[name];
    if (change === "silent") return { ...host, found: { kind: "silent", said: "timed out" } };
    const texts = healthy[name];
    if (!texts) return { ...host, found: { kind: "answers" } };
    return { ...host, found: { kind: "report", report: parseReport(JSON.stringify({ ...texts, ...change })) } };
  });
}

/** What sip2 tells when it owns the group instead of sip1. */
export const sip2Active: Texts = {
  ...active,
  owner: '{"self":"sip2","owner":"sip2","role":"active","since":"2026-11-23T19:25:00Z"}',
  peers: standby["peers"] ?? "",
  paths: standby["paths"] ?? "",
};

/** What a node tells that is ready and holds nothing, while nobody owns the group. */
export const nobodyOwns: Texts = {
  ...standby,
  owner: '{"self":"sip1","owner":null,"role":"standby","since":null}',
};
