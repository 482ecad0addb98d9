import { contains, parseNetwork } from "../../config/addresses.ts";
import type { ExistingClusterPlan, FloatingIpPlan, MachinePlan } from "../../config/plan.ts";
import { type DebianRelease, releaseNames, releases, releaseTitle } from "../../config/releases.ts";
import type { PreflightFault } from "../preflight/fault.ts";
import type { MachineFacts } from "./facts.ts";
import { filterFaults } from "./filterRules.ts";
import { fault, type Rule, type Subject } from "./rule.ts";
import { wantedPorts } from "./wantedPorts.ts";

const MIN_FREE_BYTES = 2 * 1024 ** 3;
/** Registrations expire by the clock; chrony takes over what is less. */
const CLOCK_BOUND_MS = 60_000;

/**
 * What stands in the way on one machine; pure.
 *
 * @param inService the floating IP that was activated last
 */
export function machineFaults(
  plan: ExistingClusterPlan,
  machine: MachinePlan,
  facts: MachineFacts,
  inService: FloatingIpPlan = plan.floatingIp,
): readonly PreflightFault[] {
  const ours = facts.release && facts.cluster === plan.stack;
  const floatingIps = ours && machine.role === "node" ? [plan.floatingIp, inService] : [];
  return RULES.flatMap((rule) => rule({ plan, machine, facts, ours, floatingIps }));
}

const RULES: readonly Rule[] = [
  releaseFaults,
  ({ machine, facts: { architecture, init } }) => [
    ...fault(architecture !== "amd64", machine, "the architecture must be amd64", architecture, "use another machine"),
    ...fault(init !== "systemd", machine, "systemd must run as process 1", init, "boot it with systemd"),
  ],
  ({ machine, facts: { name } }) =>
    fault(
      name !== machine.name,
      machine,
      `uname -n must say ${machine.name}`,
      name,
      `correct the name in the stack file, or run \`hostnamectl set-hostname ${machine.name}\` there`,
    ),
  ({ plan, machine, facts: { sudo } }) => {
    const user = plan.hosts.machines[machine.name]?.ssh.user ?? "the user";
    const fix = `write \`${user} ALL=(ALL) NOPASSWD: ALL\` into /etc/sudoers.d/${user} there`;
    return fault(sudo !== "yes", machine, `${user} must be allowed to use sudo without a password`, sudo, fix);
  },
  ({ machine, facts: { freeBytes } }) =>
    fault(
      freeBytes < MIN_FREE_BYTES,
      machine,
      "2.0 GiB must be free in /var/lib",
      `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`,
      "make room there",
    ),
  ({ machine, facts: { clock } }) =>
    fault(
      Math.abs(clock.offsetMs) - clock.unsureMs > CLOCK_BOUND_MS,
      machine,
      "the clock must be within a minute of this machine's",
      `${Math.round(clock.offsetMs / 1000)} s`,
      "set one of the two clocks right",
    ),
  addressFaults,
  cardFaults,
  publicFaults,
  routeFaults,
  reachFaults,
  rivalFaults,
  portFaults,
  filterFaults,
  ({ plan, machine, facts: { cluster } }) =>
    fault(
      cluster !== undefined && cluster !== plan.stack,
      machine,
      `it must be free, or of stack ${plan.stack}`,
      `a release of stack ${cluster ?? ""}`,
      `destroy that stack first (\`npm run destroy -- --stack ${cluster ?? ""}\`), or give this one another machine`,
    ),
];

/** The packages of one release do not fit another, and all machines get them from one bundle. */
function releaseFaults({ plan: { release }, machine, facts: { os } }: Subject): readonly PreflightFault[] {
  const other = releaseNames.find((name) => os === osOf(name));
  const install = `install ${releaseTitle(release)} (${release}) there`;
  const fix =
    other === undefined
      ? install
      : `${install}, or write hosts.release: ${other} where every machine of the stack runs ${releaseTitle(other)}`;
  const what = `the system must be ${releaseTitle(release)}, as hosts.release says`;
  return fault(os !== osOf(release), machine, what, os, fix);
}

/** As inspect.sh tells it. */
function osOf(release: DebianRelease): string {
  return `debian ${releases[release].version}`;
}

/** The card that has a machine's private address; a node's must have the name that the stack file gives. */
function addressFaults({ plan, machine, facts }: Subject): readonly PreflightFault[] {
  const { privateAddress } = machine;
  const card = facts.addresses.find(({ address }) => address.split("/")[0] === privateAddress)?.card;
  const has = facts.addresses.map(({ card: name, address }) => `${address} on ${name}`).join(", ") || "no address";
  if (card === undefined) {
    const fix = "give it that address permanently, or correct the stack file";
    return fault(true, machine, `it must have the private address ${privateAddress}`, has, fix);
  }
  const { private: wanted } = plan.interfaces;
  return fault(
    machine.role === "node" && card !== wanted,
    machine,
    `${privateAddress} must be on the card ${wanted}`,
    `it on ${card}`,
    `write hosts.interfaces.private: ${card}; both nodes need the same name`,
  );
}

/** Cards of a node: there, up, and those that were meant. */
function cardFaults({ plan, machine, facts }: Subject): readonly PreflightFault[] {
  if (machine.role !== "node") return [];
  const macs = plan.hosts.machines[machine.name]?.macs;
  const names = facts.cards.map(({ name }) => name).join(", ");
  return (["private", "public"] as const).flatMap((network) => {
    const name = plan.interfaces[network];
    const card = facts.cards.find((known) => known.name === name);
    if (!card) {
      const fix = `correct hosts.interfaces.${network}, or name the card so by a .link file (systemd.link(5))`;
      return fault(true, machine, `it must have a ${network} card ${name}`, names, fix);
    }
    const mac = macs?.[network];
    const there = facts.cards.find((known) => known.mac === mac)?.name;
    return [
      ...fault(
        mac !== undefined && card.mac !== mac,
        machine,
        `${name} must have the hardware address ${mac ?? ""}`,
        `${card.mac}${there === undefined ? "" : `; that one is ${there}`}`,
        "name the cards by .link files (systemd.link(5)), or correct the stack file",
      ),
      ...fault(
        card.state === "DOWN" && network === "private",
        machine,
        `${name} must be up`,
        card.state,
        "look at its cable and its configuration",
      ),
    ];
  });
}

/** The floating IP belongs to the group, and only the group may put it on a card. */
function publicFaults({ plan, machine, facts, floatingIps }: Subject): readonly PreflightFault[] {
  const { address, prefix } = plan.floatingIp;
  const foreign = facts.addresses
    .map((known) => ({ ...known, bare: known.address.split("/")[0] ?? "" }))
    .filter(({ bare }) => !floatingIps.some((own) => own.address === bare));
  const held = foreign.filter(({ bare }) => bare === address);
  const network = parseNetwork(`${address}/${prefix}`);
  const others = foreign.filter(({ bare }) => bare !== address && contains(network, bare));
  const files = facts.configured.join(", ");
  return [
    ...fault(
      facts.configured.length > 0,
      machine,
      `no file may configure the floating IP ${address}`,
      files,
      "remove it there: two nodes would have it after a boot",
    ),
    ...fault(
      held.length > 0,
      machine,
      `it must not have the floating IP ${address}`,
      `it on ${held[0]?.card ?? ""}`,
      `remove it: \`ip addr del ${address}/${prefix} dev ${held[0]?.card ?? ""}\``,
    ),
    ...fault(
      machine.role === "node" && others.length > 0,
      machine,
      "a node must have no public address of its own",
      others.map((known) => `${known.address} on ${known.card}`).join(", "),
      "remove it from the network configuration and the card: a standby must not be reached from outside",
    ),
  ];
}

/** Only the active node has a way out, and that one is the group's. */
function routeFaults({ plan, machine, facts, floatingIps }: Subject): readonly PreflightFault[] {
  if (machine.role !== "node") return [];
  const own = floatingIps.map(({ gateway }) => `via ${gateway} dev ${plan.interfaces.public}`);
  const strays = facts.defaultRoutes.filter((route) => !own.some((start) => route.startsWith(start)));
  const persistent = facts.gateways.join(", ");
  const fix =
    "remove it there (ifupdown: gateway, networkd: Gateway=, netplan: gateway4 or a route to default) and by `ip route del default`; " +
    "reach the node by routes to your own networks";
  return [
    ...fault(strays.length > 0, machine, "a node must have no default route of its own", strays.join(", "), fix),
    ...fault(facts.gateways.length > 0, machine, "no file may give a node a default route", persistent, fix),
  ];
}

/** The private network carries heartbeats and the database. */
function reachFaults({ plan, machine, facts }: Subject): readonly PreflightFault[] {
  return [...facts.reach].flatMap(([name, { answers, card }]) => [
    ...fault(
      !answers,
      machine,
      `it must reach ${name} on the private network`,
      "no answer from its sshd",
      "look at cables, addresses and firewalls between the two",
    ),
    ...fault(
      answers && machine.role === "node" && card !== plan.interfaces.private,
      machine,
      `its way to ${name} must be ${plan.interfaces.private}`,
      `it through ${card}`,
      "correct its routes, or hosts.interfaces.private",
    ),
  ]);
}

const DATABASES = ["mariadb", "mysql"];

function rivalFaults({ machine, facts, ours }: Subject): readonly PreflightFault[] {
  if (ours) return [];
  const rivals = facts.rivals.filter((unit) => machine.role === "node" || DATABASES.includes(unit));
  return rivals.flatMap((unit) =>
    fault(
      true,
      machine,
      `no ${unit} of somebody else's may run`,
      "it running",
      `stop it (\`systemctl disable --now ${unit}\`), or give the cluster another machine`,
    ),
  );
}

/** Ports that the group or the database listens on. */
function portFaults({ plan, machine, facts, ours }: Subject): readonly PreflightFault[] {
  if (ours) return [];
  return wantedPorts(plan, machine).flatMap(({ protocol, port, what }) => {
    const taken = facts.ports.find((known) => known.protocol === protocol && known.address.endsWith(`:${port}`));
    const who = taken === undefined || taken.program === "-" ? "another program" : taken.program;
    return fault(
      taken !== undefined,
      machine,
      `${protocol} port ${port} must be free for ${what}`,
      `it taken by ${who}`,
      "stop it, or choose another port in the stack file",
    );
  });
}
