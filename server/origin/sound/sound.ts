import { formatDuration } from "../../../shared/text/duration.ts";
import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import { type AudioFormat, CODECS, type EncodedFrame } from "../../../shared/media/channel.ts";
import {
  isOversizedOpus,
  MAX_PAYLOAD_BYTES,
  packFrames,
  splitOpus,
} from "../../../shared/media/payload.ts";
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
   * @param frame an Opus packet too large for a datagram is sent in pieces, each in its own time.
   * @returns what is odd about it, for the host to read; undefined when nothing is.
   * @throws RangeError when a minute of sound is waiting.
   */
  push(frame: EncodedFrame, now: Millis): string | undefined {
    const isOpus = this.#format.codec === "opus";
    const pieces = isOpus ? splitOpus(frame) : [frame];
    const gap = pieces.map((piece) => this.#pacer.push(piece, now))[0]!;
    if (gap > 0) return `The sound came too late: a gap of ${formatDuration(gap)}`;
    const oversized = isOpus ? pieces.find(isOversizedOpus) : undefined;
    return oversized && describeOversized(oversized);
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

function describeOversized({ bytes }: EncodedFrame): string {
  return `An Opus frame of ${bytes.length} bytes is too large for a datagram, which takes ` +
    `${MAX_PAYLOAD_BYTES}: it is left out. Encode with a lower bitrate: ` +
    "ffmpeg -i IN -c:a libopus -b:a 192k OUT.opus";
}
