import { z } from "zod";
import { hostAddress, parseNetwork } from "./addresses.ts";
import { about, mapping, oneOf, wholeNumber } from "./fields.ts";
import { isSecretName } from "./faults.ts";
import { hostNumbers } from "./labSchema.ts";
import { nearest } from "./nearest.ts";
import type { FencingPlan, MachinePlan } from "./plan.ts";
import type { RuleBook } from "./ruleBook.ts";
import type { ClusterOptions } from "./schema.ts";
import { type StonithPlugin, stonithPlugins } from "./stonithPlugins.ts";

const names = Object.keys(stonithPlugins);
const DEFAULT_TIMEOUT_MS = 10_000;
/** The user of the lab's BMCs; the password is a secret. */
const LAB_USER = "fence";

const value = z.union([z.string(), z.number()]);

const parameters = about(z.record(z.string(), value), {
  description: "Parameters of the plugin (`stonith -t TYPE -n`) that are the same for every node; no secrets.",
  derived: "none",
  allowed: "a mapping of the plugin's parameters to text",
  example: { userid: "fence", interface: "lanplus" },
}).default({});

const devices = about(z.record(z.string(), z.record(z.string(), value)), {
  description: "Parameters by the name of the node that is to be switched off; they go before `fencing.parameters`.",
  derived: "none",
  allowed: "a mapping of node names to mappings of parameters",
  example: { sip1: { ipaddr: "10.77.0.36" }, sip2: { ipaddr: "10.77.0.37" } },
}).default({});

const stonith = mapping(
  {
    plugin: about(z.string(), {
      description: [
        "Plugin of cluster-glue. Required parameters:",
        `${names.map((name) => `\`${name}\` (${requirement(name)})`).join(", ")}.`,
      ].join(" "),
      allowed: `one of ${names.join(", ")}`,
      example: "external/ipmi",
    }),
    parameters,
    devices,
    timeoutMs: wholeNumber(1000, 60000, "milliseconds", {
      description: "An order that is not confirmed within this time has failed, and no takeover follows.",
      example: 20000,
    }).default(DEFAULT_TIMEOUT_MS),
  },
  { description: "A device of one's own.", example: { plugin: "external/ssh" } },
);

function requirement(name: string): string {
  const { required = [], secret } = stonithPlugins[name] ?? {};
  const all = [...required, ...(secret === undefined ? [] : [`${secret} as sip-ha:fencingPassword`])];
  return all.length === 0 ? "none" : all.join(", ");
}

/** What a stack file says of fencing. */
export const fencingSchema = about(
  z.union([oneOf(["none", "lab"], { description: "No fencing, or the lab's own device.", example: "lab" }), stonith]),
  {
    description: [
      "How a node that is silent is switched off before its group is taken over (STONITH). `none`: it is not, so two",
      "nodes that lose sight of each other both own the group. `lab`: the lab gets a machine that is the BMC (IPMI) of",
      "both nodes. A mapping describes devices of your own; their password is `sip-ha:fencingPassword`.",
    ].join(" "),
    allowed: "none, lab or a mapping with plugin, parameters, devices, timeoutMs",
    example: "lab",
  },
).default("none");

/** The plan of what stands under `fencing`. */
export function fencingPlan(options: ClusterOptions, nodes: readonly MachinePlan[]): FencingPlan {
  const { fencing } = options;
  if (fencing === "none") return { kind: "none" };
  const given = fencing === "lab" ? labDevices(options, nodes) : fencing;
  const plugin = stonithPlugins[given.plugin];
  const devices = nodes.map(({ name }) => {
    const chosen = { ...given.parameters, ...(given.devices[name] ?? {}) };
    const merged = { ...(plugin ? { [plugin.target]: name } : {}), ...chosen, ...plugin?.fixed };
    const texts = Object.entries(merged).map(([key, text]) => [key, String(text)] as const);
    return [name, Object.fromEntries(texts)] as const;
  });
  return {
    kind: "stonith",
    plugin: given.plugin,
    lab: fencing === "lab",
    devices: Object.fromEntries(devices),
    timeoutMs: given.timeoutMs,
    ...(plugin?.secret === undefined ? {} : { secret: plugin.secret }),
    throughTarget: plugin?.throughTarget ?? false,
    packages: plugin?.packages ?? [],
  };
}

type StonithOptions = Exclude<ClusterOptions["fencing"], string>;

/** One BMC for each node, all on the fence machine, each at an address of its own. */
function labDevices({ hosts }: ClusterOptions, nodes: readonly MachinePlan[]): StonithOptions {
  const network = parseNetwork(hosts.privateSubnet);
  const devices = nodes.map(
    ({ name }, index) => [name, { ipaddr: hostAddress(network, hostNumbers.bmc + index) }] as const,
  );
  return {
    plugin: "external/ipmi",
    // the BMCs of ipmi_sim speak IPMI 1.5
    parameters: { userid: LAB_USER, interface: "lan", priv: "OPERATOR" },
    devices: Object.fromEntries(devices),
    timeoutMs: DEFAULT_TIMEOUT_MS,
  };
}

/** The plugin must exist, and every node must have each parameter that it needs and no other. */
export function checkFencing(book: RuleBook, options: ClusterOptions): void {
  const { fencing, hosts } = options;
  if (typeof fencing === "string") return;
  const at = { path: "fencing.plugin", value: fencing.plugin };
  const plugin = stonithPlugins[fencing.plugin];
  if (!plugin) {
    const guess = nearest(fencing.plugin, names);
    book.refuse(true, at, [], {
      allowed: `be one of ${names.join(", ")}`,
      fix: guess === undefined ? "choose one of them" : `did you mean ${guess}`,
    });
    return;
  }
  checkParameters(book, "fencing.parameters", fencing.parameters, plugin, fencing.plugin);
  const nodes = hosts.nodes.map(({ name }) => name);
  for (const [node, own] of Object.entries(fencing.devices)) {
    const path = `fencing.devices.${node}`;
    book.refuse(!nodes.includes(node), { path, value: own }, [], {
      allowed: `be for one of the nodes ${nodes.join(", ")}`,
      fix: "give it a node's name or remove it",
    });
    checkParameters(book, path, own, plugin, fencing.plugin);
  }
  checkComplete(book, options, fencing, plugin);
}

function checkParameters(
  book: RuleBook,
  path: string,
  given: Readonly<Record<string, unknown>>,
  { required, optional, target, fixed }: StonithPlugin,
  name: string,
): void {
  const known = [target, ...required, ...optional];
  for (const [key, text] of Object.entries(given)) {
    // a secret is refused as such, wherever it stands
    if (isSecretName(key) && !(key in fixed)) continue;
    const at = { path: `${path}.${key}`, value: text };
    const line = /^[\x20-\x7e]+$/.test(String(text));
    book.refuse(!known.includes(key), at, [], {
      allowed:
        key in fixed
          ? `be left out, since it is always ${fixed[key] ?? ""}`
          : `be a parameter of ${name} (${known.join(", ")})`,
      fix: "remove it",
    });
    book.refuse(known.includes(key) && !line, at, [], {
      allowed: "be one line of printable ASCII characters",
      fix: "change it",
    });
  }
}

function checkComplete(
  book: RuleBook,
  { hosts }: ClusterOptions,
  { plugin: name, parameters: shared, devices: own }: StonithOptions,
  { required, target }: StonithPlugin,
): void {
  for (const node of hosts.nodes.map((machine) => machine.name)) {
    const given = { ...shared, ...(own[node] ?? {}) };
    const missing = required.filter((key) => !(key in given));
    const at = { path: `fencing.devices.${node}`, value: own[node] };
    book.refuse(missing.length > 0, at, [{ path: "hosts.nodes", value: hosts.nodes }], {
      allowed: `have ${missing.join(", ")}, which ${name} needs`,
      fix: `set ${missing.length === 1 ? "it" : "them"} there, or under fencing.parameters for all nodes`,
    });
  }
  const sameTarget = { path: `fencing.parameters.${target}`, value: shared[target] };
  book.refuse(sameTarget.value !== undefined, sameTarget, [], {
    allowed: "not be the same for all nodes",
    fix: `give each node its own under fencing.devices, or leave it out: it is the node's name by default`,
  });
}
