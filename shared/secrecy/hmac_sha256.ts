/** The output of SHA-256, in bytes. */
export const HASH_BYTES = 32;
const BLOCK_BYTES = 64;
const ROUNDS = 64;
/** The last block ends with the length in bits. */
const LENGTH_OFFSET = BLOCK_BYTES - 8;
const HALF = 2 ** 32;
/** What is laid over the key (RFC 2104 section 2). */
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** The fractions of the square and cube roots of the first primes, 32 bits each (FIPS 180-4, 5.3.3 and 4.2.2). */
const START = Int32Array.from(firstPrimes(8), (prime) => fractionOf(Math.sqrt(prime)));
const CONSTANTS = Int32Array.from(firstPrimes(ROUNDS), (prime) => fractionOf(Math.cbrt(prime)));

/**
 * SHA-256 (FIPS 180-4) for a few hundred bytes at a time. A key schedule hashes a dozen short texts; a call of
 * the runtime makes a stream object for each, which costs ten times the hash, and as much again to collect.
 * Its time depends on no byte of the input.
 */
class Sha256 {
  readonly #state = new Int32Array(START);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #words = new Int32Array(ROUNDS);
  #length = 0;

  begin(): this {
    this.#state.set(START);
    this.#length = 0;
    return this;
  }

  add(bytes: Uint8Array): this {
    const block = this.#block;
    let at = this.#length % BLOCK_BYTES;
    for (let index = 0; index < bytes.length; index++) {
      block[at++] = bytes[index]!;
      if (at < BLOCK_BYTES) continue;
      this.#compress();
      at = 0;
    }
    this.#length += bytes.length;
    return this;
  }

  /** A key of at most a block, and zeros, under `pad`; only as the beginning. */
  addKey(key: Uint8Array, pad: number): this {
    const block = this.#block.fill(pad);
    for (let index = 0; index < key.length; index++) block[index] = key[index]! ^ pad;
    this.#compress();
    this.#length = BLOCK_BYTES;
    return this;
  }

  /** Writes the hash to `out`. */
  end(out: Uint8Array): Uint8Array {
    const [block, state, bits] = [this.#block, this.#state, this.#length * 8];
    let at = this.#length % BLOCK_BYTES;
    block[at++] = 0x80;
    block.fill(0, at);
    if (at > LENGTH_OFFSET) {
      this.#compress();
      block.fill(0);
    }
    for (let index = 0; index < 4; index++) {
      block[LENGTH_OFFSET + index] = Math.floor(bits / HALF) >>> (24 - 8 * index);
      block[LENGTH_OFFSET + 4 + index] = bits >>> (24 - 8 * index);
    }
    this.#compress();
    for (let index = 0; index < HASH_BYTES; index++) {
      out[index] = state[index >> 2]! >>> (24 - (index & 3) * 8);
    }
    return out;
  }

  /** Section 6.2.2, step 1. */
  #schedule(): void {
    const [words, block] = [this.#words, this.#block];
    for (let index = 0; index < 16; index++) {
      const at = index * 4;
      words[index] = block[at]! << 24 | block[at + 1]! << 16 | block[at + 2]! << 8 | block[at + 3]!;
    }
    for (let index = 16; index < ROUNDS; index++) {
      const [near, far] = [words[index - 2]!, words[index - 15]!];
      const small1 = rotate(near, 17) ^ rotate(near, 19) ^ near >>> 10;
      const small0 = rotate(far, 7) ^ rotate(far, 18) ^ far >>> 3;
      words[index] = small1 + words[index - 7]! + small0 + words[index - 16]!;
    }
  }

  /** Section 6.2.2, steps 2 to 4. */
  #compress(): void {
    this.#schedule();
    const [words, state] = [this.#words, this.#state];
    let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    let [e, f, g, h] = [state[4]!, state[5]!, state[6]!, state[7]!];
    for (let round = 0; round < ROUNDS; round++) {
      const large1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const choice = e & f ^ ~e & g;
      const first = h + large1 + choice + CONSTANTS[round]! + words[round]! | 0;
      const large0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const majority = a & b ^ a & c ^ b & c;
      h = g;
      g = f;
      f = e;
      e = d + first | 0;
      d = c;
      c = b;
      b = a;
      a = first + large0 + majority | 0;
    }
    state[0] = state[0]! + a;
    state[1] = state[1]! + b;
    state[2] = state[2]! + c;
    state[3] = state[3]! + d;
    state[4] = state[4]! + e;
    state[5] = state[5]! + f;
    state[6] = state[6]! + g;
    state[7] = state[7]! + h;
  }
}

/** One is enough: nothing else runs between its beginning and its end. */
const hash = new Sha256();
const inner = new Uint8Array(HASH_BYTES);
const hashedKey = new Uint8Array(HASH_BYTES);

/** So many results share the memory of one array: to ask the system for each takes as long as a block of the hash. */
const SHARING = 64;
let shared = new Uint8Array(0);
let used = 0;

/** Memory for one hash, which nothing else uses. */
function takeMemory(): Uint8Array {
  if (used === shared.length) {
    shared = new Uint8Array(SHARING * HASH_BYTES);
    used = 0;
  }
  return shared.subarray(used, used += HASH_BYTES);
}

/** HMAC-SHA256 (RFC 2104) of the parts, one after the other. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const short = key.length > BLOCK_BYTES ? hash.begin().add(key).end(hashedKey) : key;
  hash.begin().addKey(short, INNER_PAD);
  for (const part of parts) hash.add(part);
  hash.end(inner);
  return hash.begin().addKey(short, OUTER_PAD).add(inner).end(takeMemory());
}

/** SHA-256 of a short text. */
export function sha256(text: Uint8Array): Uint8Array {
  return hash.begin().add(text).end(takeMemory());
}

function rotate(word: number, bits: number): number {
  return word >>> bits | word << (32 - bits);
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

function fractionOf(root: number): number {
  return Math.floor((root - Math.floor(root)) * HALF) | 0;
}
