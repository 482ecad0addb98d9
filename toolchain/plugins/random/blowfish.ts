const ROUNDS = 16;
const SBOX_WORDS = 256;
const WORD = 0xffffffffn;

/** The tables that a Blowfish key schedule works on: P (18 words) and S (4 times 256 words, one after the other). */
export interface BlowfishState {
  readonly p: Uint32Array;
  readonly s: Uint32Array;
}

/** A fresh state: the fractional hexadecimal digits of pi (Schneier 1993). */
export function initialState(): BlowfishState {
  const words = piFraction(ROUNDS + 2 + 4 * SBOX_WORDS);
  return { p: words.slice(0, ROUNDS + 2), s: words.slice(ROUNDS + 2) };
}

/** Encrypts the block at `offset` of `block` in place. */
export function encipher({ p, s }: BlowfishState, block: Uint32Array, offset: number): void {
  let left = at(block, offset) ^ at(p, 0);
  let right = at(block, offset + 1);
  for (let round = 1; round <= ROUNDS; round += 2) {
    right ^= feistel(s, left) ^ at(p, round);
    left ^= feistel(s, right) ^ at(p, round + 1);
  }
  block[offset] = right ^ at(p, ROUNDS + 1);
  block[offset + 1] = left;
}

function feistel(s: Uint32Array, word: number): number {
  const sum = at(s, word >>> 24) + at(s, SBOX_WORDS + ((word >>> 16) & 0xff));
  return ((sum ^ at(s, 2 * SBOX_WORDS + ((word >>> 8) & 0xff))) + at(s, 3 * SBOX_WORDS + (word & 0xff))) | 0;
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}

/** Pi's fractional part in 32-bit words, by Machin's formula: pi = 16 atan(1/5) - 4 atan(1/239). */
function piFraction(count: number): Uint32Array {
  const guard = 64n;
  const bits = BigInt(count) * 32n;
  const one = 1n << (bits + guard);
  const pi = (16n * inverseTangent(5n, one) - 4n * inverseTangent(239n, one)) >> guard;
  return Uint32Array.from({ length: count }, (_, index) => Number((pi >> (bits - 32n * BigInt(index + 1))) & WORD));
}

function inverseTangent(divisor: bigint, one: bigint): bigint {
  let power = one / divisor;
  let sum = power;
  for (let odd = 3n; power !== 0n; odd += 2n) {
    power /= -(divisor * divisor);
    sum += power / odd;
  }
  return sum;
}
