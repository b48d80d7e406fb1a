import type { Rng } from "../shared/core/rng.ts";
import type { Millis } from "../shared/core/units.ts";
import {
  type AdmissionMessage,
  CLIENT_RANDOM_BYTES,
  clientRandomOf,
  type JoinInfo,
  parseAdmission,
  RejectCode,
} from "../shared/wire/admission.ts";
import { junk, type JunkName, type Parsed, parsed } from "../shared/wire/parsed.ts";
import { Backoff } from "./backoff.ts";

/** Cookies live for 30 s at the host; an older one than this is not worth a try. */
const COOKIE_MILLIS: Millis = 25_000;
/** After so many JOINs without an answer the host may have restarted and forgotten its cookies. */
const JOINS_PER_COOKIE = 3;
const WAIT = { first: 250, longest: 2000 };
/** A host that restarts may not know our token for a moment, or we not its new one. */
const MAX_REFUSALS = 3;
const ASK_AGAIN = { shortest: 1000, longest: 10_000 };

export type Accepted = Extract<AdmissionMessage, { type: "accept" }>;
export type Rejected = Pick<
  Extract<AdmissionMessage, { type: "reject" }>,
  "type" | "code" | "reason" | "retryAfterMillis"
>;

interface Cookie {
  readonly bytes: Uint8Array;
  readonly receivedAt: Millis;
  joins: number;
}

/**
 * The listener's side of admission: HELLO until a cookie comes, then JOIN until an answer comes,
 * each repeated with backoff; back to HELLO when the cookie got no answer. The client random stays the
 * same for the listener's whole life, so that the host knows it again.
 */
export class Handshake {
  readonly clientRandom: Uint8Array;
  readonly #backoff: Backoff;
  #cookie: Cookie | undefined;
  #sendAt: Millis | undefined;
  #refusals = 0;

  constructor(rng: Rng) {
    this.clientRandom = rng.bytes(CLIENT_RANDOM_BYTES);
    this.#backoff = new Backoff(WAIT, rng);
  }

  get isRunning(): boolean {
    return this.#sendAt !== undefined;
  }

  /** When `poll` next has something to send; undefined while nothing is asked. */
  get deadline(): Millis | undefined {
    return this.#sendAt;
  }

  /** Asks to be let in, from the beginning. */
  start(at: Millis): void {
    this.#cookie = undefined;
    this.#backoff.reset();
    this.#sendAt = at;
  }

  stop(): void {
    this.#cookie = undefined;
    this.#sendAt = undefined;
  }

  /** @returns what is to be sent now, if anything. */
  poll(info: JoinInfo, now: Millis): AdmissionMessage | undefined {
    if (this.#sendAt === undefined || now < this.#sendAt) return undefined;
    this.#sendAt = now + this.#backoff.next();
    const { clientRandom } = this;
    const cookie = this.#usableCookie(now);
    if (cookie === undefined) return { type: "hello", clientRandom };
    cookie.joins++;
    return { type: "join", clientRandom, cookie: cookie.bytes, info };
  }

  /**
   * Takes an admission datagram from the host.
   *
   * @returns its answer, when this is one that was asked for; a RETRY is dealt with here.
   */
  receive(datagram: Uint8Array, now: Millis): Parsed<Accepted | Rejected | undefined> {
    if (!this.#isOurs(clientRandomOf(datagram))) return junk("unknownSender");
    const message = parseAdmission(datagram);
    if (!message.ok) return this.#onUnreadable(message.junk);
    const { type } = message.value;
    if (type === "hello" || type === "join") return junk("wrongDirection");
    if (!this.isRunning) return parsed(undefined);
    if (type === "retry") return parsed(this.#onCookie(message.value.cookie, now));
    this.stop();
    if (type === "accept") this.#refusals = 0;
    return parsed(message.value);
  }

  /** Whether a listener that was in before has reason to hope, having been refused on coming back. */
  mayAskAgain({ code }: Rejected): boolean {
    if (code === RejectCode.overload) return true;
    return code === RejectCode.unauthorized && this.#refusals < MAX_REFUSALS;
  }

  askAgain({ code, retryAfterMillis }: Rejected, now: Millis): void {
    if (code === RejectCode.unauthorized) this.#refusals++;
    const { shortest, longest } = ASK_AGAIN;
    this.start(now + Math.min(Math.max(retryAfterMillis, shortest), longest));
  }

  #isOurs(clientRandom: Uint8Array | undefined): boolean {
    return clientRandom !== undefined &&
      clientRandom.every((byte, index) => byte === this.clientRandom[index]);
  }

  /** A host of another version refuses us in its own: only that much can be read of it. */
  #onUnreadable(name: JunkName): Parsed<Rejected | undefined> {
    if (name !== "unsupportedVersion" || !this.isRunning) return junk(name);
    this.stop();
    const reason = "the host speaks another version of the protocol";
    return parsed({ type: "reject", code: RejectCode.version, reason, retryAfterMillis: 0 });
  }

  #onCookie(bytes: Uint8Array, now: Millis): undefined {
    // A copy of an earlier RETRY must not restart the backoff.
    if (this.#cookie !== undefined) return;
    this.#cookie = { bytes, receivedAt: now, joins: 0 };
    this.#backoff.reset();
    this.#sendAt = now;
  }

  #usableCookie(now: Millis): Cookie | undefined {
    const cookie = this.#cookie;
    if (cookie === undefined) return undefined;
    const isSpent = cookie.joins >= JOINS_PER_COOKIE || now - cookie.receivedAt >= COOKIE_MILLIS;
    if (isSpent) this.#cookie = undefined;
    return this.#cookie;
  }
}
