import type { Millis } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { ChannelInfo } from "../../../shared/admission/admission.ts";
import { type Latency, latencyMillis } from "../../interface/config.ts";
import type { TargetDelay } from "./jitter_buffer.ts";

const WINDOW_MILLIS: Millis = 10_000;
/** The delay becomes longer when more than this share of a window's packets is late. */
const TOLERATED_SHARE = 0.005;
/** In a window of few packets a share means little, so at least two must be late. */
const LEAST_LATE = 2;
/** Added to the lateness that was seen, so that the next packet as late is in time. */
const MARGIN_MILLIS: Millis = 5;
/** The longest delay worth having in a live match; the time that the host sends ahead is added. */
const LONGEST_MILLIS: Millis = 1000;
const CLEAN_MILLIS: Millis = 60_000;
const RELEASE_EVERY_MILLIS: Millis = 15_000;

/** The length of an MPEG-1 layer III frame, and the usual length of an Opus packet. */
const MP3_FRAME_SAMPLES = 1152;
const OPUS_FRAME: Millis = 20;

export interface AdaptiveDelayOptions {
  /** The delay is never shorter than this. */
  readonly floor: Millis;
  /** How much earlier than its media time a packet may be sent. */
  readonly ahead: Millis;
  /** How long a frame lasts, once that is known: the delay becomes shorter by this much at a time. */
  readonly frame: () => Millis;
}

/**
 * A playout delay that follows the path. When packets come late it becomes longer at once, by as much as
 * they were late. It becomes shorter again slowly, because each change is audible. Packets that never come
 * do not change it, because no delay would have helped.
 */
export class AdaptiveDelay implements TargetDelay {
  readonly #options: AdaptiveDelayOptions;
  #millis: Millis;
  #windowSince: Millis = -Infinity;
  #arrived = 0;
  #late: Millis[] = [];
  /** When the delay may next become shorter. */
  #releaseAt: Millis = Infinity;

  constructor(options: AdaptiveDelayOptions) {
    this.#options = options;
    this.#millis = options.floor;
  }

  get millis(): Millis {
    return this.#millis;
  }

  /** @param lateBy how long after its playout time a packet came; negative when it was in time. */
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
    this.#millis = Math.max(this.#millis - frame(), floor);
    this.#releaseAt = this.#millis > floor ? at + RELEASE_EVERY_MILLIS : Infinity;
  }

  #startWindow(at: Millis): void {
    this.#windowSince = at;
    this.#arrived = 0;
    this.#late = [];
  }
}

/** What is known of a channel; its description may come after its numbers. */
export type TargetedChannel = Pick<ChannelInfo, "kind" | "aheadMillis"> & FramedChannel;
type FramedChannel = Partial<Pick<ChannelInfo, "codec" | "sampleRate">>;

/**
 * A latency in milliseconds is kept exactly; a preset is where an adaptive delay begins. The delay of a
 * channel whose packets leave in order never changes, because they do not wait for it.
 *
 * @param channel gives what is known of the channel now.
 */
export function openTarget(latency: Latency, channel: () => TargetedChannel): TargetDelay {
  const { kind, aheadMillis } = channel();
  const millis = latencyMillis(latency) + aheadMillis;
  if (typeof latency === "number" || CHANNEL_KINDS[kind].release === "order") return { millis };
  const frame = () => frameMillis(channel());
  return new AdaptiveDelay({ floor: millis, ahead: aheadMillis, frame });
}

function frameMillis({ codec, sampleRate }: FramedChannel): Millis {
  return codec === "mp3" && sampleRate ? MP3_FRAME_SAMPLES * 1000 / sampleRate : OPUS_FRAME;
}
