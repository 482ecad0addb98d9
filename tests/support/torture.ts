import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DIRECTORY = fileURLToPath(new URL("../torture/", import.meta.url));

/** One message, as it goes over the wire. */
export interface TortureMessage {
  /** `valid/wsinv`. */
  readonly name: string;
  readonly datagram: Buffer;
  /** The status that a stranger gets, or `none`. */
  readonly expected: string;
}

/** Every message of tests/torture, for a cluster of this domain. */
export function tortureMessages(domain: string): readonly TortureMessage[] {
  const expected = new Map(
    readFileSync(join(DIRECTORY, "expected.txt"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => {
        const [name = "", status = ""] = line.split(" ");
        return [name, status];
      }),
  );
  return ["valid", "invalid"].flatMap((kind) =>
    readdirSync(join(DIRECTORY, kind)).map((file) => {
      const name = `${kind}/${file.replace(/\.sip$/, "")}`;
      const text = readFileSync(join(DIRECTORY, kind, file), "latin1");
      const datagram = Buffer.from(text.replaceAll("sip.example.net", domain).replaceAll("\n", "\r\n"), "latin1");
      const status = expected.get(name);
      if (status === undefined) throw new Error(`${name} is not in tests/torture/expected.txt; say what it must get`);
      return { name, datagram, expected: status };
    }),
  );
}
