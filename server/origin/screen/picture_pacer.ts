import { type Millis, type RtpTicks, ticksToMillis } from "../../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import type { EncodedPicture } from "./picture.ts";

/** A picture and its place in the broadcast. */
export interface TimedPicture {
  readonly picture: EncodedPicture;
  /** When it is to be shown: 90 kHz since the start of the broadcast; whole. */
  readonly ticks: RtpTicks;
}

/** What was wrong with the time of a picture, which was given another one. */
export interface TimeFault {
  /** It came too late, or after a pause of the source: a gap of so many milliseconds is before it. */
  readonly gap?: Millis;
  /** Its time was before the others', not after them, or far in the future. It directly follows the others. */
  readonly isMisplaced?: boolean;
}

interface WaitingPicture {
  readonly picture: EncodedPicture;
  ticks: number;
  /** Not after that of any picture behind it. */
  dueTicks: number;
}

/** After a gap, the next picture is sent this long after it arrived, so that there is a reserve again. */
export const HEADROOM_MILLIS: Millis = 300;
/** A source that looks at {@linkcode PicturePacer.backlog} stays far below these. */
const MAX_BACKLOG_MILLIS: Millis = 60_000;
const MAX_BACKLOG_BYTES = 64 << 20;
/** So many bytes count as a backlog of two seconds at least: then a source stops reading ahead. */
const FULL_BYTES = 16 << 20;
const FULL_MILLIS: Millis = 2000;
/** A picture may be shown after so many pictures that come after it in decoding order (H.264, A.3.1 and E.2.1). */
const MAX_REORDERED = 16;
/** In ticks: times closer than a millisecond do not advance; a time that is back further is no reordering. */
const [LEAST_STEP, LONGEST_STEP, FIRST_STEP] = [90, 90_000, 3000];
/** No source pauses longer. A time beyond shows that the source's clock was set. */
const LONGEST_PAUSE_MILLIS: Millis = 600_000;

/**
 * Releases pictures by the source's own times, on an absolute schedule: a picture is due when it is to be
 * shown, or with the first picture behind it in decoding order that is due. So pictures leave in decoding
 * order. The schedule shifts only when the source had no picture in time, and when its times are wrong.
 */
export class PicturePacer {
  readonly #waiting: WaitingPicture[] = [];
  readonly #pace = new Pace();
  readonly #headroom: Millis;
  #waitingBytes = 0;
  #startedAt: Millis | undefined;
  /** Added to the source's ticks; undefined before the first picture. */
  #offset: number | undefined;
  /** The latest time of a picture so far, and of one that was released. */
  #newest = 0;
  #newestReleased = -1;
  /** How many pictures in a row were not the newest. */
  #reordered = 0;

  /** @param headroom the reserve after a gap. */
  constructor(headroom: Millis = HEADROOM_MILLIS) {
    this.#headroom = headroom;
  }

  /** How long the waiting pictures last. */
  get backlog(): Millis {
    const first = this.#waiting[0];
    if (first === undefined) return 0;
    const lasts = toMillis(this.#newest + this.#pace.step - first.dueTicks);
    return Math.max(lasts, FULL_MILLIS * this.#waitingBytes / FULL_BYTES);
  }

  /** When the next picture is due; Infinity before the start and while none waits. */
  get deadline(): Millis {
    const first = this.#waiting[0];
    return first && this.#startedAt !== undefined
      ? this.#startedAt + toMillis(first.dueTicks)
      : Infinity;
  }

  /** When the last picture so far has been shown as long as one usually is; Infinity before the start. */
  get endsAt(): Millis {
    if (this.#startedAt === undefined) return Infinity;
    const lasts = this.#offset === undefined ? 0 : this.#newest + this.#pace.step;
    return this.#startedAt + toMillis(lasts);
  }

  start(now: Millis): void {
    this.#startedAt ??= now;
  }

  /** @throws RangeError when a minute of pictures, or 64 MiB, is waiting. */
  push(picture: EncodedPicture, now: Millis): TimeFault {
    if (this.backlog > MAX_BACKLOG_MILLIS || this.#waitingBytes > MAX_BACKLOG_BYTES) {
      throw new RangeError("A minute of pictures is waiting: look at the backlog before pushing");
    }
    const isFirst = this.#offset === undefined;
    this.#offset ??= this.#firstTicks(now) - picture.ticks;
    const isMisplaced = !isFirst && this.#isMisplaced(this.#place(picture), now);
    if (isMisplaced) this.#offset = this.#newest + this.#pace.step - picture.ticks;
    const gap = isFirst ? 0 : this.#shiftIfLate(this.#place(picture), now);
    this.#keep(picture);
    return { ...(gap > 0 && { gap }), ...(isMisplaced && { isMisplaced }) };
  }

  /** All pictures due by `now`, in decoding order. */
  due(now: Millis): TimedPicture[] {
    const due: TimedPicture[] = [];
    while (this.deadline <= now) {
      const { picture, ticks } = this.#waiting.shift()!;
      this.#waitingBytes -= byteLengthOf(picture);
      this.#newestReleased = Math.max(this.#newestReleased, ticks);
      due.push({ picture, ticks });
    }
    return due;
  }

  /** The broadcast may have started before the screen. */
  #firstTicks(now: Millis): number {
    if (this.#startedAt === undefined) return 0;
    return toTicks(now - this.#startedAt + this.#headroom);
  }

  #place({ ticks }: EncodedPicture): number {
    return Math.round((ticks as number) + this.#offset!);
  }

  #isMisplaced(ticks: number, now: Millis): boolean {
    const ahead = ticks - this.#newest;
    const isReordered = ahead < 0 && this.#reordered < MAX_REORDERED &&
      -ahead < Math.max(MAX_REORDERED * this.#pace.step, LONGEST_STEP);
    const elapsed = this.#startedAt === undefined ? 0 : now - this.#startedAt;
    const isFarAhead = toMillis(ticks) - elapsed > LONGEST_PAUSE_MILLIS;
    return (ahead < LEAST_STEP && !isReordered) || isFarAhead;
  }

  /** @returns the gap. A picture that is shown before one that was released keeps its time, late as it is. */
  #shiftIfLate(ticks: number, now: Millis): Millis {
    if (this.#startedAt === undefined || ticks <= this.#newestReleased) return 0;
    const late = now - this.#startedAt - toMillis(ticks);
    if (late <= 0) return 0;
    const gap = late + this.#headroom;
    const shift = toTicks(gap);
    this.#offset! += shift;
    this.#newest += shift;
    for (const waiting of this.#waiting) {
      waiting.ticks += shift;
      waiting.dueTicks += shift;
    }
    this.#pace.begin(this.#newest);
    return gap;
  }

  #keep(picture: EncodedPicture): void {
    const ticks = this.#place(picture);
    const isNewest = ticks > this.#newest;
    this.#newest = Math.max(this.#newest, ticks);
    this.#reordered = isNewest ? 0 : this.#reordered + 1;
    this.#pace.onPicture(this.#newest);
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      if (this.#waiting[at]!.dueTicks <= ticks) break;
      this.#waiting[at]!.dueTicks = ticks;
    }
    this.#waiting.push({ picture, ticks, dueTicks: ticks });
    this.#waitingBytes += byteLengthOf(picture);
  }
}

/** Measures how far apart the pictures of a source are. */
class Pace {
  #from: number | undefined;
  #pictures = 0;
  #newest = 0;
  #step = FIRST_STEP;

  /** In ticks, from one picture to the next. */
  get step(): number {
    return this.#step;
  }

  /** What is before this is not measured, as a gap is not. */
  begin(ticks: number): void {
    this.#from = ticks;
    this.#newest = ticks;
    this.#pictures = 0;
  }

  /** @param newest the latest time of a picture so far. */
  onPicture(newest: number): void {
    if (this.#from === undefined) return this.begin(newest);
    const isPause = newest - this.#newest > LONGEST_STEP * MAX_REORDERED;
    if (isPause) return this.begin(newest);
    this.#newest = newest;
    this.#pictures++;
    const step = Math.round((newest - this.#from) / this.#pictures);
    if (step > 0) this.#step = Math.min(Math.max(step, LEAST_STEP), LONGEST_STEP);
  }
}

/** Bytes of a picture, with some for each of its parts. */
export function byteLengthOf(picture: EncodedPicture): number {
  return "bytes" in picture
    ? picture.bytes.length
    : picture.nalUnits.reduce((sum, { length }) => sum + length + NAL_UNIT_COST, 0);
}

/** What a NAL unit takes in memory besides its bytes. */
const NAL_UNIT_COST = 64;

function toMillis(ticks: number): Millis {
  return ticksToMillis(ticks, SCREEN_CLOCK_RATE);
}

function toTicks(millis: Millis): number {
  return Math.ceil((millis as number) * (SCREEN_CLOCK_RATE as number) / 1000);
}
