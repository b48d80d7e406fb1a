import type { Millis } from "../../../shared/core/units.ts";

/** RFC 4585 section 6.3.1 leaves the rate open; a key frame is large and goes to all listeners. */
const REPEAT_MILLIS: Millis = 1000;
/** A late joiner gets the packets since the last key frame without asking, within this time. */
const FIRST_FRAME_PATIENCE: Millis = 500;

/**
 * When to request a key frame (picture loss indication): while the picture is held. A missing packet is requested
 * too and often comes a little late; that costs less than a key frame for all listeners, so it gets one more
 * round trip.
 */
export class KeyFrameRequests {
  #nextAt: Millis = Infinity;
  #isHeld = false;
  #lastAt: Millis = -Infinity;
  #count = 0;

  /** PLIs sent. */
  get count(): number {
    return this.#count;
  }

  /** When {@linkcode poll} is to be called next. */
  get deadline(): Millis {
    return this.#nextAt;
  }

  /** @param repairMillis how long the answer to a request for a packet takes. */
  onHeld(hasBegun: boolean, repairMillis: Millis, now: Millis): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    const patience = hasBegun ? repairMillis : FIRST_FRAME_PATIENCE;
    this.#nextAt = Math.max(now + patience, this.#lastAt + REPEAT_MILLIS);
  }

  /** The picture goes on. */
  onShown(): void {
    this.#isHeld = false;
    this.#nextAt = Infinity;
  }

  /** @returns whether to send one now. */
  poll(now: Millis): boolean {
    if (now < this.#nextAt) return false;
    this.#count++;
    this.#lastAt = now;
    this.#nextAt = now + REPEAT_MILLIS;
    return true;
  }
}
