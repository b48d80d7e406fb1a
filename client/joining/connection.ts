import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ConnectionState } from "../interface/output.ts";

const SILENT_AFTER: Millis = 2000;
const REJOIN_AFTER: Millis = 5000;
/** So that the listeners of a host that was lost do not all ask in the same moment. */
const REJOIN_SPREAD: Millis = 1000;
/** Before the broadcast begins nothing has to come: the host is only asked whether it is there. */
const SILENT_BEFORE_START: Millis = REJOIN_AFTER + REJOIN_SPREAD + SILENT_AFTER;

export interface ConnectionLimits {
  readonly joinForMillis: Millis;
  readonly rejoinForMillis: Millis;
}

/** What the connection wants done. */
export type ConnectionStep = "ask" | "give-up" | ConnectionState;

/** Whether the host is there, by when it was last heard; it only keeps time. */
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

  /** Sound, events or a sender report came. @returns whether that ends a silence. */
  onMedia(now: Millis): boolean {
    this.#hasBegun = true;
    return this.#onHeard(now);
  }

  /** The host let us in, anew or again. @returns whether that changes the state. */
  onAccepted(isNew: boolean, now: Millis): boolean {
    if (isNew) this.#hasBegun = false;
    return this.#onHeard(now);
  }

  /** Our own program stood still for so long: in that time nothing could be heard, or asked. */
  onPause(pause: Millis): void {
    this.#heardAt += pause;
    this.#rejoinAt += pause;
    this.#askedSince += pause;
  }

  /** @returns what is to be done now; call until undefined. */
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

  /** @param at maybe a while ago: what is looked at once its ACCEPT or key has come. */
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
