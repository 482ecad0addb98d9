import {
  isAsset,
  isList,
  isProperties,
  isSecret,
  type Properties,
  secret,
  SIGNATURE,
  UNKNOWN,
  type Value,
} from "../../../toolchain/plugins/shared/values.ts";

const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** `<id>`, `<id of net>`, `<result: 24 characters-2>`, `<7 hex>` and the like. */
const PLACEHOLDER = /<(?:[a-z0-9][^<>"\\/;,[\]{}]*?(?: of [^<>"\\]+)?)>/g;

/** What stands for a value that is nowhere to be compared, only to be sent. */
const DUMMIES: Readonly<Record<string, string>> = {
  "<mac>": "02:42:00:00:00:02",
  "<engine-ip>": "10.92.99.1",
  "<7 hex>": "0123abc",
  "<bcrypt>": "$2a$10$dummy",
};

/** Placeholders that may stand for another text at each place. */
const FREE = ["<mac>", "<engine-ip>", "<preview-id>", "<other-id>", "<dns>", "<registry>"];

/** The values that a run has shown for the placeholders of a recording. */
export class Bindings {
  /** Finds the value of a placeholder of another resource, as in `<id of net>`. */
  lookUp: (name: string, placeholder: string) => string | undefined = () => undefined;
  private readonly values: Map<string, string>;

  constructor(values: Readonly<Record<string, string>>) {
    this.values = new Map(Object.entries(values));
  }

  /** A copy that learns for itself. */
  copy(): Bindings {
    const copied = new Bindings(Object.fromEntries(this.values));
    copied.lookUp = this.lookUp;
    return copied;
  }

  /** Gives the next of `<id>`, `<id-2>`, ... its value. */
  addId(value: string): void {
    let name = "<id>";
    for (let number = 2; this.values.has(name); number += 1) name = `<id-${number}>`;
    this.values.set(name, value);
  }

  /** The value of a placeholder, if it is known. */
  get(placeholder: string): string | undefined {
    const short = /^<first 12 of (.+)>$/.exec(placeholder)?.[1];
    if (short !== undefined) return this.values.get(`<${short}>`)?.slice(0, 12);
    const known = this.values.get(placeholder);
    const other = /^<id of (.+?)(-\d+)?>$/.exec(placeholder);
    return known ?? (other === null ? undefined : this.lookUp(other[1] ?? "", `<id${other[2] ?? ""}>`));
  }

  /** A recorded value as the plugin gets it. */
  fill(value: Value): Value {
    if (typeof value === "string") return this.fillText(value);
    if (isList(value)) return value.map((item) => this.fill(item));
    if (!isProperties(value)) return value;
    if (value["unknown"] === true) return UNKNOWN;
    if (value["secret"] !== undefined) return secret(this.fill(value["secret"]));
    if (value["asset"] !== undefined) return this.fillAsset(ASSET, value["asset"]);
    if (value["archive"] !== undefined) return this.fillAsset(ARCHIVE, value["archive"]);
    return this.fillAll(value);
  }

  /** Recorded properties as the plugin gets them. */
  fillAll(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).map(([name, item]) => [name, this.fill(item)]));
  }

  private fillAsset(mark: string, asset: Value): Value {
    return { [SIGNATURE]: mark, ...(isProperties(asset) ? this.fillAll(asset) : {}) };
  }

  private fillText(text: string): string {
    return text.replaceAll(PLACEHOLDER, (placeholder) => this.get(placeholder) ?? DUMMIES[placeholder] ?? placeholder);
  }

  /** True when the text is what was recorded; learns the placeholders that were not known before. */
  matchText(text: string, seen: string): boolean {
    // the engine chooses both the address and the size of a network
    const recorded = text.replaceAll(/<engine-ip>\/\d+/g, "<engine-ip>");
    const names: string[] = [];
    let pattern = "";
    let at = 0;
    for (const found of recorded.matchAll(PLACEHOLDER)) {
      const placeholder = found[0];
      pattern += literal(recorded.slice(at, found.index));
      const known = this.get(placeholder);
      if (FREE.includes(placeholder.replace(/-\d+>$/, ">"))) pattern += "[^]*?";
      else if (known === undefined) {
        names.push(placeholder);
        pattern += "([^]+?)";
      } else pattern += literal(known);
      at = found.index + placeholder.length;
    }
    const match = new RegExp(`^${pattern}${literal(recorded.slice(at))}$`).exec(seen);
    if (match === null || !names.every((name, index) => fitsLength(name, match[index + 1] ?? ""))) return false;
    names.forEach((name, index) => {
      this.values.set(name, match[index + 1] ?? "");
    });
    return true;
  }

  /** What differs between a recorded value and one seen; empty when nothing does. */
  differences(recorded: Value | undefined, seen: Value | undefined, path = ""): string[] {
    const [left, right] = [recorded, seen === undefined ? undefined : unwire(seen)];
    if (typeof left === "string" && typeof right === "string") {
      return this.matchText(left, right)
        ? []
        : [`${path}: recorded ${JSON.stringify(left)}, got ${JSON.stringify(right)}`];
    }
    if (isList(left) && isList(right) && left.length === right.length) {
      return left.flatMap((item, index) => this.differences(item, right[index], `${path}[${index}]`));
    }
    if (isProperties(left) && isProperties(right)) {
      const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
      return names.flatMap((name) => this.differences(left[name], right[name], `${path}.${name}`));
    }
    return left === right ? [] : [`${path}: recorded ${JSON.stringify(left)}, got ${JSON.stringify(right)}`];
  }
}

/** `<result: 24 characters>` tells how long the value is. */
function fitsLength(placeholder: string, value: string): boolean {
  const length = /: (\d+) characters/.exec(placeholder)?.[1];
  return length === undefined || value.length === Number(length);
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A value from the wire with its marks written as in the recordings. */
function unwire(value: Value): Value {
  if (value === UNKNOWN) return { unknown: true };
  if (isSecret(value)) return { secret: value["value"] ?? null };
  if (!isProperties(value) || !isAsset(value)) return value;
  const rest: Properties = Object.fromEntries(Object.entries(value).filter(([name]) => name !== SIGNATURE));
  return value[SIGNATURE] === ASSET ? { asset: rest } : { archive: rest };
}
