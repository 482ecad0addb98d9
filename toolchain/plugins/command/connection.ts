import type { CheckFailure } from "../shared/plugin.ts";
import { bare, isProperties, type Properties, type Value } from "../shared/values.ts";
import { count, text } from "./inputs.ts";

/** How to reach one SSH server; `attempts` is unlimited below 1, `dialSeconds` 0 means no limit per attempt. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
  readonly password: string | undefined;
  readonly hostKey: string | undefined;
  readonly attempts: number;
  readonly dialSeconds: number;
}

/** A server and the bastion before it. */
export interface Route {
  readonly server: Endpoint;
  readonly proxy: Endpoint | undefined;
}

const FIELDS = [
  "host",
  "port",
  "user",
  "password",
  "privateKey",
  "privateKeyPassword",
  "hostKey",
  "dialErrorLimit",
  "perDialTimeout",
];

/** Refuses a connection without a host and what is not covered. */
export function checkConnection(news: Properties): CheckFailure[] {
  const connection = bare(news["connection"]);
  if (connection === undefined) {
    return [{ property: "connection", reason: "Missing required field 'connection' on 'remote.CommandInputs'" }];
  }
  if (!isProperties(connection)) return [];
  const failures = unsupported(connection, [...FIELDS, "proxy"], "connection");
  const proxy = bare(connection["proxy"]);
  if (isProperties(proxy)) failures.push(...unsupported(proxy, FIELDS, "connection.proxy"));
  if (connection["host"] === undefined) {
    const reason =
      "An error occurred decoding 'CommandInputs.connection': 1 failures decoding:\n" +
      "\thost: Missing required field 'host' on 'remote.Connection'";
    failures.push({ property: "connection", reason });
  }
  return failures;
}

function unsupported(given: Properties, known: readonly string[], path: string): CheckFailure[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      property: path,
      reason: `the stand-in does not support property ${path}.${name}; use the official plugin`,
    }));
}

/** Reads where a command goes. */
export function readRoute(inputs: Properties): Route {
  const connection = bare(inputs["connection"]);
  const given = isProperties(connection) ? connection : {};
  const proxy = bare(given["proxy"]);
  return { server: readEndpoint(given), proxy: isProperties(proxy) ? readEndpoint(proxy) : undefined };
}

function readEndpoint(given: Readonly<Record<string, Value>>): Endpoint {
  return {
    host: text(given["host"]) ?? "",
    port: count(given["port"]) ?? 22,
    user: text(given["user"]) ?? "root",
    privateKey: text(given["privateKey"]),
    passphrase: text(given["privateKeyPassword"]),
    password: text(given["password"]),
    hostKey: text(given["hostKey"]),
    attempts: count(given["dialErrorLimit"]) ?? 10,
    dialSeconds: count(given["perDialTimeout"]) ?? 15,
  };
}
