import { z } from "zod";
import { isCidr, isIpv4, isUnusable } from "./addresses.ts";

/** What the reference page, the editor's schema and the refusals say about an option. */
export interface About {
  /** What the option does. */
  readonly description: string;
  /** What is allowed; completes "must be ...". */
  readonly allowed: string;
  readonly unit?: string;
  /** In words, where the default follows from other options. */
  readonly derived?: string;
  readonly example: unknown;
}

type Wording = Omit<About, "allowed">;

/** Attaches an option's documentation to its schema. */
export function about<Schema extends z.ZodType>(schema: Schema, { example, ...rest }: About): Schema {
  return schema.meta({ ...rest, examples: [example] });
}

export function wholeNumber(min: number, max: number, unit: string, wording: Wording): z.ZodInt {
  return about(z.int().min(min).max(max), {
    ...wording,
    unit,
    allowed: `a whole number of ${unit} from ${min} to ${max}`,
  });
}

export function port(min: number, wording: Wording): z.ZodInt {
  return about(z.int().min(min).max(65535), { ...wording, allowed: `a port number from ${min} to 65535` });
}

export function address(wording: Wording): z.ZodString {
  const schema = z.string().refine((text) => isIpv4(text) && !isUnusable(text));
  return about(schema, { ...wording, allowed: "an IPv4 address of a host" });
}

export function subnet(minPrefix: number, maxPrefix: number, wording: Wording): z.ZodString {
  const schema = z.string().refine((text) => {
    const prefix = Number(text.split("/")[1]);
    return isCidr(text) && !isUnusable(text.split("/")[0] ?? "") && prefix >= minPrefix && prefix <= maxPrefix;
  });
  return about(schema, { ...wording, allowed: `an IPv4 network in CIDR form from /${minPrefix} to /${maxPrefix}` });
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A lower-case DNS label (RFC 1123 section 2.1), since it is also what `uname -n` says. */
export function label(wording: Wording): z.ZodString {
  return about(z.string().regex(LABEL), {
    ...wording,
    allowed: "a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end",
  });
}

/** True for a lower-case host name (RFC 1035 section 2.3.1, RFC 1123 section 2.1) that cannot be taken for an address. */
function isHostName(text: string): boolean {
  const labels = text.split(".");
  return text.length <= 253 && labels.every((part) => LABEL.test(part)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

export function domain(wording: Wording): z.ZodString {
  const schema = z.string().refine((text) => isHostName(text) || (isIpv4(text) && !isUnusable(text)));
  return about(schema, { ...wording, allowed: "a host name in lower case (RFC 1035) or an IPv4 address" });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
  wording: Wording,
): z.ZodEnum<z.core.util.ToEnum<Values[number]>> {
  const allowed = values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
  return about(z.enum(values), { ...wording, allowed });
}

export function yesNo(wording: Wording): z.ZodBoolean {
  return about(z.boolean(), { ...wording, allowed: "true or false" });
}

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.ZodRawShape>(
  shape: Shape,
  wording: Wording,
): z.ZodObject<Shape, z.core.$strict> {
  return about(z.strictObject(shape), { ...wording, allowed: `a mapping with ${Object.keys(shape).join(", ")}` });
}
