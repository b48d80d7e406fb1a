import type { JunkName } from "../../../shared/core/parsed.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../shared/media/channel.ts";
import { H264Unpacker } from "../../../shared/media/video/rtp_h264.ts";
import { Vp8Unpacker } from "../../../shared/media/video/rtp_vp8.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import type { FramePacket } from "../../../shared/media/video/video_payload.ts";
import { PendingFrame } from "./pending_frame.ts";

/** The most that waits behind a gap. The edge keeps 8 MB since the last key frame, and more may have come. */
export const MAX_PENDING = { packets: 16_384, bytes: 16 << 20 };

/** A frame that would be missing for so long was not lost: the number is forged. */
const MAX_FRAMES_LOST = 100_000;

/** Counts of frames, by the names of webrtc-stats. */
export interface FrameCounts {
  /** Whole frames. */
  readonly framesReceived: number;
  readonly keyFramesReceived: number;
  /** Frames that were not given out, since the first one given out that was sent since the listener joined. */
  readonly framesDropped: number;
}

/**
 * Puts packets whose time has come, in any order, together to frames, and gives out each frame that a decoder
 * can decode: a key frame, or the one right after the last frame given out. A decoder would not notice that a
 * frame is missing, and would show wrong pictures. So behind a gap frames wait here: until the gap is filled, or
 * until a later key frame is whole.
 *
 * Which packet begins the next frame is certain, since packets are numbered without gaps: it follows the last
 * packet of the frame before.
 */
export class FrameAssembly {
  readonly #codec: ScreenCodec;
  readonly #firstCounted: ExtendedSequence;
  #hasCaughtUp = false;
  /** Why payloads were unusable; the caller takes them out. */
  readonly junk: JunkName[] = [];
  readonly #pending = new Map<number, PendingFrame>();
  #packets = 0;
  #bytes = 0;
  #unpacker: H264Unpacker | Vp8Unpacker;
  /** The last packet of the frame that was given out or passed over last. */
  #end: ExtendedSequence = -Infinity;
  /** That frame's number. */
  #number: number | undefined;
  /** Whether a decoder has all that the next frame refers to. */
  #isChained = false;
  #received = 0;
  #keyFrames = 0;
  #dropped = 0;

  /** @param firstCounted frames that begin with a packet before this one are not missed: the listener joins here. */
  constructor(codec: ScreenCodec, firstCounted: ExtendedSequence = -Infinity) {
    this.#codec = codec;
    this.#firstCounted = firstCounted;
    this.#unpacker = unpackerOf(codec);
  }

  /** Takes a packet; copies and packets of frames that are over change nothing. */
  push(packet: FramePacket): void {
    const { frameNumber, sequence, payload } = packet;
    if (sequence <= this.#end) return;
    let frame = this.#pending.get(frameNumber);
    if (!frame) this.#pending.set(frameNumber, frame = new PendingFrame(frameNumber));
    if (!frame.add(packet, this.#codec)) return;
    this.#packets++;
    this.#bytes += payload.length;
    this.#limit();
  }

  /** Takes out the next frame that can be decoded; undefined when there is none. Call until undefined. */
  take(): ScreenFrame | undefined {
    for (let next = this.#next(); next; next = this.#next()) {
      const frame = this.#unpack(next);
      if (frame) return frame;
    }
  }

  /** Whether a frame is missing whose time has come, or there was no key frame yet. */
  get isHeld(): boolean {
    return !this.#isChained || this.#pending.size > 0;
  }

  /** Whether any frame was given out. */
  get hasBegun(): boolean {
    return this.#number !== undefined;
  }

  /**
   * Whether a frame was given out that was sent since the listener joined. Until then the picture runs through
   * what was sent before, as far as that comes.
   */
  get hasCaughtUp(): boolean {
    return this.#hasCaughtUp;
  }

  /** Packets before this one are of no use any more; -Infinity before the first frame. */
  get wantedFrom(): ExtendedSequence {
    return this.#end + 1;
  }

  /** Whether the beginning of a key frame came, whole or not, or any frame was given out. */
  get hasKeyFrame(): boolean {
    return this.hasBegun ||
      [...this.#pending.values()].some(({ beginsKeyFrame }) => beginsKeyFrame);
  }

  /** How many packets wait. */
  get size(): number {
    return this.#packets;
  }

  get counts(): FrameCounts {
    return {
      framesReceived: this.#received,
      keyFramesReceived: this.#keyFrames,
      framesDropped: this.#dropped,
    };
  }

  /** The stream has ended: frames that could not be given out until now are dropped. */
  end(): void {
    if (this.#number === undefined) return;
    const highest = Math.max(this.#number, ...this.#pending.keys());
    this.#passOver(highest, Infinity);
    this.#isChained = false;
  }

  #next(): PendingFrame | undefined {
    return this.#chained() ?? this.#firstKeyFrame();
  }

  /** The frame after the last one, if it is whole. One that no other refers to need not be. */
  #chained(): PendingFrame | undefined {
    while (this.#isChained) {
      const next = this.#pending.get(this.#number! + 1);
      if (!next) return undefined;
      if (next.first.sequence === this.#end + 1 && next.isContiguous) return next;
      const end = next.isUnreferenced ? this.#endOf(next) : undefined;
      if (end === undefined) return undefined;
      // The unpacker must know where the frame behind it begins.
      this.#feed(next);
      this.#passOver(next.number, end);
    }
  }

  /** The number of an incomplete frame's last packet, if that is certain. */
  #endOf({ last, number }: PendingFrame): ExtendedSequence | undefined {
    if (last.marker) return last.sequence;
    const after = this.#pending.get(number + 1);
    // The one packet between them has this frame's marker.
    return after?.first.sequence === last.sequence + 2 ? last.sequence + 1 : undefined;
  }

  #firstKeyFrame(): PendingFrame | undefined {
    let earliest: PendingFrame | undefined;
    for (const frame of this.#pending.values()) {
      if (!frame.isWholeKeyFrame || frame.first.sequence <= this.#end) continue;
      if (earliest && earliest.first.sequence < frame.first.sequence) continue;
      earliest = frame;
    }
    if (earliest) this.#jumpTo(earliest);
    return earliest;
  }

  /** All frames before it are dropped. */
  #jumpTo({ number, first }: PendingFrame): void {
    this.#passOver(number - 1, first.sequence - 1);
    this.#unpacker = unpackerOf(this.#codec);
    this.#isChained = true;
  }

  #unpack(frame: PendingFrame): ScreenFrame | undefined {
    const unpacked = this.#feed(frame);
    if (!unpacked) {
      this.#passOver(frame.number, frame.last.sequence);
      this.#isChained = false;
      return undefined;
    }
    this.#received++;
    if (unpacked.isKey) this.#keyFrames++;
    this.#forget(frame);
    if (frame.last.sequence >= this.#firstCounted) this.#hasCaughtUp = true;
    this.#end = frame.last.sequence;
    this.#number = frame.number;
    // A packet whose frame is over can only be forged.
    for (const other of [...this.#pending.values()]) {
      if (other.last.sequence <= this.#end) this.#forget(other);
    }
    return unpacked;
  }

  #feed({ packets }: PendingFrame): ScreenFrame | undefined {
    let whole: ScreenFrame | undefined;
    for (const packet of packets) {
      const { frame, junk } = this.#unpacker.push(packet);
      if (junk) this.junk.push(junk);
      if (frame) whole = { codec: this.#codec, ...frame } as ScreenFrame;
    }
    return whole;
  }

  /** Frames up to this number, whose last packet is `end`, are not given out any more. */
  #passOver(number: number, end: ExtendedSequence): void {
    const lost = number - (this.#number ?? number);
    if (this.#hasCaughtUp && lost > 0 && lost < MAX_FRAMES_LOST) this.#dropped += lost;
    const over = [...this.#pending.values()].filter(({ first }) => first.sequence <= end);
    this.#received += over.filter((frame) => this.#isWhole(frame)).length;
    this.#keyFrames += over.filter(({ isWholeKeyFrame }) => isWholeKeyFrame).length;
    for (const frame of over) this.#forget(frame);
    this.#end = Math.max(this.#end, end);
    if (this.#number !== undefined) this.#number = number;
  }

  /** Its beginning is certain if as many packets are missing before it as frames, which have one at least. */
  #isWhole({ isContiguous, isWholeKeyFrame, first, number }: PendingFrame): boolean {
    if (!isContiguous || isWholeKeyFrame) return isContiguous;
    const before = this.#pending.get(number - 1);
    if (before) return this.#endOf(before) === first.sequence - 1;
    return first.sequence - this.#end === number - (this.#number ?? NaN);
  }

  #forget({ number, packets, bytes }: PendingFrame): void {
    this.#pending.delete(number);
    this.#packets -= packets.length;
    this.#bytes -= bytes;
  }

  /** Frames that wait for a gap to be filled are dropped, the oldest first: the next key frame goes on. */
  #limit(): void {
    while (this.#packets > MAX_PENDING.packets || this.#bytes > MAX_PENDING.bytes) {
      const { number, last } = this.#lowest;
      this.junk.push("overflow");
      this.#isChained = false;
      this.#passOver(number, last.sequence);
    }
  }

  /** Of those that wait, the one that was sent first. */
  get #lowest(): PendingFrame {
    return [...this.#pending.values()].reduce((lowest, frame) =>
      frame.first.sequence < lowest.first.sequence ? frame : lowest
    );
  }
}

function unpackerOf(codec: ScreenCodec): H264Unpacker | Vp8Unpacker {
  return codec === "h264" ? new H264Unpacker() : new Vp8Unpacker();
}
