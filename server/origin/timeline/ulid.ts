import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_CHARACTERS = 16;
const TIME_CHARACTERS = 10;

/**
 * Makes identifiers that are unique and sort by time (github.com/ulid/spec): ten characters of
 * milliseconds, sixteen of randomness.
 */
export function makeUlid(time: Millis, rng: Rng): string {
  let rest = Math.floor(time);
  let timePart = "";
  for (let index = 0; index < TIME_CHARACTERS; index++) {
    timePart = ALPHABET[rest % 32] + timePart;
    rest = Math.floor(rest / 32);
  }
  const randomPart = Array.from(rng.bytes(RANDOM_CHARACTERS), (byte) => ALPHABET[byte % 32]);
  return timePart + randomPart.join("");
}
