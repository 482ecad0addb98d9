import { randomBytes } from "node:crypto";
import { type BlowfishState, encipher, initialState } from "./blowfish.ts";

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MAGIC = "OrpheanBeholderScryDoubt";
const SALT_BYTES = 16;
const HASH_BYTES = 23;
const MAX_PASSWORD_BYTES = 72;

/** A bcrypt hash (`$2a$`) of a password; `cost` is the base-2 logarithm of the rounds, 4 to 31. */
export function bcryptHash(password: string, cost = 10, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const key = Buffer.concat([Buffer.from(password), Buffer.alloc(1)]).subarray(0, MAX_PASSWORD_BYTES);
  const state = initialState();
  expandKey(state, key, salt);
  for (let round = 2 ** cost; round > 0; round -= 1) {
    expandKey(state, key, Buffer.alloc(SALT_BYTES));
    expandKey(state, salt, Buffer.alloc(SALT_BYTES));
  }
  const text = words(Buffer.from(MAGIC), MAGIC.length / 4);
  for (let pass = 0; pass < 64; pass += 1) {
    for (let offset = 0; offset < text.length; offset += 2) encipher(state, text, offset);
  }
  const hash = Buffer.alloc(MAGIC.length);
  text.forEach((word, index) => hash.writeUInt32BE(word, 4 * index));
  return `$2a$${String(cost).padStart(2, "0")}$${encode(salt)}${encode(hash.subarray(0, HASH_BYTES))}`;
}

function expandKey(state: BlowfishState, key: Buffer, salt: Buffer): void {
  const keyWords = words(key, state.p.length);
  state.p.forEach((word, index) => {
    state.p[index] = word ^ (keyWords[index] ?? 0);
  });
  const saltWords = words(salt, SALT_BYTES / 4);
  const block = new Uint32Array(2);
  let saltAt = 0;
  for (const table of [state.p, state.s]) {
    for (let index = 0; index < table.length; index += 2) {
      block[0] = (block[0] ?? 0) ^ (saltWords[saltAt] ?? 0);
      block[1] = (block[1] ?? 0) ^ (saltWords[saltAt + 1] ?? 0);
      saltAt = (saltAt + 2) % saltWords.length;
      encipher(state, block, 0);
      table.set(block, index);
    }
  }
}

/** The bytes as big-endian words, repeated until there are enough. */
function words(bytes: Buffer, count: number): Uint32Array {
  const repeated = Buffer.alloc(4 * count, bytes);
  return Uint32Array.from({ length: count }, (_, index) => repeated.readUInt32BE(4 * index));
}

/** Bcrypt's own base64: another alphabet, no padding. */
function encode(bytes: Buffer): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const groups = bits.match(/.{1,6}/g) ?? [];
  return groups.map((group) => ALPHABET.charAt(parseInt(group.padEnd(6, "0"), 2))).join("");
}
