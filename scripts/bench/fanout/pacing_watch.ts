import { TimestampUnwrapper } from "../../../shared/core/seq.ts";
import { type ClockRate, type Millis, ticksToMillis } from "../../../shared/core/units.ts";

/** How far packets came from their schedule, of all listeners that were watched. */
export interface Pacing {
  readonly packets: number;
  readonly p50: Millis;
  readonly p99: Millis;
  readonly worst: Millis;
}

/** Opus. */
const CLOCK_RATE = 48_000 as ClockRate;

/**
 * The arrivals at one listener. The error of a packet is its arrival minus its media time, against the earliest of
 * this listener: when in the fan-out a listener has its turn is no error, as long as it is always the same.
 */
export class PacingWatch {
  readonly #unwrapper = new TimestampUnwrapper();
  #offsets: Millis[] = [];

  onPacket(datagram: Uint8Array, at: Millis): void {
    const { buffer, byteOffset } = datagram;
    const timestamp = this.#unwrapper.unwrap(new DataView(buffer, byteOffset).getUint32(4));
    this.#offsets.push(at - ticksToMillis(timestamp, CLOCK_RATE));
  }

  /** Of the arrivals since the last call. */
  static take(watches: readonly PacingWatch[]): Pacing {
    const errors = watches.flatMap((watch) => watch.#take()).toSorted((a, b) => a - b);
    const quantile = (share: number) =>
      errors[Math.min(errors.length - 1, Math.floor(share * errors.length))] ?? NaN;
    return { packets: errors.length, p50: quantile(0.5), p99: quantile(0.99), worst: quantile(1) };
  }

  #take(): Millis[] {
    const offsets = this.#offsets;
    this.#offsets = [];
    const earliest = offsets.reduce((least, offset) => Math.min(least, offset), Infinity);
    return offsets.map((offset) => offset - earliest);
  }
}
