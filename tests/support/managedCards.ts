import { createReadStream } from "node:fs";
import { execa } from "execa";
import { buildBundle } from "../../bundle/build.ts";
import { resolveLock } from "../../bundle/lock.ts";
import type { BundleRequest } from "../../bundle/model.ts";

/** What the network manager of a machine calls its cards. */
export const CARDS = { private: "private0", public: "public0" } as const;

/** Hardware addresses of a machine's cards. */
export interface Macs {
  readonly private: string;
  readonly public: string;
}

/** A machine for trial whose cards somebody else configured so far. */
interface Machine {
  readonly container: string;
  /** With prefix. */
  readonly address: string;
}

const nothing = { node: [], database: [], bastion: [], router: [], caller: [], fence: [] };

/**
 * Boots a machine whose cards ifupdown names by their hardware addresses and configures; nothing else gives it an address.
 *
 * @returns the hardware addresses
 */
export async function manageByIfupdown({ container, address }: Machine): Promise<Macs> {
  const macs = await macsOf(container);
  await install(container, ["ifupdown"]);
  const lines = [
    `rename mac/${macs.private}=${CARDS.private} mac/${macs.public}=${CARDS.public}`,
    `auto lo ${CARDS.private} ${CARDS.public}`,
    "iface lo inet loopback",
    `iface ${CARDS.private} inet static`,
    `  address ${address}`,
    `iface ${CARDS.public} inet manual`,
    "source /etc/network/interfaces.d/*",
  ];
  await write(container, "/etc/network/interfaces", lines);
  await shell(container, "sed -Ei 's/^(nic .*) .*/\\1 none/' /etc/sip-ha-lab/network");
  await boot(container);
  return macs;
}

/**
 * Boots a machine whose cards netplan configures by way of systemd-networkd; nothing else gives it an address. They have their
 * names from the machine's boot program, since a container has no udev.
 *
 * @returns the hardware addresses
 */
export async function manageByNetplan({ container, address }: Machine): Promise<Macs> {
  const macs = await macsOf(container);
  await install(container, ["netplan.io"]);
  const ethernets = { [CARDS.private]: { addresses: [address] }, [CARDS.public]: { optional: true } };
  await write(container, "/etc/netplan/10-cards.yaml", [JSON.stringify({ network: { version: 2, ethernets } })]);
  const names = `s/ eth0 / ${CARDS.private} /; s/ eth1 / ${CARDS.public} /`;
  await shell(container, `sed -Ei 's/^(nic .*) .*/\\1 none/; ${names}' /etc/sip-ha-lab/network`);
  await shell(container, "systemctl -q enable systemd-networkd");
  await boot(container);
  return macs;
}

async function macsOf(container: string): Promise<Macs> {
  const text = await shell(container, "cat /sys/class/net/eth0/address /sys/class/net/eth1/address");
  const [own = "", open = ""] = text.split("\n");
  return { private: own, public: open };
}

/** From the controller's package sources, as a bundle, since the machine has none. */
async function install(container: string, names: readonly string[]): Promise<void> {
  const request: BundleRequest = {
    release: "bookworm",
    architecture: "amd64",
    roles: { ...nothing, node: [...names] },
    wheels: nothing,
    sources: [],
  };
  const quiet = (): void => undefined;
  const bundle = await buildBundle("node", await resolveLock(request, quiet), [], quiet);
  await shell(container, "mkdir /root/debs");
  await execa("docker", ["cp", "-", `${container}:/root/debs`], { input: createReadStream(bundle.tarFile) });
  await shell(container, "apt-get -q -y --no-install-recommends install /root/debs/*.deb");
}

async function write(container: string, path: string, lines: readonly string[]): Promise<void> {
  const input = lines.map((line) => `${line}\n`).join("");
  const place = 'mkdir -p "${1%/*}" && umask 077 && cat >"$1"';
  await execa("docker", ["exec", "--interactive", container, "sh", "-c", place, "sh", path], { input });
}

async function boot(container: string): Promise<void> {
  await execa("docker", ["restart", "--time", "10", container]);
}

async function shell(container: string, line: string): Promise<string> {
  const { stdout } = await execa("docker", ["exec", container, "sh", "-c", line]);
  return stdout;
}
