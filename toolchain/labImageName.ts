import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type DebianRelease, releases } from "../config/releases.ts";
import { projectDir } from "./versions.ts";

/** A bare Debian: what a fresh server has, and nothing of the cluster. */
export const packages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "sudo",
  "iproute2",
  "ca-certificates",
  "iputils-ping",
  "procps",
];

/** Units that wait for hardware, or manage what the container engine manages. */
const masked = [
  "console-getty.service",
  "dev-hugepages.mount",
  "getty.target",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-firstboot.service",
  "systemd-logind.service",
  "systemd-modules-load.service",
  "systemd-remount-fs.service",
  "systemd-udev-trigger.service",
  "systemd-udevd.service",
  "systemd-udevd-control.socket",
  "systemd-udevd-kernel.socket",
];

/** Run in order with the new tree's path as `$1`, after the packages are in. */
export const customizeHooks = [
  `sync-in ${join("files", "lab")} /`,
  // Copied directories come with the clone's owner and mode, also those that the tree had before.
  'cd "$1" && chown root:root . etc etc/ssh usr usr/lib && chmod 0755 . etc etc/ssh usr usr/lib',
  'cd "$1" && chown -R root:root etc/ssh/sshd_config.d etc/systemd usr/lib/sip-ha-lab && chmod -R go-w etc/systemd usr/lib/sip-ha-lab',
  'chroot "$1" useradd --create-home --gid operator --shell /bin/bash --password "*" operator',
  'printf "operator ALL=(ALL) NOPASSWD: ALL\\n" >"$1/etc/sudoers.d/operator" && chmod 0440 "$1/etc/sudoers.d/operator"',
  'mkdir -p "$1/etc/ssh/authorized_keys" && rm -f "$1"/etc/ssh/ssh_host_*',
  'printf "force-unsafe-io\\n" >"$1/etc/dpkg/dpkg.cfg.d/force-unsafe-io"',
  `for unit in ${masked.join(" ")}; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done`,
  'chroot "$1" systemctl enable sip-ha-lab-boot.service',
  'chroot "$1" systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer',
  'rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*',
  ': >"$1/etc/machine-id" && rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
];

export const changes = ['CMD ["/sbin/init"]', "ENV container=docker"];

/** The lab image's name, which tells its release; its tag is the hash of everything it is made by. */
export function labImageName(release: DebianRelease = "bookworm"): string {
  const hash = createHash("sha256").update(JSON.stringify([packages, customizeHooks, changes]));
  for (const file of filesOfTree(join(projectDir, "files", "lab"))) {
    hash.update(`${file} ${statSync(file).mode & 0o111}`.slice(projectDir.length)).update(readFileSync(file));
  }
  return `sip-ha/debian${releases[release].version}:${hash.digest("hex").slice(0, 16)}`;
}

function filesOfTree(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}
