import { createHash } from "node:crypto";
import { execa } from "execa";
import type { TestUser } from "../../verify/phones/users.ts";
import { DOMAIN } from "./lab.ts";
import { type Answer, askInOneDatagram, requestDatagram } from "./oneDatagram.ts";
import { type Sandbox, STACK } from "./sandbox.ts";

const PATIENCE_S = 10;

/** What the answer to a challenge without qop has to be (RFC 2617 section 3.2.2.1). */
export function digestResponse(user: TestUser, nonce: string, method: string, uri: string): string {
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  return md5(`${md5(`${user.name}:${DOMAIN}:${user.password}`)}:${nonce}:${md5(`${method}:${uri}`)}`);
}

/** The challenge of an answer; empty without one. */
export function nonceOf({ text }: Answer): string {
  return /nonce="([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Adds a user as an operator does, the password on standard input. */
export async function addUser(sandbox: Sandbox, { name, password }: TestUser): Promise<void> {
  const add = ["bin/sip-ha.mjs", "users", "add", name, "--stack", STACK];
  await execa("node", add, { cwd: sandbox.directory, env: sandbox.environment(), input: password });
}

/** A stack's `registrar`, as far as {@link wrongAtBounds} tries it. */
export interface RegistrarBounds {
  readonly maxContacts: number;
  readonly minSec: number;
  readonly maxSec: number;
}

/** Registers phones of one user for too short, too long, and one too many; what was answered otherwise than documented. */
export async function wrongAtBounds(
  user: TestUser,
  { maxContacts, minSec, maxSec }: RegistrarBounds,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let phone = 1; phone <= maxContacts; phone += 1) {
    const wanted = phone === 1 ? minSec : maxSec;
    const { status, text } = await register(user, phone, phone === 1 ? 1 : 10 * maxSec);
    const granted = new RegExp(`:${port(phone)}>[^,\\r]*;expires=(\\d+)`).exec(text)?.[1];
    if (status !== "200" || Number(granted) !== wanted) {
      wrong.push(`phone ${phone}: ${status} for ${granted ?? "no"} s, must be 200 for ${wanted} s`);
    }
  }
  const { status } = await register(user, maxContacts + 1, minSec);
  return status === "503" ? wrong : [...wrong, `one phone too many: ${status}, must be 503`];
}

const port = (phone: number): number => 6000 + phone;

async function register(user: TestUser, phone: number, expires: number): Promise<Answer> {
  const request = { method: "REGISTER", uri: `sip:${DOMAIN}`, user: user.name } as const;
  const more = [`Contact: <sip:${user.name}@10.255.255.3:${port(phone)}>`, `Expires: ${expires}`];
  const ask = (callId: string, proof?: { nonce: string; response: string }): Promise<Answer> => {
    const datagram = requestDatagram({ ...request, callId, more, ...(proof ? { proof } : {}) }, DOMAIN);
    return askInOneDatagram(STACK, datagram, PATIENCE_S);
  };
  const nonce = nonceOf(await ask(`bounds-${phone}-1`));
  return ask(`bounds-${phone}-2`, { nonce, response: digestResponse(user, nonce, "REGISTER", request.uri) });
}
