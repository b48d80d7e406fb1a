/*
 * The screen of the broadcast, from encoded pictures to the payloads of RTP packets.
 *
 * In: H.264 access units and VP8 frames in decoding order with the source's own times (picture.ts).
 * Out: numbered frames when they are due, each as the payloads of its packets. `../numbered_stream.ts` numbers
 * the packets; an edge makes RTP packets of them and spreads large frames.
 *
 * `Screen` leaves out what no listener could decode: pictures that refer to a missing one, up to the next key
 * frame. picture_pacer.ts, the file to read next, decides when each picture leaves. Nothing here does I/O: each
 * call gets the current time.
 */

import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import { H264Packer } from "../../../shared/media/video/rtp_h264.ts";
import { Vp8Packer } from "../../../shared/media/video/rtp_vp8.ts";
import {
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
  type VideoPayload,
} from "../../../shared/media/video/video_payload.ts";
import { formatDuration } from "../../../shared/text/duration.ts";
import type { EncodedPicture, ScreenFormat } from "./picture.ts";
import {
  byteLengthOf,
  HEADROOM_MILLIS,
  PicturePacer,
  type TimedPicture,
  type TimeFault,
} from "./picture_pacer.ts";

/** One frame that is sent now. */
export interface DueFrame {
  readonly payloads: readonly VideoPayload[];
  /** When it is to be shown, since the start of the broadcast. */
  readonly ticks: RtpTicks;
  readonly isKey: boolean;
  readonly frameNumber: number;
}

/** The numbers of frames: they go on over all screens of a broadcast, one after the other. */
export interface FrameNumbers {
  next: number;
}

export interface ScreenOptions {
  readonly format: ScreenFormat;
  readonly numbers: FrameNumbers;
  /** How long after it came the first picture, and one after a gap, is sent. */
  readonly headroom?: Millis | undefined;
  /** Takes a warning for the host. What may happen often is not said each time. */
  readonly warn: (text: string, now: Millis) => void;
}

const LARGEST_FRAME_BYTES = MAX_FRAME_PACKETS * MAX_VIDEO_PAYLOAD_BYTES;
/** A source that gives so many pictures and no key frame is warned about. */
const MANY_PICTURES = 300;

/** Takes encoded pictures, gives frames when they are due. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #pacer: PicturePacer;
  readonly #headroom: Millis;
  readonly #packer: Packer;
  #hasEnded = false;
  /** The pictures of the source that came here or were left out, counted from 1. */
  #pictureCount = 0;
  /** How many pictures in a row wait for a key frame; undefined when none does. */
  #undecodable: number | undefined = 0;
  #isMisplacementSaid = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#packer = packerOf(options.format);
    this.#headroom = options.headroom ?? HEADROOM_MILLIS;
    this.#pacer = new PicturePacer(this.#headroom);
  }

  /** How long the pictures last that wait to be sent; much when they are very large. */
  get backlog(): Millis {
    return this.#pacer.backlog;
  }

  /** When the next frame is due; Infinity while none waits. */
  get deadline(): Millis {
    return this.#pacer.deadline;
  }

  /** Whether enough pictures wait for the broadcast to start. */
  get isReady(): boolean {
    return this.#hasEnded || this.backlog >= this.#headroom;
  }

  /** When the last picture ends; Infinity while pictures wait or more may come. */
  get endsAt(): Millis {
    const hasMore = !this.#hasEnded || this.backlog > 0;
    return hasMore ? Infinity : this.#pacer.endsAt;
  }

  start(now: Millis): void {
    this.#pacer.start(now);
  }

  /** @throws RangeError when far too much is waiting: see {@linkcode Screen.backlog}. */
  push(picture: EncodedPicture, now: Millis): void {
    this.#warnOf(this.#pacer.push(picture, now), now);
  }

  /** The source has ended: no more pictures will be pushed. */
  end(): void {
    this.#hasEnded = true;
  }

  due(now: Millis): DueFrame[] {
    return this.#pacer.due(now).flatMap((timed) => this.#frameOf(timed, now));
  }

  /** @returns nothing for a picture that is left out. */
  #frameOf({ picture, ticks }: TimedPicture, now: Millis): DueFrame[] {
    this.#pictureCount++;
    if (this.#mustWait(picture, now)) return [];
    const payloads = this.#packer(picture);
    if (payloads === undefined) {
      this.#undecodable = 0;
      this.#options.warn(describeOversized(this.#pictureCount, picture), now);
    }
    if (payloads === undefined || payloads.length === 0) return [];
    const frameNumber = this.#options.numbers.next++;
    return [{ payloads, ticks, isKey: picture.isKey, frameNumber }];
  }

  /**
   * Whether the picture refers to one that is missing. A decoder would take it and show wrong pictures until
   * the next key frame, so nobody gets it.
   */
  #mustWait({ isKey, gapBefore }: EncodedPicture, now: Millis): boolean {
    if (isKey) this.#undecodable = undefined;
    else if (gapBefore) this.#undecodable ??= 0;
    if (this.#undecodable === undefined) return false;
    if (++this.#undecodable === MANY_PICTURES) this.#options.warn(NO_KEY_FRAME, now);
    return true;
  }

  #warnOf({ gap, isMisplaced }: TimeFault, now: Millis): void {
    const { warn } = this.#options;
    if (isMisplaced && !this.#isMisplacementSaid) {
      this.#isMisplacementSaid = true;
      warn(MISPLACED, now);
    }
    if (gap !== undefined) warn(`The screen came too late: a gap of ${formatDuration(gap)}`, now);
  }
}

const NO_KEY_FRAME =
  `The screen has had no key frame for ${MANY_PICTURES} pictures, and nothing can ` +
  "be shown before one: encode with one every 2 s (ffmpeg: -force_key_frames 'expr:gte(t,n_forced*2)')";
const MISPLACED =
  "The times of the screen's pictures go back, stand still or jump: such a picture is " +
  "shown directly after the one before it";

/** @returns undefined for a picture that is too large; nothing for one without content. */
type Packer = (picture: EncodedPicture) => readonly VideoPayload[] | undefined;

function packerOf({ codec, parameterSets }: ScreenFormat): Packer {
  return codec === "h264" ? packerOfH264(parameterSets) : packerOfVp8();
}

function packerOfH264(parameterSets?: readonly Uint8Array[]): Packer {
  const packer = new H264Packer(parameterSets);
  return (picture) => {
    const before = packer.leftOut.get("oversizedFrame");
    const payloads = packer.pack("nalUnits" in picture ? picture.nalUnits : []);
    return packer.leftOut.get("oversizedFrame") > before ? undefined : payloads;
  };
}

function packerOfVp8(): Packer {
  const packer = new Vp8Packer();
  return (picture) => {
    const before = packer.leftOut.get("oversizedFrame");
    const payloads = packer.pack("bytes" in picture ? picture.bytes : new Uint8Array());
    return packer.leftOut.get("oversizedFrame") > before ? undefined : payloads;
  };
}

function describeOversized(count: number, picture: EncodedPicture): string {
  return `Picture ${count} of the screen has ${
    byteLengthOf(picture)
  } bytes and a frame holds at most ` +
    `${LARGEST_FRAME_BYTES}: it is left out, and all up to the next key frame. Use a smaller ` +
    "--screen-size, or encode with a lower bitrate";
}
