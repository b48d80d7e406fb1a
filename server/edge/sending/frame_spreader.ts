import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";

/** A frame of so many bytes leaves within {@linkcode WINDOW_MILLIS}, or a share of a frame's time if that is longer. */
const WINDOW_BYTES = 120_000;
const WINDOW_MILLIS: Millis = 100;
const SHARE_OF_FRAME = 0.6;
/** A stream of more bytes gets a rate that is larger than its own by this factor. */
const RESERVE = 1.25;
/** Whatever waits has left after about this time, however large a frame is. */
const LONGEST_MILLIS: Millis = 1000;
/** Packets leave together in steps of this time, since waking for each would cost more. */
const STEP_MILLIS: Millis = 5;
/** So much may leave at once after a pause; small frames are not spread. */
const BURST_MILLIS: Millis = 12;
/** The stream's own rate is measured over this time; at the beginning over no less than a quarter of it. */
const MEASURED_MILLIS: Millis = 1000;
/** After a standstill no more than so many packets leave together, so that the queue to the network can take them. */
const MOST_AT_ONCE = 256;
const AFTER_MOST_MILLIS: Millis = 1;
/** What waits beyond this leaves as soon as it can; only a source that is far too fast reaches it. */
const MAX_WAITING_BYTES = 16 << 20;

interface Waiting<Packet> {
  readonly packet: Packet;
  readonly bytes: number;
  leavesAt: Millis;
}

/** A packet of a frame. */
export interface FramePart<Packet> {
  readonly packet: Packet;
  readonly bytes: number;
  /** The frame's time; packets with the same time are of one frame. */
  readonly ticks: RtpTicks;
  /** Whether it is the frame's last packet. */
  readonly isLast: boolean;
}

/**
 * A token bucket for the packets of large frames: packets leave in their order, at the rate of the bucket, in
 * small steps. What else is to be sent leaves between the steps. A step that comes late delays no later one.
 */
export class FrameSpreader<Packet> {
  readonly #pace: StreamPace;
  readonly #waiting: Waiting<Packet>[] = [];
  /** The first of `#waiting` that has not left. */
  #first = 0;
  #waitingBytes = 0;
  /** Nothing leaves before. */
  #notBefore: Millis = -Infinity;
  /** When the bucket has had tokens for all that was put in. */
  #coveredAt: Millis = -Infinity;

  constructor(clockRate: ClockRate) {
    this.#pace = new StreamPace(clockRate);
  }

  /** How many packets wait. */
  get count(): number {
    return this.#waiting.length - this.#first;
  }

  /** The rate of the bucket. */
  get bytesPerMilli(): number {
    return this.#pace.bytesPerMilli;
  }

  /** When the next packets leave; Infinity while none waits. */
  get deadline(): Millis {
    const first = this.#waiting[this.#first];
    return first ? Math.max(first.leavesAt, this.#notBefore) : Infinity;
  }

  push({ packet, bytes, ticks, isLast }: FramePart<Packet>, now: Millis): void {
    this.#pace.onPacket(bytes, ticks, now);
    this.#waitingBytes += bytes;
    this.#waiting.push({ packet, bytes, leavesAt: this.#planned(bytes, this.bytesPerMilli, now) });
    const isTooMuch = this.#waitingBytes > MAX_WAITING_BYTES;
    if (isLast && (isTooMuch || this.#coveredAt - now > LONGEST_MILLIS)) this.#hurry(now);
  }

  /** @returns the packets that leave now, in their order. */
  due(now: Millis): Packet[] {
    const due: Packet[] = [];
    while (this.deadline <= now && due.length < MOST_AT_ONCE) due.push(this.#take());
    if (due.length === MOST_AT_ONCE) this.#notBefore = now + AFTER_MOST_MILLIS;
    this.#compact();
    return due;
  }

  /** @returns all that waits, which leaves now. */
  takeAll(): Packet[] {
    const all = Array.from({ length: this.count }, () => this.#take());
    this.#compact();
    return all;
  }

  #take(): Packet {
    const { packet, bytes } = this.#waiting[this.#first++]!;
    this.#waitingBytes -= bytes;
    return packet;
  }

  /** Takes the tokens for the next packet. @returns when it leaves. */
  #planned(bytes: number, rate: number, now: Millis): Millis {
    this.#coveredAt = Math.max(this.#coveredAt, now) + bytes / rate;
    const leavesAt = this.#coveredAt - BURST_MILLIS;
    return leavesAt <= now ? now : Math.ceil(leavesAt / STEP_MILLIS) * STEP_MILLIS;
  }

  /** A frame is very large, or the stream became faster: all that waits leaves faster, to have left in time. */
  #hurry(now: Millis): void {
    const isTooMuch = this.#waitingBytes > MAX_WAITING_BYTES;
    const inTime = Math.max(this.#waitingBytes / LONGEST_MILLIS, this.bytesPerMilli);
    const rate = isTooMuch ? Infinity : inTime;
    this.#coveredAt = now;
    for (let at = this.#first; at < this.#waiting.length; at++) {
      const waiting = this.#waiting[at]!;
      waiting.leavesAt = this.#planned(waiting.bytes, rate, now);
    }
  }

  #compact(): void {
    if (this.#first < this.#waiting.length && this.#first < MAX_LEFT) return;
    this.#waiting.splice(0, this.#first);
    this.#first = 0;
  }
}

/** Packets that have left are removed from the queue when there are so many of them. */
const MAX_LEFT = 512;

interface Frame {
  readonly ticks: RtpTicks;
  readonly at: Millis;
}

/** Measures a stream of frames, for the rate of its bucket. */
class StreamPace {
  readonly #clockRate: ClockRate;
  /** The frames of the last second, and the bytes of all but the last, which may not be whole. */
  readonly #frames: (Frame & { bytes: number })[] = [];
  #bytes = 0;
  #bytesPerMilli = WINDOW_BYTES / WINDOW_MILLIS;

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  get bytesPerMilli(): number {
    return this.#bytesPerMilli;
  }

  onPacket(bytes: number, ticks: RtpTicks, now: Millis): void {
    const last = this.#frames.at(-1);
    if (last?.ticks === ticks) last.bytes += bytes;
    else this.#onFrame({ ticks, at: now, bytes });
  }

  #onFrame(frame: Frame & { bytes: number }): void {
    this.#bytes += this.#frames.at(-1)?.bytes ?? 0;
    this.#frames.push(frame);
    while (frame.at - this.#frames[0]!.at > MEASURED_MILLIS) {
      this.#bytes -= this.#frames.shift()!.bytes;
    }
    const frameMillis = this.#frameMillis;
    const window = Math.max(WINDOW_MILLIS, SHARE_OF_FRAME * frameMillis);
    const elapsed = Math.max(frame.at - this.#frames[0]!.at, MEASURED_MILLIS / 4);
    this.#bytesPerMilli = Math.max(WINDOW_BYTES / window, RESERVE * this.#bytes / elapsed);
  }

  /** The time from one frame to the next; 0 until it is known. */
  get #frameMillis(): Millis {
    const times = this.#frames.map(({ ticks }) => ticks as number);
    if (times.length < 2) return 0;
    const span = Math.max(...times) - Math.min(...times);
    return ticksToMillis(span, this.#clockRate) / (times.length - 1);
  }
}
