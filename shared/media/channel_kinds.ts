import type { Millis } from "../core/units.ts";

/** How a channel is delivered. A broadcast may have any number of channels of one kind. */
export type ChannelKind = "paced" | "ordered" | "frames" | "messages";

/** The packets that the edge keeps for retransmission. */
export interface HistoryRules {
  /** Packets. */
  readonly capacity: number;
  /** The age grows with the listeners' latencies where packets are not repaired for ever. */
  readonly maxAge: Millis;
  /** Bytes of all packets together. */
  readonly maxBytes: number;
}

/**
 * How much the edge retransmits to one listener, besides a burst: a share of the bytes that the channel
 * itself has sent, or an amount for each millisecond. Where `withoutLoss` is given, that is the share for a listener
 * that reports no losses; `shareOfStream` is for one that has many.
 */
export type RetransmissionRate =
  | { readonly shareOfStream: number; readonly withoutLoss?: number }
  | { readonly bytesPerMilli: number };

export interface KindRules {
  /** On the wire. */
  readonly code: number;
  /**
   * What the host signs, since every listener has the group's key and could forge packets. `item`: each packet; a
   * listener checks signature and count before the packet counts. `message`: what several packets make together,
   * which is checked when it is whole.
   */
  readonly signs: "item" | "message" | "nothing";
  /**
   * When packets leave the jitter buffer. `playout`: at their playout time or not at all. `order`: in order and
   * without a gap, each as soon as all before it have left. `arrival`: as they come, in any order and each once,
   * because what they make together has a time of its own.
   */
  readonly release: "playout" | "order" | "arrival";
  /** Whether the packets of a large frame leave over some time, so that nothing waits behind them. */
  readonly isSpread: boolean;
  /**
   * How long a lost packet is requested and retransmitted. `until-dropped`: until the message that it is a part of
   * was shown, or a newer one was.
   */
  readonly repair: "until-playout" | "for-ever" | "until-dropped";
  /** Parity recovers packets without their signatures, so a kind that signs items has none. */
  readonly hasParity: boolean;
  /** What a listener gets of the time before it joined. */
  readonly lateJoiner: "from-now-on" | "all-in-blocks" | "from-key-frame" | "last-message";
  readonly history: HistoryRules;
  /** The most packets that a listener requests at a time. */
  readonly maxMissing: number;
  readonly retransmission: RetransmissionRate;
  /** The most copies of one retransmission. */
  readonly maxCopies: number;
}

/** The kinds that exist. Code that delivers a channel asks this table, and not the channel's name or codec. */
export const CHANNEL_KINDS: Readonly<Record<ChannelKind, KindRules>> = {
  paced: {
    code: 1,
    signs: "nothing",
    release: "playout",
    isSpread: false,
    repair: "until-playout",
    hasParity: true,
    lateJoiner: "from-now-on",
    history: { capacity: 4096, maxAge: 2000, maxBytes: Infinity },
    // Far more than can still come in time.
    maxMissing: 512,
    retransmission: { shareOfStream: 0.5, withoutLoss: 0.1 },
    maxCopies: 8,
  },
  ordered: {
    code: 2,
    signs: "item",
    release: "order",
    isSpread: false,
    repair: "for-ever",
    hasParity: false,
    lateJoiner: "all-in-blocks",
    // As many as a NACK can name: half the range of a sequence number.
    history: { capacity: 32_768, maxAge: Infinity, maxBytes: Infinity },
    // Whatever is missing is requested in such steps.
    maxMissing: 32,
    // Items are rare, but many are missing after an outage: 256 kbit/s.
    retransmission: { bytesPerMilli: 32 },
    maxCopies: 2,
  },
  frames: {
    code: 3,
    signs: "nothing",
    release: "playout",
    isSpread: true,
    repair: "until-playout",
    hasParity: true,
    lateJoiner: "from-key-frame",
    // A key frame may have 4096 packets; all frames since the last one are kept.
    history: { capacity: 16_384, maxAge: 2000, maxBytes: 8 << 20 },
    maxMissing: 4096,
    retransmission: { shareOfStream: 0.5 },
    maxCopies: 8,
  },
  messages: {
    code: 4,
    signs: "message",
    release: "arrival",
    // The host sends data at a bounded rate, before it is numbered.
    isSpread: false,
    repair: "until-dropped",
    // Parity of a picture would cost as much as the picture, and a lost packet has time to be requested.
    hasParity: false,
    lateJoiner: "last-message",
    // Two of the largest messages, and what came between.
    history: { capacity: 16_384, maxAge: 5000, maxBytes: 16 << 20 },
    maxMissing: 4096,
    retransmission: { shareOfStream: 0.5 },
    maxCopies: 4,
  },
};

/** @returns the kind that has this code on the wire; undefined for the kind of a later version. */
export function kindOfCode(code: number): ChannelKind | undefined {
  const kinds = Object.keys(CHANNEL_KINDS) as ChannelKind[];
  return kinds.find((kind) => CHANNEL_KINDS[kind].code === code);
}
