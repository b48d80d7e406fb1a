import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";

/** The pace of sound is measured over this many packets. */
const PACED_PACKETS = 64;
/** A longer step in media time is a pause of the source. */
const PAUSE_MILLIS: Millis = 1000;
/** The pace of frames is measured over the packets of this time, and over no more than so many. */
const FRAMES_MILLIS: Millis = 4000;
const MAX_PACKETS = 1024;

/** A packet as it leaves. */
export interface Leaving {
  readonly ticks: RtpTicks;
  /** When it was ready: the packets of a large frame leave one after the other. */
  readonly readyAt: Millis;
}

/** How fast the packets of a stream follow each other. */
export interface PacketPace {
  onPacket(leaving: Leaving, now: Millis): void;
  /** The time from one packet to the next; 0 until it is known. */
  readonly packetMillis: Millis;
  /** How long a packet has waited at most, of late. */
  readonly heldMillis: Millis;
}

/** Sound: each packet has a time of its own. */
export class MediaPace implements PacketPace {
  readonly heldMillis = 0;
  readonly #clockRate: ClockRate;
  #times: Millis[] = [];

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  onPacket({ ticks }: Leaving): void {
    const time = ticksToMillis(ticks, this.#clockRate);
    if (time - (this.#times.at(-1) ?? time) > PAUSE_MILLIS) this.#times = [];
    this.#times.push(time);
    if (this.#times.length > PACED_PACKETS) this.#times.shift();
  }

  get packetMillis(): Millis {
    const { length } = this.#times;
    return length < 2 ? 0 : (this.#times.at(-1)! - this.#times[0]!) / (length - 1);
  }
}

/** Frames: the packets of one frame have the same time, and leave one after the other. */
export class FramesPace implements PacketPace {
  readonly #left: { readonly at: Millis; readonly held: Millis }[] = [];

  onPacket({ readyAt }: Leaving, now: Millis): void {
    this.#left.push({ at: now, held: now - readyAt });
    const isTooOld = () => now - this.#left[0]!.at > FRAMES_MILLIS;
    while (isTooOld() || this.#left.length > MAX_PACKETS) this.#left.shift();
  }

  get packetMillis(): Millis {
    const { length } = this.#left;
    return length < 2 ? 0 : (this.#left.at(-1)!.at - this.#left[0]!.at) / (length - 1);
  }

  get heldMillis(): Millis {
    return this.#left.reduce((most: Millis, { held }) => Math.max(most, held), 0);
  }
}
