import { isProperties, type Properties, UNKNOWN, type Value } from "../shared/values.ts";

/** The text of a planned or recorded property, "" when there is none or it is left to the engine. */
export function textOf(properties: Properties, name: string): string {
  const value = properties[name];
  return typeof value === "string" && value !== UNKNOWN ? value : "";
}

/** The number of a planned or recorded property, 0 when there is none. */
export function numberOf(properties: Properties, name: string): number {
  const value = properties[name];
  return typeof value === "number" ? value : 0;
}

/** The strings of a list or set. */
export function textsOf(properties: Properties, name: string): string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** The blocks of a list or set. */
export function blocksOf(properties: Properties, name: string): Properties[] {
  const value = properties[name];
  return Array.isArray(value) ? value.filter((item: Value): item is Properties => isProperties(item)) : [];
}

/** A map of strings. */
export function mapOf(properties: Properties, name: string): Record<string, string> {
  const value = properties[name];
  if (!isProperties(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === "string" ? item : ""]));
}
