import { Struct, type Value as WireValue } from "google-protobuf/google/protobuf/struct_pb.js";

/** A property value as it travels between engine and plugin; secrets, unknowns and assets are marked inside it. */
export type Value = null | boolean | number | string | readonly Value[] | Properties;

/** The properties of a resource. */
export interface Properties {
  readonly [name: string]: Value;
}

/** Signature key that marks special objects on the wire (sdk/go/common/resource/sig in pulumi/pulumi). */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSETS: readonly Value[] = ["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"];

/** An output whose value is known only after the deployment (any type: engines accept the string's sentinel for all). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True when the value is an object or a marked value (not a list). */
export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True when the value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Marks a value as secret, once. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** True when the value itself is marked secret. */
export function isSecret(value: Value | undefined): value is Properties {
  return isProperties(value) && value[SIGNATURE] === SECRET;
}

/** True for an asset or an archive. */
export function isAsset(value: Value | undefined): value is Properties {
  const mark = isProperties(value) ? value[SIGNATURE] : undefined;
  return mark !== undefined && ASSETS.includes(mark);
}

/** True when the value is or holds an asset or an archive. */
export function hasAsset(value: Value): boolean {
  if (isAsset(value)) return true;
  if (isList(value)) return value.some(hasAsset);
  return isProperties(value) && Object.values(value).some(hasAsset);
}

/** Properties whose assets have all their fields, as Go's SDK writes them. */
export function completeAssets(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, completeAsset(value)]));
}

function completeAsset(value: Value): Value {
  if (isList(value)) return value.map(completeAsset);
  if (!isProperties(value)) return value;
  if (!isAsset(value)) return completeAssets(value);
  return value[SIGNATURE] === ASSETS[0] ? { path: "", text: "", uri: "", ...value } : { path: "", uri: "", ...value };
}

/** True when the value or anything inside it is unknown. */
export function hasUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isProperties(value) && Object.values(value).some(hasUnknown);
}

/** The value without its secret marks, at any depth. */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(value["value"] ?? null);
  if (isList(value)) return value.map(reveal);
  return isProperties(value) ? revealAll(value) : value;
}

/** Properties without their secret marks, at any depth. */
export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, reveal(value)]));
}

/** Deep equality that does not see secret marks. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  const [a, b] = [bare(left), bare(right)];
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isProperties(a) || !isProperties(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => equal(a[name], b[name]));
}

/** The value under one secret mark. */
export function bare(value: Value | undefined): Value | undefined {
  return isSecret(value) ? bare(value["value"]) : value;
}

/** Reads a protobuf struct. */
export function fromStruct(struct: Struct | undefined): Properties {
  const properties: Record<string, Value> = {};
  struct?.getFieldsMap().forEach((value, name) => {
    properties[name] = fromWire(value);
  });
  return properties;
}

/** Writes a protobuf struct. */
export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript({ ...properties });
}

function fromWire(value: WireValue): Value {
  if (value.hasStringValue()) return value.getStringValue();
  if (value.hasNumberValue()) return value.getNumberValue();
  if (value.hasBoolValue()) return value.getBoolValue();
  if (value.hasListValue()) return (value.getListValue()?.getValuesList() ?? []).map(fromWire);
  return value.hasStructValue() ? fromStruct(value.getStructValue()) : null;
}
