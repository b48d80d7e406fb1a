import type { ChannelLedger } from "../../shared/ledger/ledger.ts";

/**
 * One ledger of two parts of a channel: counts add up, what describes the present is the later
 * part's.
 */
export function addLedgers(earlier: ChannelLedger, later: ChannelLedger): ChannelLedger {
  const sum = (read: (ledger: ChannelLedger) => number) => read(earlier) + read(later);
  const packetsExpected = sum((ledger) => ledger.packetsExpected);
  const networkLost = sum((ledger) => ledger.networkLost);
  return {
    ...later,
    packetsExpected,
    packetsReceived: sum((ledger) => ledger.packetsReceived),
    networkLost,
    packetsDuplicated: sum((ledger) => ledger.packetsDuplicated),
    packetsReordered: sum((ledger) => ledger.packetsReordered),
    packetsRepaired: {
      nack: sum((ledger) => ledger.packetsRepaired.nack),
      fec: sum((ledger) => ledger.packetsRepaired.fec),
    },
    packetsDiscarded: sum((ledger) => ledger.packetsDiscarded),
    residualLost: sum((ledger) => ledger.residualLost),
    fractionLost: packetsExpected > 0 ? networkLost / packetsExpected : 0,
    nackCount: sum((ledger) => ledger.nackCount),
    retransmittedPacketsReceived: sum((ledger) => ledger.retransmittedPacketsReceived),
    fecPacketsReceived: sum((ledger) => ledger.fecPacketsReceived),
    fecBytesReceived: sum((ledger) => ledger.fecBytesReceived),
    bytesReceived: sum((ledger) => ledger.bytesReceived),
    jitterBufferDelay: sum((ledger) => ledger.jitterBufferDelay),
    jitterBufferEmittedCount: sum((ledger) => ledger.jitterBufferEmittedCount),
    maxGap: Math.max(earlier.maxGap, later.maxGap),
  };
}
