import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";

/** Above so many listeners what goes to all leaves in slots, until there are clearly fewer. */
const CROWD_ABOVE = 500;
const NO_CROWD_BELOW = 400;
/** The slots of a packet leave over this share of the time to the next frame, and over no longer than this. */
const SHARE_OF_FRAME = 0.5;
const LONGEST_MILLIS: Millis = 20;
/** The time of a frame is measured over so many frames. */
const MEASURED_FRAMES = 32;
/** A longer step from one frame to the next is a pause of the source. */
const PAUSE_MILLIS: Millis = 1000;
/** A smaller change of a stream that has begun changes nothing: it would be jitter for listeners in late slots. */
const CLEARLY_LONGER = 1.25;
const CLEARLY_SHORTER = 0.95;

/** Over what time the slots of a stream with frames leave. It changes only when the time of a frame clearly does. */
export class FramePace {
  readonly #clockRate: ClockRate;
  #times: RtpTicks[] = [];
  #spread: Millis = LONGEST_MILLIS;

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  get spread(): Millis {
    return this.#spread;
  }

  /** @param ticks the time of its frame; packets with the same time are of one frame. */
  onPacket(ticks: RtpTicks): void {
    const last = this.#times.at(-1);
    if (ticks === last) return;
    const step = last === undefined ? 0 : Math.abs((ticks as number) - (last as number));
    if (ticksToMillis(step, this.#clockRate) > PAUSE_MILLIS) this.#times = [];
    this.#times.push(ticks);
    if (this.#times.length > MEASURED_FRAMES) this.#times.shift();
    if (this.#times.length > 1) this.#adapt();
  }

  #adapt(): void {
    const spread = Math.min(SHARE_OF_FRAME * this.#frameMillis, LONGEST_MILLIS);
    const change = spread / this.#spread;
    const isNew = this.#times.length < MEASURED_FRAMES;
    if (isNew || change > CLEARLY_LONGER || change < CLEARLY_SHORTER) this.#spread = spread;
  }

  get #frameMillis(): Millis {
    const times = this.#times.map((ticks) => ticks as number);
    const span = Math.max(...times) - Math.min(...times);
    return ticksToMillis(span, this.#clockRate) / (times.length - 1);
  }
}

/** A stream; one without frames says nothing of the time. */
interface Stream {
  readonly framePace?: FramePace;
}

/** Decides whether what goes to all leaves in slots, and over what time. */
export class CrowdPace {
  #isCrowd = false;

  /**
   * One time for all streams, so that what a listener gets of one is not later than what it gets of another.
   *
   * @returns 0 when all listeners get it at once.
   */
  spread(listeners: number, streams: readonly Stream[]): Millis {
    this.#isCrowd = listeners > (this.#isCrowd ? NO_CROWD_BELOW - 1 : CROWD_ABOVE);
    if (!this.#isCrowd) return 0;
    let shortest = LONGEST_MILLIS;
    for (const { framePace } of streams) {
      if (framePace) shortest = Math.min(shortest, framePace.spread);
    }
    return shortest;
  }
}
