import { format } from "prettier";
import { clusterOption, type Option } from "./options.ts";
import { yamlText } from "./faults.ts";

const INTRODUCTION = `# Configuration

<!-- generated from config/schema.ts by \`npm run docs\` -->

A stack file, \`Pulumi.<stack>.yaml\`, describes one cluster under the key \`sip-ha:cluster\`. The smallest one:

\`\`\`yaml
config:
  sip-ha:cluster:
    sip: { domain: sip.example.net }
    floatingIp: { address: 198.51.100.10, prefix: 24, gateway: 198.51.100.1 }
\`\`\`

- Whatever is wrong is refused before anything is changed, all of it at once, each fault at its path. Unknown keys are faults.
- Addresses are IPv4 only for now.
- Docker keeps the last usable address of each lab network, and the last three of the public one.
- An editor that knows JSON Schema checks and completes a stack file that begins with
  \`# yaml-language-server: $schema=docs/stack-file.schema.json\`.
- \`sip-ha:cluster\` holds no secrets, since previews show it. A secret that a user chooses is a key of its own:
  the password of the proxy's database account (at least 12 printable ASCII characters in one line, without a slash; made by the deployment
  when left out): \`pulumi config set --secret sip-ha:databasePassword\`. A fencing device of one's own needs its password,
  \`sip-ha:fencingPassword\`, set the same way. An address for alerts is \`sip-ha:alertUrl\`. SIP over TLS needs the private key of its certificate:
  \`pulumi config set --secret sip-ha:tlsKey <key.pem\`. With \`hosts.ssh.identity: secret\` the private key of the SSH
  user is \`pulumi config set --secret sip-ha:sshKey <FILE\`.
- Several labs on one machine need different networks and a different \`hosts.sshPort\`.
`;

interface Entry {
  /** Where an option of several kinds of mapping is meant: `kind: existing`. */
  readonly kind?: string;
  readonly path: string;
  readonly option: Option;
  readonly required: boolean;
}

/** The mappings that an option may be, each with the kind that tells it from the others. */
function mappingsOf({ option, kind }: Entry): readonly { readonly mapping: Option; readonly kind?: string }[] {
  const mappings = option.anyOf?.filter((branch) => branch.properties) ?? [];
  if (mappings.length === 0) return [{ mapping: option.items ?? option, ...(kind === undefined ? {} : { kind }) }];
  return mappings.map((mapping) => {
    const own = mappings.length > 1 ? `kind: ${String(mapping.properties?.["kind"]?.const)}` : kind;
    return { mapping, ...(own === undefined ? {} : { kind: own }) };
  });
}

function childrenOf(entry: Entry): readonly Entry[] {
  return mappingsOf(entry).flatMap(({ mapping, kind }) => fieldsOf(entry, mapping, kind));
}

function fieldsOf({ path, option }: Entry, mapping: Option, kind: string | undefined): readonly Entry[] {
  const prefix = path === "" ? "" : `${path}${option.items ? "[]" : ""}.`;
  return Object.entries(mapping.properties ?? {}).map(([key, child]) => ({
    path: `${prefix}${key}`,
    option: child,
    required: mapping.required?.includes(key) ?? false,
    ...(kind === undefined ? {} : { kind }),
  }));
}

function withDescendants(entry: Entry): readonly Entry[] {
  return [entry, ...childrenOf(entry).flatMap(withDescendants)];
}

function typeOf(option: Option): string {
  if (option.anyOf) return option.anyOf.map(typeOf).join(" or ");
  if (option.type === "array") return `list of ${option.items ? typeOf(option.items) : "values"}`;
  if (option.type === "object") return "mapping";
  return option.type === "integer" ? "whole number" : (option.type ?? "value");
}

function defaultOf({ option, required }: Entry): string {
  if (required) return "none, required";
  if (option.derived !== undefined) return option.derived;
  return option.type === "object" ? "the defaults below" : `\`${yamlText(option.default)}\``;
}

function exampleOf({ path, option }: Entry): string {
  const key = path.split(".").at(-1) ?? path;
  return `\`${key}: ${yamlText(option.examples?.[0])}\``;
}

function section(entry: Entry): string {
  const { path, option, kind } = entry;
  const facts = [
    `Type: ${typeOf(option)}`,
    ...(option.unit === undefined ? [] : [`Unit: ${option.unit}`]),
    `Allowed: ${option.allowed ?? ""}`,
    `Default: ${defaultOf(entry)}`,
    `Example: ${exampleOf(entry)}`,
  ];
  const level = /[.[]/.test(path) ? "###" : "##";
  const title = `${level} \`${path}\`${kind === undefined ? "" : ` with \`${kind}\``}`;
  return [title, "", option.description ?? "", "", ...facts.map((fact) => `- ${fact}`), ""].join("\n");
}

/** The reference page: every option with type, unit, range, default, effect and example. */
export function referencePage(): string {
  const entries = withDescendants({ path: "", option: clusterOption, required: true }).slice(1);
  return [INTRODUCTION, ...entries.map(section)].join("\n");
}

/** JSON schema of a whole stack file, for editors. */
export async function editorSchema(): Promise<string> {
  const secret = (description: string, key: string): object => ({
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
    description: `${description}: pulumi config set --secret sip-ha:${key}`,
  });
  const properties = {
    "sip-ha:cluster": clusterOption,
    "sip-ha:databasePassword": secret("Password of the proxy's database account", "databasePassword"),
    "sip-ha:alertUrl": secret("Address that changes of state are POSTed to", "alertUrl"),
    "sip-ha:fencingPassword": secret("Password of the fencing device", "fencingPassword"),
    "sip-ha:sshKey": secret("Private key of hosts.ssh.user", "sshKey"),
    "sip-ha:tlsKey": secret("Private key of sip.tls.certificate", "tlsKey"),
  };
  const config = { type: "object", properties };
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack file of a SIP cluster",
    type: "object",
    properties: { config },
  };
  return format(JSON.stringify(schema, null, 2), { parser: "json", printWidth: 120 });
}
