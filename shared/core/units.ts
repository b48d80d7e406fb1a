/*
 * Small things that every other folder builds on, without I/O and without a protocol.
 *
 * In and out: plain values; nothing here imports from another folder.
 *
 * This file has the units of numbers. seq.ts unwraps RTP numbers, parsed.ts is the result of every parser,
 * counters.ts counts by name, bytes.ts joins and compares byte arrays, bounded_bytes.ts reads a stream up
 * to a limit. ring.ts and bounded_map.ts are maps that hold a limited number of entries. rng.ts is
 * randomness that is passed in, wall_time.ts the time of day. errors.ts has the errors that end a command;
 * linked_signal.ts, unless_aborted.ts and pipe_waiting.ts help to wait. Read next: seq.ts.
 */

/**
 * shared/core: the small things that every other folder builds on, without I/O and without a protocol.
 *
 * This file has the units of numbers. Beside it: seq.ts unwraps RTP numbers, parsed.ts is the result of
 * every parser, errors.ts has the errors that end a command, bytes.ts joins and compares byte arrays,
 * ring.ts and bounded_map.ts hold a limited number of entries, counters.ts counts by name, rng.ts is
 * randomness that is passed in, wall_time.ts is the time of day for a core. unless_aborted.ts,
 * linked_signal.ts, bounded_bytes.ts and pipe_waiting.ts are for code around a core that waits and reads.
 * Nothing here imports from another folder. The next file to read is seq.ts.
 *
 * A unit is an optional brand of `number`: a plain number may become any unit, but `Millis` where
 * `RtpTicks` is expected does not compile.
 */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]?: Name };

/** Milliseconds, fractional. A point in time counts from the Unix epoch and never runs backwards. */
export type Millis = Unit<"millis">;
/**
 * Milliseconds since the Unix epoch by the time of day, as in the expiry of a token. The time of day
 * may be set, and it goes on while the machine sleeps; {@linkcode Millis} does neither.
 */
export type WallMillis = Unit<"wall-millis">;
/** Microseconds, the unit of time of WebCodecs. */
export type Micros = Unit<"micros">;
/** Seconds, fractional. */
export type Seconds = Unit<"seconds">;
/** Ticks of a channel's RTP clock, unwrapped (RFC 3550 section 5.1). */
export type RtpTicks = Unit<"rtp-ticks">;
/** Ticks of an RTP clock per second. */
export type ClockRate = Unit<"ticks-per-second">;
/** A sequence number with its wraps counted: `cycles * 65536 + sequenceNumber`. */
export type ExtendedSequence = Unit<"extended-sequence">;

/** The largest datagram sent, in bytes of UDP payload; every path that carries IPv6 carries it. */
export const MAX_DATAGRAM_BYTES = 1200;

export function ticksToMillis(ticks: RtpTicks, clockRate: ClockRate): Millis {
  return (ticks as number) * 1000 / (clockRate as number);
}

export function millisToTicks(millis: Millis, clockRate: ClockRate): RtpTicks {
  return Math.round((millis as number) * (clockRate as number) / 1000);
}
