import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { SealedJoin } from "../../shared/secrecy/join_sealing.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { Parsed } from "../../shared/core/parsed.ts";
import { latencyMillis, type ListenerConfig } from "../interface/config.ts";
import { Connection } from "./connection.ts";
import { type Accepted, Handshake, type HandshakeStep, type Rejected } from "./handshake.ts";
import type { ConnectionState } from "../interface/output.ts";

const JOIN_FOR: Millis = 8000;
const REJOIN_FOR: Millis = 60_000;
/** The host is asked no more often what a stream is that it did not tell of. */
const ASK_FOR_MORE_EVERY: Millis = 10_000;
/** How long the host is asked after a sleep, whatever comes: far longer than reading a full socket takes. */
const ASK_AFTER_SLEEP: Millis = 60_000;
/** What a JOIN can say. */
const LONGEST_LATENCY: Millis = 60_000;

/** What is to be done next: `state` is news of the connection, `give-up` the end of all hope. */
export type JoiningStep =
  | HandshakeStep
  | { readonly kind: "state"; readonly state: ConnectionState }
  | { readonly kind: "give-up" };

/**
 * How a listener comes to be let in, and to be let in again: it notices when the host is not heard any
 * more, and asks anew until there is no more hope. What is asked, and how often, is the handshake's.
 */
export class Joining {
  readonly #config: ListenerConfig;
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  /** Shown from the next JOIN on. */
  token: string | undefined;
  #wasKeyForeign = false;
  /** We are in, and ask of a channel that began since. */
  #isAskingForMore = false;
  #nextAskForMoreAt: Millis = -Infinity;
  /** Until then, media do not show that the host still has us. */
  #doubtsUntil: Millis = -Infinity;

  constructor(config: ListenerConfig, rng: Rng, ciphers: Ciphers, now: Millis) {
    const { joinForMillis = JOIN_FOR } = config;
    this.#config = config;
    this.token = config.token;
    this.#connection = new Connection({ joinForMillis, rejoinForMillis: REJOIN_FOR }, rng, now);
    this.#handshake = new Handshake(rng, ciphers, config.hostKey);
    this.#handshake.start(now);
  }

  /** Whether an ACCEPT may come. */
  get isAsking(): boolean {
    return this.#handshake.isRunning;
  }

  /** Whether the host's key comes from a join link, and not from whoever answered. */
  get isKeyPinned(): boolean {
    return this.#handshake.isKeyPinned;
  }

  get deadline(): Millis {
    return Math.min(this.#handshake.deadline ?? Infinity, this.#connection.deadline);
  }

  /** The key of the host that is believed from the next cookie on; undefined: of any that answers. */
  pinKey(key: Uint8Array | undefined): void {
    this.#handshake.pinKey(key);
  }

  /** @returns what is to be done now; call until undefined. */
  poll(now: Millis): JoiningStep | undefined {
    for (let step = this.#connection.poll(now); step; step = this.#connection.poll(now)) {
      if (step === "give-up") return { kind: step };
      if (step !== "silent" && !this.#handshake.isRunning) this.#handshake.start(now);
      if (step !== "ask") return { kind: "state", state: step };
    }
    const { name, latency } = this.#config;
    const wanted = Math.min(Math.ceil(latencyMillis(latency)), LONGEST_LATENCY);
    return this.#handshake.poll({ name, token: this.token, latencyMillis: wanted }, now);
  }

  /** @param sealed undefined when the host's key is of no use. */
  onSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    this.#handshake.onSealed(id, sealed, now);
  }

  /** Takes an admission datagram from the host. @returns its answer, when that was asked for. */
  receive(datagram: Uint8Array, now: Millis): Parsed<Accepted | Rejected | undefined> {
    return this.#handshake.receive(datagram, now);
  }

  /** Whether it is news that whoever answers shows another key than the join link has. */
  takeForeignKey(): boolean {
    const isForeign = this.#handshake.showsForeignKey;
    const isNews = isForeign && !this.#wasKeyForeign;
    this.#wasKeyForeign = isForeign;
    return isNews;
  }

  /**
   * The host sends a stream that its ACCEPT did not tell of: it is asked to be let in again, which tells.
   *
   * @returns whether it is; not so when it was a short while ago.
   */
  askForMore(now: Millis): boolean {
    if (this.#handshake.isRunning || now < this.#nextAskForMoreAt) return false;
    this.#nextAskForMoreAt = now + ASK_FOR_MORE_EVERY;
    this.#isAskingForMore = true;
    this.#handshake.start(now);
    return true;
  }

  /**
   * Our own program stood still for so long that the host may have let us go. What waited in the socket
   * was sent before it did, so the host is asked at once, and until it answers.
   */
  onSleep(pause: Millis, now: Millis): void {
    this.#connection.onPause(pause);
    this.#handshake.start(now);
    this.#doubtsUntil = now + ASK_AFTER_SLEEP;
  }

  /** The host let us in, anew or again. @returns whether that changes the connection's state. */
  onAccepted(isNew: boolean, now: Millis): boolean {
    this.#isAskingForMore = false;
    this.#doubtsUntil = -Infinity;
    return this.#connection.onAccepted(isNew, now);
  }

  /**
   * A host that knew us turned us away: it is asked again while there is hope, for it may just be
   * restarting.
   *
   * @returns undefined when there is none; else whether a newer token would help.
   */
  askAgain(rejected: Rejected, now: Millis): { readonly wantsToken: boolean } | undefined {
    if (!this.#handshake.mayAskAgain(rejected)) return undefined;
    this.#handshake.askAgain(rejected, now);
    return { wantsToken: rejected.code === RejectCode.unauthorized };
  }

  /** Sound, events or a sender report came. @returns whether that ends a silence. */
  onMedia(now: Millis): boolean {
    const isSure = !this.#isAskingForMore && now >= this.#doubtsUntil;
    if (isSure) this.#handshake.stop();
    return this.#connection.onMedia(now);
  }

  /** The host has said goodbye: nothing more is asked of it. */
  stop(): void {
    this.#handshake.stop();
  }
}
