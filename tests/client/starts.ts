import fc from "fast-check";
import { toSequenceNumber, toTimestamp } from "../../shared/core/seq.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";

/** Starts at which errors of 16-bit arithmetic show; the last is after many wraps. */
export const STARTS = [0, 1, 32_767, 65_534, 65_535, 65_536 * 7 + 65_530] as const;
/** The same for 32-bit timestamps. */
export const TIMESTAMP_STARTS = [0, 1, 2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1] as const;

export const T0 = 1_763_600_000_000;
export const SSRC = 0xcafe_f00d;

/** What a network may do to packets 0, 1, 2, …: their numbers in order of arrival, some repeated, some missing. */
export function networkOrder(maxPackets = 300): fc.Arbitrary<number[]> {
  const fate = fc.record({
    isLost: fc.nat(9).map((roll) => roll < 2),
    copies: fc.nat(9).map((roll) => roll === 0 ? 3 : roll === 1 ? 2 : 1),
    delays: fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
  });
  return fc.array(fate, { minLength: 1, maxLength: maxPackets }).map((fates) =>
    fates.flatMap(({ isLost, copies, delays }, number) =>
      isLost ? [] : delays.slice(0, copies).map((delay) => ({ number, at: number + delay }))
    ).sort((one, other) => one.at - other.at).map(({ number }) => number)
  );
}

/** An RTP packet from unwrapped numbers. */
export function packet(
  { sequence, ticks = 0, payload = new Uint8Array(4), ssrc = SSRC, payloadType = 14 }: {
    sequence: number;
    ticks?: number;
    payload?: Uint8Array;
    ssrc?: number;
    payloadType?: number;
  },
): RtpPacket {
  return {
    payloadType,
    sequenceNumber: toSequenceNumber(sequence),
    timestamp: toTimestamp(ticks),
    ssrc,
    marker: false,
    payload,
  };
}
