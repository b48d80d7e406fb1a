import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import type { Frames } from "./frames/frames.ts";
import type { Messages } from "./messages/messages.ts";
import type { JitterBuffer } from "./jitter/jitter_buffer.ts";
import type { FecDecoder } from "./repair/fec_decoder.ts";
import type { Repair } from "./repair/repair.ts";
import type { StreamStats } from "./stats/stats.ts";

/** The parts of a stream that its ledger is read from. */
export interface CountedStages {
  readonly info: ChannelNumbers;
  readonly stats: StreamStats;
  readonly repair: Repair;
  readonly jitterBuffer: JitterBuffer;
  readonly fec: FecDecoder | undefined;
  readonly frames: Frames | undefined;
  readonly messages: Messages | undefined;
  readonly hasEnded: boolean;
}

/**
 * Events of an ordered channel that were still missing when their stream was replaced. They were expected in
 * the old stream's ledger, but can only be repaired in the new stream.
 */
export interface Debt {
  /** All of them are among the events up to this count. */
  readonly upToCount: number;
  readonly packets: number;
}

const NO_DEBT: Debt = { upToCount: 0, packets: 0 };

/** The ledger of one stream. */
export class StreamLedger {
  readonly #stages: CountedStages;
  #inherited: Debt = NO_DEBT;
  #discarded = 0;

  constructor(stages: CountedStages) {
    this.#stages = stages;
  }

  /** An original came too late to be played. */
  onDiscarded(): void {
    this.#discarded++;
  }

  /** The missing events of the stream that this one replaces. */
  set inherited(debt: Debt | undefined) {
    this.#inherited = debt ?? NO_DEBT;
  }

  /** The missing events that a stream which replaced this one now would inherit. */
  get debt(): Debt {
    const { stats, repair, info } = this.#stages;
    const sentCount = stats.highestSent - info.sequenceBase + 1;
    return {
      upToCount: Math.max(sentCount, this.#inherited.upToCount),
      packets: stats.lost - repair.repairedCount + this.#inherited.packets - this.#paid,
    };
  }

  /** How many of the inherited missing events have come. */
  get #paid(): number {
    const { jitterBuffer, info } = this.#stages;
    const { upToCount, packets } = this.#inherited;
    return jitterBuffer.next - info.sequenceBase >= upToCount ? packets : 0;
  }

  /** @param now a freeze of the picture that lasts until then counts too. */
  read(channel: ChannelName, now: Millis): ChannelLedger {
    const { info, stats, jitterBuffer, repair, fec, frames, messages, hasEnded } = this.#stages;
    const paid = this.#paid;
    // Messages wait for a missing packet as long as it is requested.
    const maxGap = messages ? repair.longestGivenUp : jitterBuffer.maxGap;
    const missingAtEnd = hasEnded ? stats.highestSent + 1 - jitterBuffer.next : 0;
    return {
      channel,
      ssrc: info.ssrc,
      packetsExpected: stats.expected,
      packetsReceived: stats.received,
      networkLost: stats.lost,
      packetsDuplicated: stats.duplicated,
      packetsReordered: stats.reordering.reordered,
      packetsRepaired: { nack: repair.repairedCounts.nack + paid, fec: repair.repairedCounts.fec },
      packetsDiscarded: this.#discarded,
      residualLost: stats.lost - repair.repairedCount - paid + this.#discarded,
      fractionLost: stats.expected > 0 ? stats.lost / stats.expected : 0,
      jitter: stats.jitter.seconds,
      nackCount: repair.requestCount,
      retransmittedPacketsReceived: repair.retransmissionCount,
      fecPacketsReceived: fec?.packetsReceived ?? 0,
      fecBytesReceived: fec?.bytesReceived ?? 0,
      bytesReceived: stats.bytesReceived,
      jitterBufferDelay: jitterBuffer.delaySum / 1000,
      jitterBufferEmittedCount: jitterBuffer.emitted,
      maxGap: Math.max(maxGap, missingAtEnd),
      jitterBufferTargetDelay: jitterBuffer.targetMillis / 1000,
      ...frames?.statistics(now),
      ...messages?.statistics,
    };
  }
}
