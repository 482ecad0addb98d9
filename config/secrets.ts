import { type Fault, isRecord, isSecretName, type Path, pathText } from "./faults.ts";

/** Stack file keys beside `sip-ha:cluster`; each holds one secret. */
export const secretKeys = ["databasePassword"] as const;

const COMMAND = "pulumi config set --secret sip-ha:databasePassword";

/** Secrets inside the cluster's key, which is shown in previews. Their values are never part of a fault. */
export function strayedSecrets(input: unknown, path: Path = []): readonly Fault[] {
  const children: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(input)
    ? [...input.entries()]
    : isRecord(input)
      ? Object.entries(input)
      : [];
  return children.flatMap(([step, child]) => {
    const here = [...path, step];
    if (typeof step !== "string" || !isSecretName(step)) return strayedSecrets(child, here);
    return [
      {
        path: pathText(here),
        got: "a value that is not shown here",
        allowed: "not be in sip-ha:cluster, which previews show in clear",
        fix: `remove it; a password of your own for the database is set by \`${COMMAND}\``,
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

/** Refuses a chosen secret that is too short, or that a configuration file or a database URL of Kamailio could not carry. */
export function shortSecret(key: string, value: string): readonly Fault[] {
  if (value.length >= SHORTEST && /^[\x20-\x2e\x30-\x7e]+$/.test(value)) return [];
  return [
    {
      path: `sip-ha:${key}`,
      got: `${value.length} characters that are not shown here`,
      allowed: `be at least ${SHORTEST} printable ASCII characters in one line, without a slash`,
      fix: `choose another by \`pulumi config set --secret sip-ha:${key}\``,
    },
  ];
}
