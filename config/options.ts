import { z } from "zod";
import type { Path } from "./faults.ts";
import { clusterSchemas, documentedSchema } from "./schema.ts";

/** An option as its JSON schema describes it: what the reference page, the editor's schema and the refusals are made of. */
export interface Option {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Option>>;
  readonly required?: readonly string[];
  readonly items?: Option;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Option[];
  readonly default?: unknown;
  readonly description?: string;
  readonly allowed?: string;
  readonly unit?: string;
  readonly derived?: string;
  readonly examples?: readonly unknown[];
}

const optionSchema: z.ZodType<Option> = z.lazy(() =>
  z.looseObject({
    type: z.string().exactOptional(),
    properties: z.record(z.string(), optionSchema).exactOptional(),
    required: z.array(z.string()).exactOptional(),
    items: optionSchema.exactOptional(),
    enum: z.array(z.unknown()).exactOptional(),
    const: z.unknown().exactOptional(),
    anyOf: z.array(optionSchema).exactOptional(),
    description: z.string().exactOptional(),
    allowed: z.string().exactOptional(),
    unit: z.string().exactOptional(),
    derived: z.string().exactOptional(),
    examples: z.array(z.unknown()).exactOptional(),
  }),
);

/** The cluster's key, described, with every kind of hosts. */
export const clusterOption: Option = described(documentedSchema);

/** The cluster's key, described for one kind of hosts. */
export const clusterOptions = {
  lab: described(clusterSchemas.lab),
  existing: described(clusterSchemas.existing),
} as const;

function described(schema: z.ZodType): Option {
  return optionSchema.parse(z.toJSONSchema(schema, { io: "input" }));
}

/** The description of what stands at a path; undefined for a path that is no option. */
export function optionAt(path: Path, option: Option): Option | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return option;
  const mapping = option.anyOf?.find((branch) => branch.properties !== undefined) ?? option;
  const child = typeof step === "number" ? mapping.items : mapping.properties?.[String(step)];
  return child && optionAt(rest, child);
}

/** The keys of a mapping. */
export function keysOf(option: Option | undefined): readonly string[] {
  return Object.keys(option?.properties ?? option?.anyOf?.find((branch) => branch.properties)?.properties ?? {});
}
