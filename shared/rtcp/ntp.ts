import { unwrapNear } from "../core/seq.ts";
import type { Millis } from "../core/units.ts";

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970), RFC 868. */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;
const FRACTION = 0x1_0000_0000;

/** A 64-bit NTP timestamp (RFC 3550 section 4). */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

export function toNtp(time: Millis): NtpTime {
  const wholeSeconds = Math.floor(time / 1000);
  const fraction = Math.floor((time - wholeSeconds * 1000) / 1000 * FRACTION);
  return { seconds: (wholeSeconds + NTP_TO_UNIX_SECONDS) % FRACTION, fraction };
}

/** @param near a time within 68 years of it, since NTP seconds wrap in 2036. */
export function fromNtp({ seconds, fraction }: NtpTime, near: Millis): Millis {
  const nearSeconds = Math.floor(near / 1000) + NTP_TO_UNIX_SECONDS;
  const unixSeconds = unwrapNear(seconds, nearSeconds, 32) - NTP_TO_UNIX_SECONDS;
  return (unixSeconds + fraction / FRACTION) * 1000;
}

/** The middle 32 bits, as in LSR (RFC 3550 section 6.4.1): units of 1/65536 s. */
export function middleBits({ seconds, fraction }: NtpTime): number {
  return ((seconds & 0xffff) * 0x1_0000 + Math.floor(fraction / 0x1_0000)) >>> 0;
}
