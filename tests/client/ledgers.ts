import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import { T0 } from "./starts.ts";

/** A ledger that adds up: other counts follow from expected, lost, late and repaired. */
export function ledger(
  { expected = 0, lost = 0, late = 0, repaired = 0, ...fields }:
    & { expected?: number; lost?: number; late?: number; repaired?: number }
    & Partial<ChannelLedger> = {},
): ChannelLedger {
  return {
    channel: "audio",
    ssrc: 1,
    packetsExpected: expected,
    packetsReceived: expected - lost,
    networkLost: lost,
    packetsDuplicated: 0,
    packetsReordered: 0,
    packetsRepaired: { nack: repaired, fec: 0 },
    packetsDiscarded: late,
    residualLost: lost - repaired + late,
    fractionLost: expected > 0 ? lost / expected : 0,
    jitter: 0.0004,
    nackCount: 0,
    retransmittedPacketsReceived: 0,
    fecPacketsReceived: 0,
    fecBytesReceived: 0,
    bytesReceived: 0,
    jitterBufferDelay: 0,
    jitterBufferEmittedCount: 0,
    maxGap: 0,
    jitterBufferTargetDelay: 0.2,
    ...fields,
  };
}

export function snapshot(channels: ChannelLedger[], roundTripTime?: number): LedgerSnapshot {
  return { at: T0, channels, junk: {}, ...(roundTripTime === undefined ? {} : { roundTripTime }) };
}
