import type { Millis } from "../../../shared/core/units.ts";
import type { ChannelInfo } from "../../../shared/admission/admission.ts";
import { type Latency, latencyMillis } from "../../interface/config.ts";
import type { TargetDelay } from "./jitter_buffer.ts";

const WINDOW_MILLIS: Millis = 10_000;
/** More late packets than this share of a window are one too many. */
const TOLERATED_SHARE = 0.005;
/** A window with fewer packets says little about shares: then two late ones are needed. */
const LEAST_LATE = 2;
/** What is added to the lateness seen, so that the next one like it is in time. */
const MARGIN_MILLIS: Millis = 5;
/** Nobody follows a match with more delay than this by choice; what the host sends ahead comes on top. */
const LONGEST_MILLIS: Millis = 1000;
const CLEAN_MILLIS: Millis = 60_000;
const RELEASE_EVERY_MILLIS: Millis = 15_000;

/** Of an MPEG-1 layer III frame, and what an Opus packet usually lasts. */
const MP3_FRAME_SAMPLES = 1152;
const OPUS_FRAME: Millis = 20;

export interface AdaptiveDelayOptions {
  /** It is never shorter. */
  readonly floor: Millis;
  /** How much earlier than its media time a packet may be sent. */
  readonly ahead: Millis;
  /** How long a frame lasts: the step in which it becomes shorter again. */
  readonly frame: Millis;
}

/**
 * A playout delay that follows the path: longer as soon as packets come late, by as much as they did,
 * and shorter again slowly, since a change is heard. A late packet raises it; one that never comes
 * does not, for no delay would have helped.
 */
export class AdaptiveDelay implements TargetDelay {
  readonly #options: AdaptiveDelayOptions;
  #millis: Millis;
  #windowSince: Millis = -Infinity;
  #arrived = 0;
  #late: Millis[] = [];
  /** When it may next become shorter. */
  #releaseAt: Millis = Infinity;

  constructor(options: AdaptiveDelayOptions) {
    this.#options = options;
    this.#millis = options.floor;
  }

  get millis(): Millis {
    return this.#millis;
  }

  /** @param lateBy after the last moment in which it could be played; negative when in time. */
  onArrival(lateBy: Millis, at: Millis): void {
    if (at - this.#windowSince > WINDOW_MILLIS) this.#startWindow(at);
    this.#arrived++;
    if (lateBy > 0) {
      this.#late.push(lateBy);
      this.#releaseAt = at + CLEAN_MILLIS;
      this.#raiseIfNeeded(at);
    } else if (at >= this.#releaseAt) {
      this.#release(at);
    }
  }

  #raiseIfNeeded(at: Millis): void {
    const { length } = this.#late;
    if (length < LEAST_LATE || length <= this.#arrived * TOLERATED_SHARE) return;
    const raised = this.#millis + Math.max(...this.#late) + MARGIN_MILLIS;
    const longest = LONGEST_MILLIS + this.#options.ahead;
    this.#millis = Math.max(this.#millis, Math.min(raised, longest));
    this.#startWindow(at);
  }

  #release(at: Millis): void {
    const { floor, frame } = this.#options;
    this.#millis = Math.max(this.#millis - frame, floor);
    this.#releaseAt = this.#millis > floor ? at + RELEASE_EVERY_MILLIS : Infinity;
  }

  #startWindow(at: Millis): void {
    this.#windowSince = at;
    this.#arrived = 0;
    this.#late = [];
  }
}

/** A fixed latency is a promise; a preset is where an adaptive one begins. */
export function openTarget(
  latency: Latency,
  { codec, aheadMillis, sampleRate }: ChannelInfo,
): TargetDelay {
  const millis = latencyMillis(latency) + aheadMillis;
  if (typeof latency === "number" || codec === "json") return { millis };
  const frame = codec === "mp3" && sampleRate ? MP3_FRAME_SAMPLES * 1000 / sampleRate : OPUS_FRAME;
  return new AdaptiveDelay({ floor: millis, ahead: aheadMillis, frame });
}
