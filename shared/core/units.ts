/**
 * Units in the types. The brand is optional, so a plain number may become any unit, but one unit
 * never silently becomes another (`Millis` where `RtpTicks` is wanted does not compile).
 */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]?: Name };

/** Milliseconds, fractional. As a point in time: since the Unix epoch, never running backwards. */
export type Millis = Unit<"millis">;
/**
 * Milliseconds since the Unix epoch by the time of day, as people and tokens mean it. It is set now and then,
 * and goes on while the machine sleeps; {@linkcode Millis} does neither.
 */
export type WallMillis = Unit<"wall-millis">;
/** Seconds, fractional. */
export type Seconds = Unit<"seconds">;
/** Ticks of a channel's RTP clock, unwrapped (RFC 3550 section 5.1). */
export type RtpTicks = Unit<"rtp-ticks">;
/** Ticks of an RTP clock per second. */
export type ClockRate = Unit<"ticks-per-second">;
/** A sequence number with its roll-overs counted in: `cycles * 65536 + sequenceNumber`. */
export type ExtendedSequence = Unit<"extended-sequence">;

/** The largest datagram ever sent, in bytes of UDP payload (fits every path that carries IPv6). */
export const MAX_DATAGRAM_BYTES = 1200;

export function ticksToMillis(ticks: RtpTicks, clockRate: ClockRate): Millis {
  return (ticks as number) * 1000 / (clockRate as number);
}

export function millisToTicks(millis: Millis, clockRate: ClockRate): RtpTicks {
  return Math.round((millis as number) * (clockRate as number) / 1000);
}
