import type { Join } from "../../../shared/admission/admission.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import { sourceOf } from "../limits/rate_limit.ts";

/** JOINs that wait: a few seconds of examinations. */
const MAX_WAITING = 8192;
/** Of those, the last quarter is for addresses of which none waits: one that sends many keeps no other out. */
const MAX_OF_MANY = MAX_WAITING * 3 / 4;

/** A JOIN with a valid cookie, about which nothing is decided yet. */
export interface Application {
  readonly join: Join;
  readonly from: Address;
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  /** By the origin's clock. */
  readonly cookieIssuedAt: Millis;
}

/** A JOIN that waits for its examination. */
export interface WaitingJoin {
  application: Application;
  /** Whether its address was limited when it came. */
  readonly isSuspect: boolean;
  hasBegun: boolean;
}

/**
 * JOINs that wait for their examination. Each address has its turn after the others, so a crowd at one address lets
 * a single listener elsewhere through at once. The cost of each call does not grow with their number.
 */
export class JoinQueue {
  /** The waiting JOINs of each source, in the order in which they came; the source whose turn is next comes first. */
  readonly #sources = new Map<string, WaitingJoin[]>();
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @returns false when there is no room for it. */
  push(join: WaitingJoin): boolean {
    const source = sourceOf(join.application.from.hostname);
    const line = this.#sources.get(source);
    if (this.#length >= (line ? MAX_OF_MANY : MAX_WAITING)) return false;
    if (line) line.push(join);
    else this.#sources.set(source, [join]);
    this.#length++;
    return true;
  }

  shift(): WaitingJoin | undefined {
    for (const [source, line] of this.#sources) {
      const join = line.shift();
      this.#length--;
      // Put at the end, so that the other sources come first.
      this.#sources.delete(source);
      if (line.length > 0) this.#sources.set(source, line);
      return join;
    }
  }
}
