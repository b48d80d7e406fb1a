// How a listener gets into a broadcast and stays in: the admission of the protocol, seen from the listener.
//
// In:  admission datagrams from the host, sealed JOINs, and when packets of the host came.
// Out: HELLO and JOIN messages to send, JOINs to seal, ACCEPT and REJECT answers, changes of the
//      connection's state, and the end of all attempts.
//
// `Joining` decides when to ask; `connection.ts` watches for silence of the host, `handshake.ts` writes and
// reads the messages, `retries.ts` times their repetition. What an ACCEPT brings when the host encrypts is in
// `secrecy.ts`, with `known_epochs.ts` and `control_indexes.ts`. Read handshake.ts next.

import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { SealedJoin } from "../../shared/secrecy/join_sealing.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { Parsed } from "../../shared/core/parsed.ts";
import { latencyMillis, type ListenerConfig } from "../interface/config.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import { type Accepted, Handshake, type HandshakeStep, type Rejected } from "./handshake.ts";
import type { ConnectionState } from "../interface/output.ts";

/** How long the host is asked before the listener gives up. */
export const LIMITS: ConnectionLimits = { joinForMillis: 8000, rejoinForMillis: 60_000 };
/** How long the host is asked after a sleep, even if packets come: much longer than reading a full socket takes. */
const ASK_AFTER_SLEEP: Millis = 60_000;
/** The longest latency that a JOIN can carry. */
const LONGEST_LATENCY: Millis = 60_000;

/** What is to be done next. `state`: the connection's state has changed. `give-up`: no host answered in time. */
export type JoiningStep =
  | HandshakeStep
  | { readonly kind: "state"; readonly state: ConnectionState }
  | { readonly kind: "give-up" };

/**
 * Asks the host to let this listener in. When no packets come any more, it asks again, until it gives up.
 * The handshake decides which message to send and how often.
 */
export class Joining {
  readonly #config: ListenerConfig;
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  /** The token for the next JOIN. */
  token: string | undefined;
  #wasKeyForeign = false;
  /** Until then, packets do not prove that the host still has this listener's session. */
  #doubtsUntil: Millis = -Infinity;

  constructor(config: ListenerConfig, rng: Rng, ciphers: Ciphers, now: Millis) {
    this.#config = config;
    this.token = config.token;
    this.#connection = new Connection(LIMITS, rng, now);
    this.#handshake = new Handshake(rng, ciphers, config.hostKey, config.identity);
    this.#handshake.start(now);
  }

  /** Whether an ACCEPT may come. */
  get isAsking(): boolean {
    return this.#handshake.isRunning;
  }

  /** Whether the host's key comes from a join link and not from the host's own answer. */
  get isKeyPinned(): boolean {
    return this.#handshake.isKeyPinned;
  }

  get deadline(): Millis {
    return Math.min(this.#handshake.deadline ?? Infinity, this.#connection.deadline);
  }

  /** The host key to trust from the next cookie on; undefined: the key of any host that answers. */
  pinKey(key: Uint8Array | undefined): void {
    this.#handshake.pinKey(key);
  }

  /** @returns what is to be done now. Call until undefined. */
  poll(now: Millis): JoiningStep | undefined {
    for (let step = this.#connection.poll(now); step; step = this.#connection.poll(now)) {
      if (step === "give-up") return { kind: step };
      if (step !== "silent" && !this.#handshake.isRunning) this.#handshake.start(now);
      if (step !== "ask") return { kind: "state", state: step };
    }
    const { name, latency } = this.#config;
    const wanted = Math.min(Math.ceil(latencyMillis(latency)), LONGEST_LATENCY);
    const isLatencyFixed = typeof latency === "number";
    const info = { name, token: this.token, latencyMillis: wanted, isLatencyFixed };
    return this.#handshake.poll(info, now);
  }

  /** @param sealed undefined when the host's key is invalid. */
  onSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    this.#handshake.onSealed(id, sealed, now);
  }

  /** Takes an admission datagram from the host. @returns the host's answer to this listener's request. */
  receive(datagram: Uint8Array, now: Millis): Parsed<Accepted | Rejected | undefined> {
    return this.#handshake.receive(datagram, now);
  }

  /** Whether a host answers with another key than the join link's; true once for each change. */
  takeForeignKey(): boolean {
    const isForeign = this.#handshake.showsForeignKey;
    const isNews = isForeign && !this.#wasKeyForeign;
    this.#wasKeyForeign = isForeign;
    return isNews;
  }

  /** The host is asked at another address, where no cookie of the first one is good. */
  onMoved(now: Millis): void {
    this.#handshake.start(now);
  }

  /**
   * This program stood still for so long that the host may have ended the session. Packets that waited in
   * the socket do not disprove that, so the host is asked at once and until it answers.
   */
  onSleep(pause: Millis, now: Millis): void {
    this.#connection.onPause(pause);
    this.#handshake.start(now);
    this.#doubtsUntil = now + ASK_AFTER_SLEEP;
  }

  /**
   * An ACCEPT came.
   *
   * @param isNew whether the host gave this listener a new session.
   * @returns whether this changes the connection's state.
   */
  onAccepted(isNew: boolean, now: Millis): boolean {
    this.#doubtsUntil = -Infinity;
    return this.#connection.onAccepted(isNew, now);
  }

  /**
   * The host rejected this listener, which was in before. If the reason may pass, as when the host is just
   * restarting, it is asked again.
   *
   * @returns undefined when it is not asked again; otherwise whether a newer token would help.
   */
  askAgain(rejected: Rejected, now: Millis): { readonly wantsToken: boolean } | undefined {
    if (!this.#handshake.mayAskAgain(rejected)) return undefined;
    this.#handshake.askAgain(rejected, now);
    return { wantsToken: rejected.code === RejectCode.unauthorized };
  }

  /** An RTP packet or a sender report came. @returns whether this ends a silence. */
  onMedia(now: Millis): boolean {
    this.#onHeard(now);
    return this.#connection.onMedia(now);
  }

  /** The host reports that it is there but sends no media now. @returns whether this ends a silence. */
  onSignOfLife(now: Millis): boolean {
    this.#onHeard(now);
    return this.#connection.onSignOfLife(now);
  }

  #onHeard(now: Millis): void {
    if (now >= this.#doubtsUntil) this.#handshake.stop();
  }

  /** The host has said goodbye and is not asked any more. */
  stop(): void {
    this.#handshake.stop();
  }
}
