import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { Host, HostAccess } from "./hosts/host.ts";

const EXECUTABLE = fileURLToPath(new URL("../bin/sip-ha.mjs", import.meta.url));

/**
 * The command line of a program that runs on the controller as part of the stack; its input comes on stdin.
 * Relative, so that another clone of the same Pulumi program sees no difference.
 *
 * @param directory where Pulumi runs the program of the stack, and therefore this command
 */
export function program(directory: string, ...words: readonly string[]): string {
  return ["node", shellWord(relative(directory, EXECUTABLE)), "task", ...words].join(" ");
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Triggers of a command whose effect lives on these machines: a machine that the stack made anew, for whatever reason,
 * has another id and needs it anew. (`replaceWith` would not do: a machine that somebody removed is created, not replaced.)
 */
export function livesOn(hosts: readonly Host[]): { triggers?: pulumi.Output<string>[] } {
  const triggers = hosts.flatMap(({ machine }) => (machine ? [machine.id] : []));
  return triggers.length > 0 ? { triggers } : {};
}

/** How every host is reached, in one secret. */
export function accessOf(hosts: readonly Host[]): pulumi.Output<HostAccess[]> {
  const all = hosts.map((host) =>
    host.connection.apply((connection) => {
      const { name, role, privateAddress, power } = host;
      return { name, role, privateAddress, connection, ...(power ? { power } : {}) };
    }),
  );
  return pulumi.secret(pulumi.all(all));
}

/** JSON for a program's stdin. */
export function secretJson(value: pulumi.Inputs): pulumi.Output<string> {
  return pulumi.secret(pulumi.jsonStringify(value));
}
