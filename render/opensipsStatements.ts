import type { ClusterPlan } from "../config/plan.ts";

/** Where OpenSIPS's configuration lies. */
export const OPENSIPS_DIRECTORY = "/etc/opensips";

/** A statement of opensips.cfg: a global parameter, one of modules, or a part of the configuration that lies beside it. */
export type OpensipsValue =
  | { readonly part: string }
  | { readonly global: string; readonly token: string }
  | { readonly load: string }
  | { readonly modules: string; readonly parameter: string; readonly value: string | number };

/**
 * OpenSIPS's double-quoted string literal (cfg.lex, state STRING1: `\` escapes).
 *
 * @throws Error for control characters and non-ASCII text
 */
export function opensipsString(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new Error(
      "a string in opensips.cfg must be printable ASCII in one line, got other characters; choose another",
    );
  }
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * Statements, to be included by opensips.cfg, which has no defines.
 *
 * @throws Error for a token with other than letters, digits and `.:_-`
 */
export function opensipsStatements(values: readonly OpensipsValue[]): string {
  return values.map((value) => `${statement(value)}\n`).join("");
}

function statement(value: OpensipsValue): string {
  if ("part" in value) return `include_file ${opensipsString(`${OPENSIPS_DIRECTORY}/${value.part}.cfg`)}`;
  if ("load" in value) return `loadmodule ${opensipsString(`${value.load}.so`)}`;
  return "global" in value ? globalLine(value) : modparamLine(value);
}

function globalLine({ global, token }: Extract<OpensipsValue, { global: string }>): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(token)) {
    throw new Error(`a token in opensips.cfg must be letters, digits and . : _ -, got ${JSON.stringify(token)}`);
  }
  return `${global}=${token}`;
}

function modparamLine({ modules, parameter, value }: Extract<OpensipsValue, { modules: string }>): string {
  const literal = typeof value === "number" ? String(value) : opensipsString(value);
  return `modparam(${opensipsString(modules)}, ${opensipsString(parameter)}, ${literal})`;
}

/** A variable that every process reads as `$shv(name)`. */
export function shared(name: string, value: string | number): OpensipsValue {
  return {
    modules: "cfgutils",
    parameter: "shvset",
    value: `${name}=${typeof value === "number" ? "i" : "s"}:${value}`,
  };
}

/** A socket is its own alias, so that a domain which is the floating IP needs none. */
export function listener(protocol: string, port: number, { sip, floatingIp }: ClusterPlan): OpensipsValue[] {
  const socket = { global: "socket", token: `${protocol}:${floatingIp.address}:${port}` };
  const alias = { global: "alias", token: `${protocol}:${sip.domain}:${port}` };
  return sip.domain === floatingIp.address ? [socket] : [socket, alias];
}
