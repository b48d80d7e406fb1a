import { pick, type Rng } from "../../shared/core/rng.ts";

/** First bytes that distinguish RTP, RTCP and admission, and their neighbours. */
const TELLING_BYTES = [0, 63, 64, 65, 66, 67, 68, 79, 80, 127, 128, 129, 144, 159, 191, 192, 255];
const TELLING_SECOND_BYTES = [1, 14, 97, 98, 142, 191, 192, 200, 201, 202, 203, 205, 207, 223, 224];
const LONGEST = 1500;

/**
 * Datagrams that no honest sender would send: random ones, random ones with a plausible first byte,
 * and real ones that were cut, lengthened, or changed in a few bits.
 */
export function* junkDatagrams(rng: Rng, real: readonly Uint8Array[]): Generator<Uint8Array> {
  const makers = [randomBytes, plausibleBytes, cutShort, changed, lengthened];
  for (;;) yield pick(rng, makers)(rng, pick(rng, real));
}

function randomBytes(rng: Rng): Uint8Array {
  return rng.bytes(rng.uint32() % 64 === 0 ? rng.uint32() % LONGEST : rng.uint32() % 80);
}

function plausibleBytes(rng: Rng): Uint8Array {
  const bytes = randomBytes(rng);
  if (bytes.length > 0) bytes[0] = pick(rng, TELLING_BYTES);
  if (bytes.length > 1) bytes[1] = pick(rng, TELLING_SECOND_BYTES);
  return bytes;
}

function cutShort(rng: Rng, real: Uint8Array): Uint8Array {
  return real.slice(0, rng.uint32() % real.length);
}

function changed(rng: Rng, real: Uint8Array): Uint8Array {
  const bytes = real.slice();
  for (let times = 1 + rng.uint32() % 8; times > 0; times--) {
    // Headers are changed more often than the rest, since parsers decide by them.
    const reach = rng.float() < 0.7 ? Math.min(32, bytes.length) : bytes.length;
    const at = rng.uint32() % reach;
    bytes[at] = bytes[at]! ^ (1 << (rng.uint32() % 8));
  }
  return bytes;
}

function lengthened(rng: Rng, real: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(real.length + 1 + rng.uint32() % 200);
  bytes.set(real);
  bytes.set(rng.bytes(bytes.length - real.length), real.length);
  return bytes;
}
