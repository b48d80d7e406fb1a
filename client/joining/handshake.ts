import type { Rng } from "../../shared/core/rng.ts";
import { toBase64Url } from "../../shared/text/base64.ts";
import { areEqual } from "../../shared/core/bytes.ts";
import type { Millis } from "../../shared/core/units.ts";
import { openAnswer } from "../../shared/secrecy/answer_seal.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { Identity } from "../../shared/directory/identity.ts";
import {
  type JoinPlaintext,
  type JoinSecrets,
  proofMessage,
  type SealedJoin,
} from "../../shared/secrecy/join_sealing.ts";
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

/** At 30 % loss each way every other try fails. Seven tries in the first second, fourteen in six. */
const WAIT = { first: 60, growth: 1.25, longest: 2000 };
/** A host that restarts may not know the token for a moment, or this listener not the new token. */
const MAX_REFUSALS = 3;
const RESUME_BYTES = 16;
const ASK_AGAIN = { shortest: 1000, longest: 10_000 };

export type Accepted = Extract<AdmissionMessage, { type: "accept" }> & {
  /** The secrets shared with the host alone; absent when it does not encrypt. */
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
  /** When the cookie is given up if no answer came. */
  readonly triedUntil: Millis;
  /** The key that a JOIN is sealed to; absent when the host does not encrypt. */
  readonly hostKey?: Uint8Array;
  /** The id of the request to seal the JOIN, once it was made. */
  sealingId?: number;
  /** Sealed once: a repeated JOIN is the same bytes. */
  sealed?: SealedJoin;
}

/**
 * The listener's side of admission: HELLO until a cookie comes, then JOIN until an answer comes, each
 * repeated with backoff; HELLO again when the cookie brought no answer. The client random stays the same
 * for the listener's whole life, so that the host recognises the listener.
 */
export class Handshake {
  readonly clientRandom: Uint8Array;
  readonly #backoff: Backoff;
  readonly #trials = new CookieTrials();
  readonly #ciphers: Ciphers;
  /** The host's key from the join link. If there is one, no other host is trusted. */
  #pinnedKey: Uint8Array | undefined;
  /** Proves to the host that a later JOIN is this listener's. It is sent in sealed JOINs only. */
  readonly #resume: string;
  readonly #identity: Pick<Identity, "sign"> | undefined;
  #showsForeignKey = false;
  #cookie: Cookie | undefined;
  /** From the last JOIN sealed since the start. */
  #secrets: JoinSecrets | undefined;
  #sealings = 0;
  #sendAt: Millis | undefined;
  #refusals = 0;

  /** @param identity proves that the token is its owner's; absent for a token that names no owner. */
  constructor(
    rng: Rng,
    ciphers: Ciphers,
    pinnedKey?: Uint8Array,
    identity?: Pick<Identity, "sign">,
  ) {
    this.clientRandom = rng.bytes(CLIENT_RANDOM_BYTES);
    this.#resume = toBase64Url(rng.bytes(RESUME_BYTES));
    this.#backoff = new Backoff(WAIT, rng);
    this.#ciphers = ciphers;
    this.#pinnedKey = pinnedKey;
    this.#identity = identity;
  }

  /** Changes the trusted key, as a restarted host may have a new one. */
  pinKey(key: Uint8Array | undefined): void {
    if (isSameKey(key, this.#pinnedKey)) return;
    // Otherwise a token could be sent in clear, or sealed to another host's key.
    if (key && !isSameKey(key, this.#cookie?.hostKey)) this.#cookie = undefined;
    this.#pinnedKey = key;
    this.#showsForeignKey = false;
  }

  /** Whether the key comes from a join link and not from the host's own answer. */
  get isKeyPinned(): boolean {
    return this.#pinnedKey !== undefined;
  }

  /** Whether a host answered with another key than the join link's. */
  get showsForeignKey(): boolean {
    return this.#showsForeignKey;
  }

  get isRunning(): boolean {
    return this.#sendAt !== undefined;
  }

  /** When `poll` next has something to send; undefined while the handshake is stopped. */
  get deadline(): Millis | undefined {
    return this.#sendAt;
  }

  /** Begins the handshake from HELLO. */
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

  /** @returns the message to send or the JOIN to seal now, if any. */
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

  /** @param sealed undefined when the host's key is invalid; then a new cookie is requested. */
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
   * @returns the host's answer to this handshake; undefined for a RETRY, which is handled here, and
   * while the handshake is stopped.
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
        // A listener that seals its JOIN ignores unsealed answers, which anybody could forge.
        return this.#isSecret ? junk("unauthentic") : this.#onAnswer(message.value);
    }
  }

  /** Whether a rejected listener that was in before should ask again. */
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

  /** A host of another protocol version rejects in its own version, of which nothing else can be read. */
  #onUnreadable(name: JunkName): Parsed<Rejected | undefined> {
    if (name !== "unsupportedVersion" || !this.isRunning) return junk(name);
    this.stop();
    const reason = "the host uses another version of the protocol";
    return parsed({ type: "reject", code: RejectCode.version, reason, retryAfterMillis: 0 });
  }

  #onCookie({ cookie: bytes, hostKey: shown }: Retry, now: Millis): undefined {
    const pinned = this.#pinnedKey;
    this.#showsForeignKey = pinned !== undefined && !(shown && areEqual(shown, pinned));
    // A copy of a RETRY must not restart the backoff.
    if (this.#cookie !== undefined) return;
    const hostKey = pinned ?? shown;
    this.#cookie = { bytes, triedUntil: this.#trials.onCookie(now), hostKey };
    this.#backoff.reset();
    this.#sendAt = now;
  }

  #pollSealed(cookie: Cookie, hostKey: Uint8Array, info: JoinInfo): HandshakeStep | undefined {
    const { clientRandom } = this;
    if (cookie.sealed) {
      const { ciphertext, secrets } = cookie.sealed;
      return send({
        type: "sealedJoin",
        clientRandom,
        cookie: cookie.bytes,
        encapsulated: secrets.encapsulated,
        ciphertext,
      });
    }
    if (cookie.sealingId !== undefined) return undefined;
    const id = cookie.sealingId = ++this.#sealings;
    const plaintext = this.#plaintext({ ...info, resume: this.#resume });
    const associated = joinAssociated(clientRandom, cookie.bytes);
    return { kind: "seal", join: { id, hostKey, plaintext, associated } };
  }

  /** With the proof that the token is this listener's, if there is an identity. */
  #plaintext(info: JoinInfo): JoinPlaintext {
    const identity = this.#identity;
    if (!identity) return serializeJoinInfo(info);
    return (secrets) => {
      const proof = toBase64Url(identity.sign(proofMessage(secrets)));
      return serializeJoinInfo({ ...info, proof });
    };
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
    // Keys are secret only in a sealed ACCEPT, and a sealed ACCEPT must have them.
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
