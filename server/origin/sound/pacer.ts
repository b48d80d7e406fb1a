import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { EncodedFrame } from "../../../shared/media/channel.ts";

/** Frames that are due at the same moment. */
export interface DueFrames {
  readonly frames: readonly EncodedFrame[];
  /** The media time of each frame since the start of the broadcast. */
  readonly ticks: readonly RtpTicks[];
}

interface WaitingFrame {
  readonly frame: EncodedFrame;
  readonly ticks: RtpTicks;
  /** When the frame is due, since the start of the broadcast. */
  readonly dueAt: Millis;
  /** Whether the frame begins where the previous one ended. */
  readonly isContiguous: boolean;
}

/** After a gap, the next frame is sent this long after it arrived, so that there is a reserve again. */
export const HEADROOM_MILLIS = 300;
/** A caller that looks at {@linkcode Pacer.backlog} before it pushes stays far below this. */
const MAX_BACKLOG_MILLIS = 60_000;
/** Media times are fractions: a frame at 199.9999999 ms belongs to the slot at 200 ms. */
const SLOT_TOLERANCE = 1e-6;

/**
 * Releases frames by their media time, on an absolute schedule. A frame is due at the start plus
 * the duration of all frames before it; with an interval, at the beginning of the interval that the
 * frame lies in. A late call returns every frame that became due and does not shift later ones. The
 * schedule shifts only when the source had no frame in time: then the next frames follow a gap, and
 * their timestamps show it.
 */
export class Pacer {
  readonly #position: MediaPosition;
  readonly #intervalMillis: Millis | undefined;
  readonly #headroom: Millis;
  readonly #waiting: WaitingFrame[] = [];
  #startedAt: Millis | undefined;
  #isContiguous = false;

  /** @param headroom the reserve after a gap. */
  constructor(
    clockRate: ClockRate,
    intervalMillis?: Millis,
    headroom: Millis = HEADROOM_MILLIS,
  ) {
    this.#position = new MediaPosition(clockRate);
    this.#intervalMillis = intervalMillis;
    this.#headroom = headroom;
  }

  /** Duration of the frames that were pushed and not yet released. */
  get backlog(): Millis {
    const first = this.#waiting[0];
    return first === undefined ? 0 : this.#position.millis - first.dueAt;
  }

  /** When the next frame is due; undefined before the start and while no frame waits. */
  get deadline(): Millis | undefined {
    const first = this.#waiting[0];
    return first && this.#startedAt !== undefined ? this.#startedAt + first.dueAt : undefined;
  }

  /** When the last frame pushed so far ends; undefined before the start. */
  get endsAt(): Millis | undefined {
    return this.#startedAt === undefined ? undefined : this.#startedAt + this.#position.millis;
  }

  start(now: Millis): void {
    this.#startedAt ??= now;
  }

  /**
   * @returns the gap in milliseconds before this frame, because it came too late; 0 without a gap.
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

  /** All frames due by `now`: one group a frame, or with an interval one group an interval. */
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

  /** Frames in one packet share its timestamp, so no frame after the first may follow a gap. */
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
    // The very first frame is never late: the broadcast started before the sound.
    const gap = this.#isContiguous ? late + this.#headroom : 0;
    this.#position.jumpTo(now - this.#startedAt! + this.#headroom);
    this.#isContiguous = false;
    return gap;
  }
}

/**
 * The media time reached so far. It counts whole samples since the last jump, so that frames of
 * 26.12 ms add up without a rounding error, however many there are.
 */
export class MediaPosition {
  readonly #clockRate: ClockRate;
  #origin: number = 0;
  #sampleCount = 0;
  #sampleRate = 1;

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  /** Since the start of the broadcast; a fraction when the two rates are not multiples. */
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
