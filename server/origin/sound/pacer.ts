import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { EncodedFrame } from "../../../shared/media/channel.ts";

/** Frames that leave together, in packets of their own. */
export interface DueFrames {
  readonly frames: readonly EncodedFrame[];
  /** Each frame's time since the broadcast's start. */
  readonly ticks: readonly RtpTicks[];
}

interface WaitingFrame {
  readonly frame: EncodedFrame;
  readonly ticks: RtpTicks;
  /** When it leaves, since the broadcast's start. */
  readonly dueAt: Millis;
  /** Whether it begins where the frame before it ended. */
  readonly isContiguous: boolean;
}

/** What a source that ran dry gets ahead by before its sound goes on. */
export const HEADROOM_MILLIS = 300;
/** More than any pause of a healthy source; whoever pushes past it ignores the backlog. */
const MAX_BACKLOG_MILLIS = 60_000;
/** Media times have a fraction: a frame at 199.9999999 belongs to the slot at 200. */
const SLOT_TOLERANCE = 1e-6;

/**
 * Releases sound by its own media time on an absolute schedule: a frame is due at the start plus all
 * the media before it, or, with an interval, at the beginning of the interval it lies in. A late call
 * gives everything that became due and shifts nothing. Only a source that ran dry shifts the
 * schedule: its sound goes on after a gap, which its timestamps show.
 */
export class Pacer {
  readonly #position: MediaPosition;
  readonly #intervalMillis: Millis | undefined;
  readonly #waiting: WaitingFrame[] = [];
  #startedAt: Millis | undefined;
  #isContiguous = false;

  constructor(clockRate: ClockRate, intervalMillis?: Millis) {
    this.#position = new MediaPosition(clockRate);
    this.#intervalMillis = intervalMillis;
  }

  /** Media pushed and not yet released. */
  get backlog(): Millis {
    const first = this.#waiting[0];
    return first === undefined ? 0 : this.#position.millis - first.dueAt;
  }

  /** When the next frame leaves; undefined before the start and while none is there. */
  get deadline(): Millis | undefined {
    const first = this.#waiting[0];
    return first && this.#startedAt !== undefined ? this.#startedAt + first.dueAt : undefined;
  }

  /** When the sound pushed so far will have been played; undefined before the start. */
  get endsAt(): Millis | undefined {
    return this.#startedAt === undefined ? undefined : this.#startedAt + this.#position.millis;
  }

  start(now: Millis): void {
    this.#startedAt ??= now;
  }

  /**
   * @returns the gap, in milliseconds, that the source left by being late; 0 when it was in time.
   * @throws RangeError when a minute of sound is waiting.
   */
  push(frame: EncodedFrame, now: Millis): Millis {
    if (this.backlog > MAX_BACKLOG_MILLIS) {
      throw new RangeError("A minute of sound is waiting: look at the backlog before pushing");
    }
    const gap = this.#jumpIfStarved(now);
    const { ticks, millis } = this.#position;
    const isContiguous = this.#isContiguous;
    this.#waiting.push({ frame, ticks, dueAt: this.#slotOf(millis), isContiguous });
    this.#position.advance(frame.sampleCount, frame.sampleRate);
    this.#isContiguous = true;
    return gap;
  }

  /** Everything that leaves by now: frame by frame, or interval by interval. */
  due(now: Millis): DueFrames[] {
    const groups: DueFrames[] = [];
    while ((this.deadline ?? Infinity) <= now) groups.push(this.#takeGroup());
    return groups;
  }

  #takeGroup(): DueFrames {
    const first = this.#waiting.shift()!;
    const group = [first];
    while (this.#intervalMillis !== undefined && this.#continues(first)) {
      group.push(this.#waiting.shift()!);
    }
    return { frames: group.map(({ frame }) => frame), ticks: group.map(({ ticks }) => ticks) };
  }

  /** Several frames in one packet share its timestamp, so none of them may follow a gap. */
  #continues({ dueAt }: WaitingFrame): boolean {
    const next = this.#waiting[0];
    return next !== undefined && next.isContiguous && next.dueAt === dueAt;
  }

  #slotOf(mediaTime: Millis): Millis {
    const interval = this.#intervalMillis;
    return interval === undefined
      ? mediaTime
      : Math.floor(mediaTime / interval + SLOT_TOLERANCE) * interval;
  }

  #jumpIfStarved(now: Millis): Millis {
    const late = now - (this.endsAt ?? Infinity);
    if (late <= 0) return 0;
    // The first frame of all is not late: the broadcast began without it.
    const gap = this.#isContiguous ? late + HEADROOM_MILLIS : 0;
    this.#position.jumpTo(now - this.#startedAt! + HEADROOM_MILLIS);
    this.#isContiguous = false;
    return gap;
  }
}

/**
 * How far a stream has come, counted in whole samples since its last jump: frames of 26.12 ms add up
 * without a rounding error, however many there are.
 */
export class MediaPosition {
  readonly #clockRate: ClockRate;
  #origin: number = 0;
  #sampleCount = 0;
  #sampleRate = 1;

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  /** Since the broadcast's start; has a fraction where the rates are not multiples. */
  get ticks(): RtpTicks {
    return this.#origin + this.#sampleCount * (this.#clockRate as number) / this.#sampleRate;
  }

  get millis(): Millis {
    return ticksToMillis(this.ticks, this.#clockRate);
  }

  advance(sampleCount: number, sampleRate: number): void {
    if (sampleRate !== this.#sampleRate) this.#restart(this.ticks, sampleRate);
    this.#sampleCount += sampleCount;
  }

  jumpTo(millis: Millis): void {
    this.#restart((millis as number) * (this.#clockRate as number) / 1000, this.#sampleRate);
  }

  #restart(ticks: RtpTicks, sampleRate: number): void {
    this.#origin = ticks as number;
    this.#sampleCount = 0;
    this.#sampleRate = sampleRate;
  }
}
