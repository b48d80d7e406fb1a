import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ConnectionState } from "../interface/output.ts";

const SILENT_AFTER: Millis = 2000;
const REJOIN_AFTER: Millis = 5000;
/** A random part, so that the listeners of a lost host do not all ask at the same moment. */
const REJOIN_SPREAD: Millis = 1000;
/** Before the broadcast begins, and while there is no channel, only one report comes each second, and some are lost. */
const SILENT_BEFORE_START: Millis = REJOIN_AFTER + REJOIN_SPREAD + SILENT_AFTER;

export interface ConnectionLimits {
  readonly joinForMillis: Millis;
  readonly rejoinForMillis: Millis;
}

/** What is to be done: ask the host to be let in again, give up, or report a new state. */
export type ConnectionStep = "ask" | "give-up" | ConnectionState;

/** The state of the connection, from the time since the host's last packet. It sends nothing itself. */
export class Connection {
  readonly #limits: ConnectionLimits;
  readonly #rng: Rng;
  #state: ConnectionState = "joining";
  #hasBegun = false;
  #heardAt: Millis;
  #askedSince: Millis;
  #rejoinAt: Millis = Infinity;
  #isAsking = true;

  constructor(limits: ConnectionLimits, rng: Rng, now: Millis) {
    this.#limits = limits;
    this.#rng = rng;
    this.#heardAt = now;
    this.#askedSince = now;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** An RTP packet or a sender report came. @returns whether this ends a silence. */
  onMedia(now: Millis): boolean {
    this.#hasBegun = true;
    return this.#onHeard(now);
  }

  /** The host reports that it is there but sends no media now. @returns whether this ends a silence. */
  onSignOfLife(now: Millis): boolean {
    this.#hasBegun = false;
    return this.#onHeard(now);
  }

  /**
   * An ACCEPT came.
   *
   * @param isNew whether the host gave this listener a new session.
   * @returns whether this changes the state.
   */
  onAccepted(isNew: boolean, now: Millis): boolean {
    if (isNew) this.#hasBegun = false;
    return this.#onHeard(now);
  }

  /** This program stood still for that long; the time does not count as silence of the host. */
  onPause(pause: Millis): void {
    this.#heardAt += pause;
    this.#rejoinAt += pause;
    this.#askedSince += pause;
  }

  /** @returns what is to be done now. Call until undefined. */
  poll(now: Millis): ConnectionStep | undefined {
    if (now < this.deadline) return undefined;
    switch (this.#state) {
      case "joining":
        return "give-up";
      case "connected":
        return now >= this.#silentAt ? this.#enter("silent") : this.#ask(now);
      case "silent":
        this.#ask(now);
        return this.#enter("rejoining");
      case "rejoining":
        return "give-up";
    }
  }

  get deadline(): Millis {
    const deadlines: Record<ConnectionState, Millis> = {
      joining: this.#askedSince + this.#limits.joinForMillis,
      connected: Math.min(this.#silentAt, this.#isAsking ? Infinity : this.#rejoinAt),
      silent: this.#rejoinAt,
      rejoining: this.#askedSince + this.#limits.rejoinForMillis,
    };
    return deadlines[this.#state];
  }

  get #silentAt(): Millis {
    return this.#heardAt + (this.#hasBegun ? SILENT_AFTER : SILENT_BEFORE_START);
  }

  /** @param at a time in the past, if the packet had to wait for its ACCEPT or key. */
  #onHeard(at: Millis): boolean {
    this.#heardAt = Math.max(this.#heardAt, at);
    this.#rejoinAt = this.#heardAt + REJOIN_AFTER + REJOIN_SPREAD * this.#rng.float();
    this.#isAsking = false;
    const isChange = this.#state !== "connected";
    this.#state = "connected";
    return isChange;
  }

  #ask(now: Millis): "ask" {
    if (!this.#isAsking) this.#askedSince = now;
    this.#isAsking = true;
    return "ask";
  }

  #enter(state: ConnectionState): ConnectionState {
    return this.#state = state;
  }
}
