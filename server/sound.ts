import { formatDuration } from "../shared/core/duration.ts";
import type { Millis, RtpTicks } from "../shared/core/units.ts";
import { type AudioFormat, CODECS, type EncodedFrame } from "../shared/media/channel.ts";
import { isOversizedOpus, packFrames } from "../shared/media/payload.ts";
import { type DueFrames, HEADROOM_MILLIS, Pacer } from "./pacer.ts";

/** What one packet will carry. */
export interface DuePayload {
  readonly payload: Uint8Array;
  /** Its time since the broadcast's start. */
  readonly ticks: RtpTicks;
}

/** The sound on its way from frames to payloads, each in its time. */
export class Sound {
  readonly #format: AudioFormat;
  readonly #pacer: Pacer;
  #hasEnded = false;

  constructor(format: AudioFormat, intervalMillis?: Millis) {
    this.#format = format;
    this.#pacer = new Pacer(CODECS[format.codec].clockRate, intervalMillis);
  }

  /** What waits to be sent. */
  get backlog(): Millis {
    return this.#pacer.backlog;
  }

  /** When something is next due; Infinity while nothing is. */
  get deadline(): Millis {
    return this.#pacer.deadline ?? Infinity;
  }

  /** Whether there is enough to begin with. */
  get isReady(): boolean {
    return this.#hasEnded || this.backlog >= HEADROOM_MILLIS;
  }

  /** When the last of it was heard; Infinity while more may come. */
  get endsAt(): Millis {
    const hasMore = !this.#hasEnded || this.backlog > 0;
    return hasMore ? Infinity : this.#pacer.endsAt ?? Infinity;
  }

  start(now: Millis): void {
    this.#pacer.start(now);
  }

  /**
   * @returns what is odd about it, for the host to read; undefined when nothing is.
   * @throws RangeError when a minute of sound is waiting.
   */
  push(frame: EncodedFrame, now: Millis): string | undefined {
    const gap = this.#pacer.push(frame, now);
    if (gap > 0) return `The sound came too late: a gap of ${formatDuration(gap)}`;
    if (this.#format.codec === "opus" && isOversizedOpus(frame)) {
      return "An Opus packet is too large for a datagram: it is left out";
    }
  }

  /** Says that no more will come. */
  end(): void {
    this.#hasEnded = true;
  }

  due(now: Millis): DuePayload[] {
    return this.#pacer.due(now).flatMap((due) => this.#pack(due));
  }

  #pack({ frames, ticks }: DueFrames): DuePayload[] {
    return packFrames(this.#format.codec, frames)
      .map(({ payload, firstFrame }) => ({ payload, ticks: ticks[firstFrame]! }));
  }
}
