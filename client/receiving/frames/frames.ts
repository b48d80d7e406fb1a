// The last stage of a stream of frames: from packets whose time has come to frames that a decoder can decode.
//
// In:  packets that leave the jitter buffer in order, and packets that came too late for it, in any order.
// Out: each frame that can be decoded, whether the picture is held, requests for a key frame, and counts.
//
// A packet that comes after its playout time still completes its frame. The ledger counts it as late; but the
// picture then stands still for a moment only, and not until the next key frame, since the frames that waited
// behind the gap follow at once.
//
// `frame_assembly.ts` decides which frames can be decoded, `pending_frame.ts` is one that is not whole yet;
// `key_frame_requests.ts` and `freezes.ts` tell when to send a PLI and what a freeze is. What is missing of the time
// before this listener joined is requested by `../repair/catch_up.ts`. Read frame_assembly.ts next.

import type { JunkName } from "../../../shared/core/parsed.ts";
import type { ExtendedSequence, Millis, RtpTicks, Seconds } from "../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../shared/media/channel.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import type { Arrival } from "../stats/arrival.ts";
import { CatchUp, type CatchUpOptions, type PastRequests } from "../repair/catch_up.ts";
import { FrameAssembly, type FrameCounts } from "./frame_assembly.ts";
import { Freezes } from "./freezes.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";

/** What happened to the picture, in order. */
export type PictureChange =
  | { readonly kind: "frame"; readonly frame: ScreenFrame }
  | { readonly kind: "held"; readonly isHeld: boolean };

/** The part of a ledger that only a channel of frames has. */
export interface FrameStatistics extends FrameCounts {
  /** How often the picture stood still because a frame was missing: see {@linkcode Freezes}. */
  readonly freezeCount: number;
  /** From the last frame before each freeze to the first after it, summed. */
  readonly totalFreezesDuration: Seconds;
  /** Requests sent for a key frame (RFC 4585 section 6.3.1). */
  readonly pliCount: number;
}

export interface FramesOptions extends CatchUpOptions {
  readonly codec: ScreenCodec;
  /** The unwrapped timestamp of the stream's first packet. */
  readonly timestampBase: RtpTicks;
}

/** Beside a round trip: the time that the host takes to answer, and jitter. */
const ANSWER_MILLIS: Millis = 30;

export class Frames implements PastRequests {
  readonly #options: FramesOptions;
  readonly #assembly: FrameAssembly;
  readonly #freezes = new Freezes();
  readonly #requests = new KeyFrameRequests();
  readonly #catchUp: CatchUp;
  /** When a packet came that {@linkcode settle} has not taken into account. */
  #changedAt: Millis = Infinity;
  /** Undefined until something was said. */
  #isHeld: boolean | undefined;
  #hasEnded = false;

  constructor(options: FramesOptions) {
    this.#options = options;
    this.#assembly = new FrameAssembly(options.codec, options.next);
    this.#catchUp = new CatchUp(options);
  }

  /** A packet leaves the jitter buffer, or came too late for it. */
  push({ sequence, frameNumber, ticks, marker = false, payload }: Arrival, now: Millis): void {
    this.#changedAt = Math.min(this.#changedAt, now);
    if (this.#catchUp.isPast(sequence)) this.#catchUp.onCame(sequence, now);
    if (frameNumber === undefined) return void this.#assembly.junk.push("malformedPayload");
    const { timestampBase } = this.#options;
    this.#assembly.push({ sequence, frameNumber, ticks: ticks - timestampBase, marker, payload });
  }

  /** Call when all packets whose time has come were pushed. @returns what is shown now. */
  settle(now: Millis): PictureChange[] {
    const changes: PictureChange[] = this.#isHeld === undefined ? this.#hold(true, now) : [];
    this.#changedAt = Infinity;
    for (let frame = this.#assembly.take(); frame; frame = this.#assembly.take()) {
      changes.push(...this.#hold(false, now), { kind: "frame", frame });
      if (this.#assembly.hasCaughtUp) this.#freezes.onShown(now);
    }
    return [...changes, ...this.#hold(this.#assembly.isHeld, now)];
  }

  /** The channel has ended; late packets may still complete frames. */
  onGoodbye(): void {
    this.#hasEnded = true;
    this.#requests.onShown();
  }

  /** Nothing more is expected: frames that could not be shown are dropped. */
  end(): void {
    this.onGoodbye();
    this.#assembly.end();
  }

  /** @returns whether to request a key frame now. */
  pollKeyFrameRequest(now: Millis): boolean {
    return this.#requests.poll(now);
  }

  /** @returns the packets from before this listener joined that are to be requested now. */
  pollPast(now: Millis): ExtendedSequence[] {
    const { wantedFrom, hasKeyFrame } = this.#assembly;
    return this.#hasEnded ? [] : this.#catchUp.poll(wantedFrom, hasKeyFrame, now);
  }

  /** When {@linkcode settle} is to be called, because a packet came. */
  get settleAt(): Millis {
    return this.#changedAt;
  }

  /** When {@linkcode pollKeyFrameRequest} or {@linkcode pollPast} is to be called. */
  get requestAt(): Millis {
    return this.#hasEnded ? Infinity : Math.min(this.#requests.deadline, this.#catchUp.deadline);
  }

  /** Packets before this one are of no use any more. */
  get wantedFrom(): ExtendedSequence {
    return this.#assembly.wantedFrom;
  }

  /** Why payloads since the last call were unusable. */
  takeJunk(): JunkName[] {
    return this.#assembly.junk.splice(0);
  }

  /** @param now a freeze that lasts until then counts too. */
  statistics(now: Millis): FrameStatistics {
    const { count, duration } = this.#freezes.counts(now);
    return {
      ...this.#assembly.counts,
      freezeCount: count,
      totalFreezesDuration: duration / 1000,
      pliCount: this.#requests.count,
    };
  }

  /** A key frame of a channel that has sent nothing yet, or that has ended, is not requested. */
  get #mayRequest(): boolean {
    return !this.#hasEnded && (this.#assembly.hasBegun || this.#assembly.size > 0);
  }

  #hold(isHeld: boolean, now: Millis): PictureChange[] {
    if (isHeld) this.#freezes.onHeld();
    if (!isHeld) this.#requests.onShown();
    else if (this.#mayRequest) {
      const { smoothed, variation } = this.#options.roundTrip;
      const repairMillis = smoothed + 2 * variation + ANSWER_MILLIS;
      this.#requests.onHeld(this.#assembly.hasBegun, repairMillis, now);
    }
    if (isHeld === this.#isHeld) return [];
    this.#isHeld = isHeld;
    return [{ kind: "held", isHeld }];
  }
}
