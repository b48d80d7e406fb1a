import type { Millis } from "../../../../shared/core/units.ts";

/** How it is with what comes behind. */
export interface Readiness {
  /** Pictures that wait to be encoded. */
  readonly encodeQueueSize: number;
  /** Whether the WebSocket still holds much of what was encoded. */
  readonly isBehind: boolean;
}

/** What to encode now: the newest picture, or the last one again. */
export interface Encoding {
  readonly isKey: boolean;
  readonly isRepeated: boolean;
}

/** The last picture is sent again after this long without another, so that late joiners and losses mend. */
const REPEAT_MILLIS: Millis = 1000;
/** With more pictures than this in the encoder, newer ones replace each other before it. */
const MAX_QUEUE = 2;
/** Who joins late decodes all pictures since the last key frame before one is shown: at most five seconds of them. */
const LONGEST_RUN_SECONDS = 5;
/** A picture this much before its time is not too early: captures come with some jitter. */
const JITTER = 0.25;

/**
 * Decides which pictures are encoded, and when. A picture is left out only before it is encoded, since those
 * behind it refer to one that was; a newer picture takes the place of one that waits.
 */
export class ScreenSchedule {
  /** Pictures that newer ones replaced. */
  skipped = 0;
  /** Whether a still picture is repeated at the full rate: an encoder that has given nothing yet gets more. */
  isEager = false;
  #interval: Millis;
  /** Pictures since the last key frame. */
  #sinceKey = 0;
  #hasPicture = false;
  #isNew = false;
  #isKeyWanted = true;
  #dueAt: Millis = -Infinity;
  #encodedAt: Millis = -Infinity;

  /** @param rate the most pictures in a second. */
  constructor(rate: number) {
    this.#interval = 1000 / rate;
  }

  set rate(rate: number) {
    this.#interval = 1000 / rate;
  }

  /** The source has given a picture. */
  onPicture(): void {
    if (this.#isNew) this.skipped++;
    this.#hasPicture = true;
    this.#isNew = true;
  }

  /** The next picture is to be a key frame, and comes at once: the last one again when there is no new one. */
  wantKey(): void {
    this.#isKeyWanted = true;
  }

  /** Says what to encode now; the caller then does so. Undefined for nothing. */
  next(now: Millis, { encodeQueueSize, isBehind }: Readiness): Encoding | undefined {
    if (!this.#hasPicture || isBehind || encodeQueueSize >= MAX_QUEUE) return undefined;
    const isDue = this.#isNew && now >= this.#dueAt - JITTER * this.#interval;
    const isStill = now - this.#encodedAt >= (this.isEager ? this.#interval : REPEAT_MILLIS);
    if (!this.#isKeyWanted && !isDue && !isStill) return undefined;
    const isKey = this.#isKeyWanted ||
      this.#sinceKey * this.#interval > LONGEST_RUN_SECONDS * 1000 - this.#interval / 2;
    const encoding = { isKey, isRepeated: !this.#isNew };
    this.#sinceKey = isKey ? 1 : this.#sinceKey + 1;
    this.#isKeyWanted = this.#isNew = false;
    this.#encodedAt = now;
    // A source in time keeps the beat; one that was late begins another.
    const isInTime = now - this.#dueAt < this.#interval;
    this.#dueAt = (isInTime ? this.#dueAt : now) + this.#interval;
    return encoding;
  }
}
