import type * as pulumi from "@pulumi/pulumi";
import type { HostRole } from "../../config/plan.ts";

/** Where and how sshd of a machine is reached; plain data once resolved, always inside a secret Output. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  /** An ordinary user with password-less sudo. */
  readonly user: string;
  /** OpenSSH or PEM; absent where the agent at SSH_AUTH_SOCK holds it. */
  readonly privateKey?: string;
  /** Pinned public host key: `ssh-ed25519 AAAA...`; any other key is refused. */
  readonly hostKey: string;
  /** The bastion to go through; absent where none is needed. */
  readonly via?: Connection;
}

/** How a machine is switched off and on from outside, without its help. */
export interface DockerPower {
  readonly kind: "docker";
  readonly container: string;
}

/** A machine as the cluster sees it, wherever it comes from. */
export interface Host {
  readonly name: string;
  readonly role: HostRole;
  readonly privateAddress: string;
  /** Secret. Resolves when the machine exists and answers on SSH or soon will. */
  readonly connection: pulumi.Output<Connection>;
  readonly power?: DockerPower;
  /** The resource that is the machine, where the stack made it: what is on it goes and comes back with it. */
  readonly machine?: pulumi.CustomResource;
}

/** {@link Host} with everything resolved: what programs on the controller get on stdin. */
export interface HostAccess {
  readonly name: string;
  readonly role: HostRole;
  readonly privateAddress: string;
  readonly connection: Connection;
  readonly power?: DockerPower;
}
