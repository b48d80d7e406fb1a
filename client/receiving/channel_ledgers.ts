import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import type { Stream } from "./stream.ts";

/** One ledger for each described channel, the sum of those of its streams. */
export class ChannelLedgers {
  readonly #ledgers = new Map<ChannelName, ChannelLedger | undefined>();

  /** The channel's ledger comes behind those of channels that were named before. */
  expect({ channel }: Stream): void {
    if (channel !== undefined && !this.#ledgers.has(channel)) this.#ledgers.set(channel, undefined);
  }

  /** @param now a freeze of the picture that lasts until then counts too. */
  add(stream: Stream, now: Millis): void {
    const { channel } = stream;
    if (channel !== undefined) this.#add(stream.ledger(channel, now));
  }

  addAll(others: ChannelLedgers): void {
    for (const ledger of others.all) this.#add(ledger);
  }

  get all(): ChannelLedger[] {
    return [...this.#ledgers.values()].filter((ledger) => ledger !== undefined);
  }

  #add(later: ChannelLedger): void {
    const earlier = this.#ledgers.get(later.channel);
    this.#ledgers.set(later.channel, earlier ? addLedgers(earlier, later) : later);
  }
}

/**
 * The ledger of a channel that two streams carried one after the other: counts are summed, and values that
 * describe the present are the later stream's.
 */
function addLedgers(earlier: ChannelLedger, later: ChannelLedger): ChannelLedger {
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
    ...addStatistics(earlier, later),
  };
}

const STATISTICS = [
  "framesReceived",
  "framesDropped",
  "keyFramesReceived",
  "freezeCount",
  "totalFreezesDuration",
  "pliCount",
  "messagesReceived",
  "messagesDropped",
] as const;

/** The counts of frames and of messages, where either ledger has them. */
function addStatistics(earlier: ChannelLedger, later: ChannelLedger): Partial<ChannelLedger> {
  const named = STATISTICS.filter((name) => (earlier[name] ?? later[name]) !== undefined);
  return Object.fromEntries(
    named.map((name) => [name, (earlier[name] ?? 0) + (later[name] ?? 0)]),
  );
}
