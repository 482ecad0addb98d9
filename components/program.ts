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

/** Options for a resource whose effect lives on these machines: a new machine needs it anew, a removed one takes it along. */
export function livesOn(hosts: readonly Host[]): pulumi.CustomResourceOptions {
  const replaceWith = hosts.flatMap(({ machine }) => (machine ? [machine] : []));
  return replaceWith.length > 0 ? { replaceWith } : {};
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
