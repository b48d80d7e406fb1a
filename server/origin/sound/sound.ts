/*
 * The audio of the broadcast, from encoded frames to the payloads of RTP packets.
 *
 * In: encoded MP3 frames and Opus packets, which `io/audio_source.ts` reads from files, radios,
 * pipes and standard input (see there for that part).
 * Out: payloads with the time at which each one is sent. `../numbered_stream.ts` numbers them; an
 * edge makes RTP packets of them.
 *
 * `Sound` splits frames that are too large and packs several small ones into one payload;
 * `pacer.ts`, the file to read next, decides when each frame leaves. Nothing here does I/O: each
 * call gets the current time.
 */

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

/** The payload of one RTP packet. */
export interface DuePayload {
  readonly payload: Uint8Array;
  /** Media time since the start of the broadcast. */
  readonly ticks: RtpTicks;
}

/** Takes encoded frames, gives payloads when they are due. */
export class Sound {
  readonly #format: AudioFormat;
  readonly #pacer: Pacer;
  readonly #headroom: Millis;
  #hasEnded = false;

  /** @param headroom how long after it came the first sound, and sound after a gap, is sent. */
  constructor(format: AudioFormat, intervalMillis?: Millis, headroom: Millis = HEADROOM_MILLIS) {
    this.#format = format;
    this.#headroom = headroom;
    this.#pacer = new Pacer(CODECS[format.codec].clockRate, intervalMillis, headroom);
  }

  /** Duration of the frames that wait to be sent. */
  get backlog(): Millis {
    return this.#pacer.backlog;
  }

  /** When the next payload is due; Infinity while no frame waits. */
  get deadline(): Millis {
    return this.#pacer.deadline ?? Infinity;
  }

  /** Whether enough frames wait for the broadcast to start. */
  get isReady(): boolean {
    return this.#hasEnded || this.backlog >= this.#headroom;
  }

  /** When the last frame ends; Infinity while frames wait or more may come. */
  get endsAt(): Millis {
    const hasMore = !this.#hasEnded || this.backlog > 0;
    return hasMore ? Infinity : this.#pacer.endsAt ?? Infinity;
  }

  start(now: Millis): void {
    this.#pacer.start(now);
  }

  /**
   * @param frame an Opus packet too large for a datagram is split into its Opus frames, which are
   * sent one by one, each at its own time.
   * @returns a warning for the host; undefined when there is none.
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

  /** The source has ended: no more frames will be pushed. */
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
  return `An Opus frame of ${bytes.length} bytes is too large for a datagram, which holds ` +
    `${MAX_PAYLOAD_BYTES}: it is left out. Encode with a lower bitrate: ` +
    "ffmpeg -i IN -c:a libopus -b:a 192k OUT.opus";
}
