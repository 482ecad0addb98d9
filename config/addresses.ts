import ipaddr from "ipaddr.js";

/** An IPv4 network; bounds as 32-bit numbers. */
export interface Network {
  readonly cidr: string;
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** True for four decimal octets without leading zeros: `10.77.0.2`. */
export function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) && text === ipaddr.IPv4.parse(text).toString();
}

/** True for an IPv6 address or network, bracketed or not. */
export function isIpv6(text: string): boolean {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.IPv6.isValid(bare) || ipaddr.IPv6.isValidCIDR(bare);
}

/** True for an IPv4 network in CIDR form, host bits allowed: `10.77.0.0/24`. */
export function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  return rest.length === 0 && isIpv4(address) && /^(0|[1-9]\d?)$/.test(prefix) && Number(prefix) <= 32;
}

/** The network that an address and a prefix length belong to. */
export function networkOf(address: string, prefix: number): Network {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(address) / size) * size;
  return { cidr: `${toText(first)}/${prefix}`, prefix, first, last: first + size - 1 };
}

/** The network that a CIDR names; host bits are dropped. */
export function parseNetwork(cidr: string): Network {
  const [address = "", prefix = ""] = cidr.split("/");
  return networkOf(address, Number(prefix));
}

export function contains(network: Network, address: string): boolean {
  const value = toNumber(address);
  return value >= network.first && value <= network.last;
}

export function overlaps(one: Network, other: Network): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** True for the network's own address and its broadcast address, which no host may have. */
export function isEdge(network: Network, address: string): boolean {
  const value = toNumber(address);
  return value === network.first || value === network.last;
}

/** True for addresses that no host has: 0/8, 127/8, 169.254/16, multicast and 240/4 (RFC 6890). */
export function isUnusable(address: string): boolean {
  const [a = 0, b = 0] = ipaddr.IPv4.parse(address).octets;
  return a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254);
}

/** The address with host number `number` in a network: 11 in `10.77.0.0/24` is `10.77.0.11`. */
export function hostAddress(network: Network, number: number): string {
  return toText(network.first + number);
}

/**
 * The first of the `count` last usable addresses of a lab network, which Docker keeps: the very last one for its own
 * gateway (asked for even where `inhibit_ipv4` keeps it off the bridge), the ones below for cards that drop theirs.
 */
export function firstReserved(network: Network, count: number): string {
  return toText(network.last - count);
}

/** True for the addresses from {@link firstReserved} up to the last usable one. */
export function isReserved(network: Network, count: number, address: string): boolean {
  const value = toNumber(address);
  return value >= network.last - count && value < network.last;
}
