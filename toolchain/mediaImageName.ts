import { createHash } from "node:crypto";

/** Releases with Asterisk; Debian 12 has none. The oldest starts fastest and is frozen. */
export const suites = ["bullseye", "forky"];

/** Asterisk, an init of a few lines, and what the lab's boot program needs; its configuration comes with each machine. */
export const packages = ["asterisk", "tini", "iproute2", "mount", "procps"];

export const customizeHooks = [
  'rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*',
  ': >"$1/etc/machine-id" && rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
];

/** The name of the image of the lab's media servers; its tag is the hash of everything it is made by. */
export function mediaImageName(): string {
  const hash = createHash("sha256").update(JSON.stringify([suites, packages, customizeHooks]));
  return `sip-ha/asterisk:${hash.digest("hex").slice(0, 16)}`;
}
