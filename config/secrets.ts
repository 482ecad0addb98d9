import { type Fault, isRecord, isSecretName, type Path, pathText } from "./faults.ts";

/** Stack file keys beside `sip-ha:cluster`; each holds one secret. */
export const secretKeys = ["alertUrl", "databasePassword", "fencingPassword", "sshKey", "tlsKey"] as const;

const COMMAND = "pulumi config set --secret sip-ha:";

/** How a secret is given that somebody wrote among the options. */
function properPlace(path: Path): string {
  if (path[0] === "alerts") return `an address to POST to is set by \`${COMMAND}alertUrl\``;
  if (path[0] === "hosts") {
    return `the private key is a file (hosts.ssh.identity.file), in an agent, or set by \`${COMMAND}sshKey <FILE\``;
  }
  if (path[0] === "fencing") return `the password of the fencing device is set by \`${COMMAND}fencingPassword\``;
  return `a password of your own for the database is set by \`${COMMAND}databasePassword\``;
}

/** Secrets inside the cluster's key, which is shown in previews. Their values are never part of a fault. */
export function strayedSecrets(input: unknown, path: Path = []): readonly Fault[] {
  const children: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(input)
    ? [...input.entries()]
    : isRecord(input)
      ? Object.entries(input)
      : [];
  return children.flatMap(([step, child]) => {
    const here = [...path, step];
    if (typeof step !== "string" || !isSecretName(step) || step === "passwd_method") return strayedSecrets(child, here);
    return [
      {
        path: pathText(here),
        got: "a value that is not shown here",
        allowed: "not be in sip-ha:cluster, which previews show in clear",
        fix: `remove it; ${properPlace(here)}`,
      },
    ];
  });
}

/** The refusal of an encrypted value inside the cluster's key, which would make all of it unreadable in previews. */
export function encryptedCluster(key: string): Fault {
  return {
    path: key,
    got: "an encrypted value in it",
    allowed: "hold no secrets",
    fix: "write its options in clear and secrets as top-level keys of their own",
  };
}

/** The refusal of a secret that the stack file holds in clear. */
export function plainSecret(key: string): Fault {
  return {
    path: `sip-ha:${key}`,
    got: "a plain value",
    allowed: "be a Pulumi secret",
    fix: `set it by \`pulumi config set --secret sip-ha:${key}\` and choose another value, since this one was stored in clear`,
  };
}

const SHORTEST = 12;

/** The device's password is whatever its makers allow. */
function fits(key: string, value: string): boolean {
  if (key === "alertUrl") return /^https?:\/\/[\x21-\x7e]+$/.test(value) && URL.canParse(value);
  if (key === "fencingPassword") return /^[\x20-\x7e]+$/.test(value);
  return value.length >= SHORTEST && /^[\x20-\x2e\x30-\x7e]+$/.test(value);
}

const ALLOWED: Readonly<Record<string, string>> = {
  alertUrl: "be an http or https address",
  fencingPassword: "be printable ASCII characters in one line",
};

/** The refusal of a device whose password is not there. */
export function missingFencingPassword(plugin: string): Fault {
  return {
    path: "sip-ha:fencingPassword",
    got: "nothing",
    allowed: `be set, since ${plugin} needs it`,
    fix: `set it by \`${COMMAND}fencingPassword\``,
  };
}

/** Refuses a chosen secret that is too short, or that a configuration file or a database URL of Kamailio could not carry. */
export function shortSecret(key: string, value: string): readonly Fault[] {
  if (fits(key, value)) return [];
  return [
    {
      path: `sip-ha:${key}`,
      got: `${value.length} characters that are not shown here`,
      allowed: ALLOWED[key] ?? `be at least ${SHORTEST} printable ASCII characters in one line, without a slash`,
      fix: `choose another by \`pulumi config set --secret sip-ha:${key}\``,
    },
  ];
}
