import { timingSafeEqual } from "node:crypto";
import type { Rng } from "../../../shared/core/rng.ts";
import { type Address, addressKey } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { junk, type Parsed, parsed } from "../../../shared/core/parsed.ts";
import { hmacSha256 } from "../../../shared/secrecy/hmac_sha256.ts";

/** A cookie is valid this long. */
export const COOKIE_LIFETIME_MILLIS = 30_000;
/** A key issues cookies for one lifetime, and verifies them for one more. */
const KEY_LIFETIME_MILLIS = COOKIE_LIFETIME_MILLIS;
const KEY_BYTES = 32;
const TIME_BYTES = 8;
const TAG_BYTES = 16;
const COOKIE_BYTES = TIME_BYTES + TAG_BYTES;
/** More clients leave within the lifetime of a cookie only where a very large crowd leaves at once. */
const MAX_REMEMBERED = 4096;
const encoder = new TextEncoder();

/**
 * Cookies prove that a listener receives at its address, while the host stores nothing (RFC 9000 section
 * 8.1). A cookie is the time of issue, followed by an HMAC-SHA256 over that time, the address and the
 * client random, cut to 128 bits.
 */
export class Cookies {
  readonly #rng: Rng;
  #key: Uint8Array;
  #previousKey: Uint8Array;
  #keyMadeAt: Millis;

  /** @param sharedKey the key that all edges of a broadcast use; it is never changed. Absent: own keys. */
  constructor(rng: Rng, now: Millis, sharedKey?: Uint8Array) {
    this.#rng = rng;
    this.#key = sharedKey ?? rng.bytes(KEY_BYTES);
    this.#previousKey = this.#key;
    this.#keyMadeAt = sharedKey ? Infinity : now;
  }

  issue(address: Address, clientRandom: Uint8Array, now: Millis): Uint8Array {
    this.#rotateKey(now);
    const cookie = new Uint8Array(COOKIE_BYTES);
    const issuedAt = Math.floor(now);
    new DataView(cookie.buffer).setBigUint64(0, BigInt(issuedAt));
    cookie.set(tagOf(this.#key, cookie.subarray(0, TIME_BYTES), address, clientRandom), TIME_BYTES);
    return cookie;
  }

  /** @returns the time of issue; "badCookie" when this host did not issue it for this address and client. */
  verify(
    cookie: Uint8Array,
    address: Address,
    clientRandom: Uint8Array,
    now: Millis,
  ): Parsed<Millis> {
    if (cookie.length !== COOKIE_BYTES) return junk("badCookie");
    this.#rotateKey(now);
    const time = cookie.subarray(0, TIME_BYTES);
    const tag = cookie.subarray(TIME_BYTES);
    const isOurs = [this.#key, this.#previousKey].some((key) =>
      timingSafeEqual(tag, tagOf(key, time, address, clientRandom))
    );
    if (!isOurs) return junk("badCookie");
    const issuedAt = Number(new DataView(cookie.buffer, cookie.byteOffset).getBigUint64(0));
    return now - issuedAt <= COOKIE_LIFETIME_MILLIS ? parsed(issuedAt) : junk("expiredCookie");
  }

  #rotateKey(now: Millis): void {
    const age = now - this.#keyMadeAt;
    if (age < KEY_LIFETIME_MILLIS) return;
    this.#previousKey = age < 2 * KEY_LIFETIME_MILLIS ? this.#key : this.#rng.bytes(KEY_BYTES);
    this.#key = this.#rng.bytes(KEY_BYTES);
    this.#keyMadeAt = now;
  }
}

/** When each client left. A JOIN with an older cookie is a late copy, and must not admit the client again. */
export class DepartedClients {
  readonly #leftAt = new Map<string, Millis>();
  /** Clients that left up to then may be dropped: a JOIN with an older cookie may be a copy of theirs. */
  #forgottenUntil: Millis = -Infinity;

  note(clientId: string, now: Millis): void {
    this.#leftAt.delete(clientId);
    this.#leftAt.set(clientId, now);
    for (const [oldest, leftAt] of this.#leftAt) {
      const isNeeded = now - leftAt <= COOKIE_LIFETIME_MILLIS;
      if (isNeeded && this.#leftAt.size <= MAX_REMEMBERED) break;
      this.#leftAt.delete(oldest);
      if (isNeeded) this.#forgottenUntil = leftAt;
    }
  }

  /** When the client left, or the latest time at which it may have; -Infinity if it cannot have left. */
  leftAt(clientId: string): Millis {
    return this.#leftAt.get(clientId) ?? this.#forgottenUntil;
  }
}

function tagOf(
  key: Uint8Array,
  time: Uint8Array,
  address: Address,
  clientRandom: Uint8Array,
): Uint8Array {
  const where = encoder.encode(addressKey(address));
  return hmacSha256(key, time, clientRandom, where).subarray(0, TAG_BYTES);
}
