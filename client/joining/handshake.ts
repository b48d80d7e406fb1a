import type { Rng } from "../../shared/core/rng.ts";
import { toBase64Url } from "../../shared/text/base64.ts";
import { areEqual } from "../../shared/core/bytes.ts";
import type { Millis } from "../../shared/core/units.ts";
import { openAnswer } from "../../shared/secrecy/answer_seal.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { JoinSecrets, SealedJoin } from "../../shared/secrecy/join_sealing.ts";
import {
  type AdmissionMessage,
  answerAssociated,
  CLIENT_RANDOM_BYTES,
  clientRandomOf,
  joinAssociated,
  type JoinInfo,
  parseAdmission,
  parseSealedAnswer,
  RejectCode,
  type SealedAnswerMessage,
  serializeJoinInfo,
} from "../../shared/admission/admission.ts";
import { junk, type JunkName, type Parsed, parsed } from "../../shared/core/parsed.ts";
import { Backoff, CookieTrials } from "./retries.ts";
import type { JoinToSeal } from "../interface/output.ts";

/** At 30 % loss each way every other try is in vain: seven in the first second, fourteen in six. */
const WAIT = { first: 60, growth: 1.25, longest: 2000 };
/** A host that restarts may not know our token for a moment, or we not its new one. */
const MAX_REFUSALS = 3;
const RESUME_BYTES = 16;
const ASK_AGAIN = { shortest: 1000, longest: 10_000 };

export type Accepted = Extract<AdmissionMessage, { type: "accept" }> & {
  /** What we share with the host alone; absent when it does not encrypt. */
  readonly secrets?: JoinSecrets;
};
export type Rejected = Pick<
  Extract<AdmissionMessage, { type: "reject" }>,
  "type" | "code" | "reason" | "retryAfterMillis"
>;

/** What is to be done next. */
export type HandshakeStep =
  | { readonly kind: "send"; readonly message: AdmissionMessage }
  | { readonly kind: "seal"; readonly join: JoinToSeal };

interface Cookie {
  readonly bytes: Uint8Array;
  /** When it is given up, having brought no answer. */
  readonly triedUntil: Millis;
  /** Whom a JOIN is sealed to; absent when the host does not encrypt. */
  readonly hostKey?: Uint8Array;
  /** Under which it was given away to be sealed. */
  sealingId?: number;
  /** Made once: a repeated JOIN is the same bytes. */
  sealed?: SealedJoin;
}

/**
 * The listener's side of admission: HELLO until a cookie comes, then JOIN until an answer comes,
 * each repeated with backoff; back to HELLO when the cookie got no answer. The client random stays the
 * same for the listener's whole life, so that the host knows it again.
 */
export class Handshake {
  readonly clientRandom: Uint8Array;
  readonly #backoff: Backoff;
  readonly #trials = new CookieTrials();
  readonly #ciphers: Ciphers;
  /** The host's, as its join link has it: nobody else is believed then. */
  #pinnedKey: Uint8Array | undefined;
  /** Shown in every sealed JOIN of this listener, and to nobody else. */
  readonly #resume: string;
  #showsForeignKey = false;
  #cookie: Cookie | undefined;
  /** Of the last JOIN that was sealed since the start. */
  #secrets: JoinSecrets | undefined;
  #sealings = 0;
  #sendAt: Millis | undefined;
  #refusals = 0;

  constructor(rng: Rng, ciphers: Ciphers, pinnedKey?: Uint8Array) {
    this.clientRandom = rng.bytes(CLIENT_RANDOM_BYTES);
    this.#resume = toBase64Url(rng.bytes(RESUME_BYTES));
    this.#backoff = new Backoff(WAIT, rng);
    this.#ciphers = ciphers;
    this.#pinnedKey = pinnedKey;
  }

  /** A host that restarted may have another key, and have told us. What was meant for another is let go. */
  pinKey(key: Uint8Array | undefined): void {
    if (isSameKey(key, this.#pinnedKey)) return;
    // Or else a token would go out in clear, or sealed to whoever answered first.
    if (key && !isSameKey(key, this.#cookie?.hostKey)) this.#cookie = undefined;
    this.#pinnedKey = key;
    this.#showsForeignKey = false;
  }

  /** Whether the key comes from a join link, and not from whoever answered. */
  get isKeyPinned(): boolean {
    return this.#pinnedKey !== undefined;
  }

  /** Whether whoever answers shows another key than the join link has. */
  get showsForeignKey(): boolean {
    return this.#showsForeignKey;
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
    this.#secrets = undefined;
    this.#backoff.reset();
    this.#trials.reset();
    this.#sendAt = at;
  }

  stop(): void {
    this.#cookie = undefined;
    this.#sendAt = undefined;
  }

  /** @returns what is to be done now, if anything. */
  poll(info: JoinInfo, now: Millis): HandshakeStep | undefined {
    if (this.#sendAt === undefined || now < this.#sendAt) return undefined;
    const { clientRandom } = this;
    const cookie = this.#usableCookie(now);
    this.#sendAt = Math.min(now + this.#backoff.next(), cookie?.triedUntil ?? Infinity);
    if (cookie === undefined) {
      this.#trials.onAsked(now);
      return send({ type: "hello", clientRandom });
    }
    if (cookie.hostKey !== undefined) return this.#pollSealed(cookie, cookie.hostKey, info);
    return send({ type: "join", clientRandom, cookie: cookie.bytes, info });
  }

  /** @param sealed undefined when the host's key is of no use: a new one is asked for then. */
  onSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    const cookie = this.#cookie;
    if (cookie === undefined || cookie.sealingId !== id) return;
    if (sealed === undefined) {
      this.#cookie = undefined;
      return;
    }
    cookie.sealed = sealed;
    this.#secrets = sealed.secrets;
    this.#sendAt = now;
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
    if (!isFromHost(message.value)) return junk("wrongDirection");
    if (!this.isRunning) return parsed(undefined);
    switch (message.value.type) {
      case "retry":
        return parsed(this.#onCookie(message.value, now));
      case "answer":
        return this.#openAnswer(message.value);
      default:
        // Who can seal to the host takes no word that anybody could have said.
        return this.#isSecret ? junk("unauthentic") : this.#onAnswer(message.value);
    }
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

  #onCookie({ cookie: bytes, hostKey: shown }: Retry, now: Millis): undefined {
    const pinned = this.#pinnedKey;
    this.#showsForeignKey = pinned !== undefined && !(shown && areEqual(shown, pinned));
    // A copy of an earlier RETRY must not restart the backoff.
    if (this.#cookie !== undefined) return;
    const hostKey = pinned ?? shown;
    this.#cookie = { bytes, triedUntil: this.#trials.onCookie(now), ...(hostKey && { hostKey }) };
    this.#backoff.reset();
    this.#sendAt = now;
  }

  #pollSealed(cookie: Cookie, hostKey: Uint8Array, info: JoinInfo): HandshakeStep | undefined {
    const { clientRandom } = this;
    if (cookie.sealed) {
      const { ciphertext, secrets: { encapsulated } } = cookie.sealed;
      const body = { cookie: cookie.bytes, encapsulated, ciphertext };
      return send({ type: "sealedJoin", clientRandom, ...body });
    }
    if (cookie.sealingId !== undefined) return undefined;
    const id = cookie.sealingId = ++this.#sealings;
    const plaintext = serializeJoinInfo({ ...info, resume: this.#resume });
    const associated = joinAssociated(clientRandom, cookie.bytes);
    return { kind: "seal", join: { id, hostKey, plaintext, associated } };
  }

  get #isSecret(): boolean {
    const sealingTo = this.#pinnedKey ?? this.#cookie?.hostKey;
    return sealingTo !== undefined || this.#secrets !== undefined;
  }

  #openAnswer({ nonce, ciphertext }: SealedAnswerMessage): Parsed<Accepted | Rejected> {
    const secrets = this.#secrets;
    const associated = answerAssociated(this.clientRandom);
    const said = secrets && openAnswer(this.#ciphers, secrets, nonce, ciphertext, associated);
    if (!said) return junk("unauthentic");
    const message = parseSealedAnswer(this.clientRandom, said);
    if (!message.ok) return message;
    return this.#onAnswer({
      ...message.value,
      ...(message.value.type === "accept" && { secrets }),
    });
  }

  #onAnswer(answer: Accepted | Rejected): Parsed<Accepted | Rejected> {
    // Keys in clear are no keys, and a sealed ACCEPT without them is of no use.
    const isWhole = answer.type === "reject" ||
      (answer.keys !== undefined) === (answer.secrets !== undefined);
    if (!isWhole) return junk("malformedAdmission");
    this.stop();
    if (answer.type === "accept") this.#refusals = 0;
    return parsed(answer);
  }

  #usableCookie(now: Millis): Cookie | undefined {
    if (this.#cookie !== undefined && now >= this.#cookie.triedUntil) {
      this.#cookie = undefined;
      this.#backoff.reset();
    }
    return this.#cookie;
  }
}

function isSameKey(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one && other ? areEqual(one, other) : one === other;
}

function send(message: AdmissionMessage): HandshakeStep {
  return { kind: "send", message };
}

type FromHost = Extract<AdmissionMessage, { type: "retry" | "accept" | "reject" | "answer" }>;
type Retry = Extract<AdmissionMessage, { type: "retry" }>;

function isFromHost(message: AdmissionMessage): message is FromHost {
  return !["hello", "join", "sealedJoin"].includes(message.type);
}
