import type { RtpTicks } from "../../../../shared/core/units.ts";
import type { EncodedPicture } from "../picture.ts";

/** 25 in a second, until two pictures tell. */
const USUAL_DURATION: RtpTicks = 3600;
const MAX_DURATION: RtpTicks = 90_000;
/** H.264 section A.3.1: no picture is shown later than so many that are decoded after it. */
const MAX_REORDERED = 17;
/** No encoder puts a picture further back than this behind one that is decoded before it. */
const MAX_REORDERING: RtpTicks = 10 * 90_000;

/** A picture by the times of the whole source. */
export interface TimedPicture {
  readonly picture: EncodedPicture;
  /** Whether the source's times went back here. */
  readonly hasJumpedBack: boolean;
}

/**
 * The times of the pictures of one turn of a source: the first is shown at `base`, and all keep their distance
 * to it. B-frames come in decoding order, so their times may go back, but never behind the key frame before
 * them. Where a source's times go back further, what follows is shown right after the pictures before.
 */
export class PictureTimes {
  readonly #base: RtpTicks;
  /** What is added to the source's ticks; undefined before the first picture. */
  #shift: number | undefined;
  #key: RtpTicks = -Infinity;
  #last: RtpTicks = -Infinity;
  /** Of the last pictures, which are out of order where there are B-frames. */
  #recent: RtpTicks[] = [];

  constructor(base: RtpTicks) {
    this.#base = base;
  }

  /** When the last picture ends, if it is shown as long as the one before; `base` before the first. */
  get end(): RtpTicks {
    if (this.#shift === undefined) return this.#base;
    const steps = this.#recent.map((ticks) => this.#last - ticks).filter((step) => step > 0);
    return this.#last + (steps.length > 0 ? Math.min(...steps, MAX_DURATION) : USUAL_DURATION);
  }

  push(source: EncodedPicture): TimedPicture {
    this.#shift ??= this.#base - source.ticks;
    const hasJumpedBack = this.#isBehind(source.ticks + this.#shift, source.isKey);
    if (hasJumpedBack) this.#shift = this.end - source.ticks;
    const ticks = source.ticks + this.#shift;
    this.#note(ticks, source.isKey || hasJumpedBack);
    return { picture: { ...source, ticks }, hasJumpedBack };
  }

  #isBehind(ticks: RtpTicks, isKey: boolean): boolean {
    return isKey ? ticks < this.#last : ticks < this.#key || ticks < this.#last - MAX_REORDERING;
  }

  #note(ticks: RtpTicks, isKey: boolean): void {
    if (isKey) this.#key = ticks;
    this.#last = Math.max(this.#last, ticks);
    this.#recent.push(ticks);
    if (this.#recent.length > MAX_REORDERED) this.#recent.shift();
  }
}
