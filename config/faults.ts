import { stringify } from "yaml";

/** One thing that is wrong with a stack file. */
export interface Fault {
  /** Where, seen from the cluster's key: `hosts.nodes[1].name`. */
  readonly path: string;
  /** What is there, as shown to the reader; never a secret. */
  readonly got: string;
  /** What may be there; completes "must ...". */
  readonly allowed: string;
  /** What to do about it. */
  readonly fix: string;
}

export type Path = readonly PropertyKey[];

/** `["hosts", "nodes", 1, "name"]` as `hosts.nodes[1].name`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[\w-]+$/.test(String(step))) return `${text}[${JSON.stringify(String(step))}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

const SECRET_NAME = /passw(or)?d|passphrase|secret|token|credential|(^|_|-)key$|[a-z]Key$|(private|api|auth)key/i;

/** True for names under which people keep secrets: `databasePassword`, `authKey`, `apiToken`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && name !== "hostKey"; // the public half
}

/** An example as one writes it in a stack file: `{ domain: sip.example.net }`. */
export function yamlText(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

const LONGEST = 60;

/** A value as a fault shows it: strings quoted, nothing for what is missing or empty, long ones cut, secrets hidden. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value, (key, part: unknown) => (isSecretName(key) ? "(hidden)" : part));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** A fault as one line: `timing.deadtimeMs must exceed ..., got 400; raise ...`. */
export function faultLine(fault: Fault): string {
  return `${fault.path} must ${fault.allowed}, got ${fault.got}; ${fault.fix}`;
}

/** Every fault of a stack's configuration, one line each. */
export function faultsText(stack: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const lines = faults.map((fault) => `  - ${faultLine(fault)}`);
  return [`${count} in the configuration of stack ${stack} (Pulumi.${stack}.yaml):`, ...lines].join("\n");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path of parsed YAML; undefined where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(value) && typeof step === "number") return valueAt(value[step], rest);
  return isRecord(value) && typeof step === "string" && Object.hasOwn(value, step)
    ? valueAt(value[step], rest)
    : undefined;
}
