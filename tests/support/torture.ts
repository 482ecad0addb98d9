import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askInOneDatagram } from "./oneDatagram.ts";
import { STACK } from "./sandbox.ts";

const DIRECTORY = fileURLToPath(new URL("../torture/", import.meta.url));

/** One message, as it goes over the wire. */
export interface TortureMessage {
  /** `valid/wsinv`. */
  readonly name: string;
  readonly datagram: Buffer;
  /** The status that a stranger gets, or `none`. */
  readonly expected: string;
}

/** Every message of tests/torture, for a cluster of this domain with this proxy. */
export function tortureMessages(
  domain: string,
  proxy: "kamailio" | "opensips" = "kamailio",
): readonly TortureMessage[] {
  const expected = new Map(
    readFileSync(join(DIRECTORY, "expected.txt"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => {
        const [name = "", kamailio = "", opensips = kamailio] = line.split(" ");
        return [name, proxy === "kamailio" ? kamailio : opensips];
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

/**
 * Sends each message from the caller, and after each that gets no answer one that does.
 *
 * @returns what was answered otherwise than expected, one line each
 */
export async function wrongAnswers(messages: readonly TortureMessage[]): Promise<readonly string[]> {
  // an answer may be late on a busy machine; silence is looked at for a second
  const ask = async ({ datagram, expected }: TortureMessage): Promise<string> =>
    (await askInOneDatagram(STACK, datagram, expected === "none" ? 1 : 10)).status;
  const harmless = messages.filter(({ name }) => name === "valid/lwsdisp");
  const wrong: string[] = [];
  for (const message of messages) {
    for (const each of [message, ...(message.expected === "none" ? harmless : [])]) {
      const got = await ask(each);
      if (got !== each.expected) wrong.push(`${message.name}, ${each.name}: ${got}, must be ${each.expected}`);
    }
  }
  return harmless.length === 1 ? wrong : ["there is no harmless message"];
}
