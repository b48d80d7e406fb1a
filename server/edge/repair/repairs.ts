/*
 * Repair of lost packets. Retransmission (RFC 4585, RFC 4588) answers the NACKs of a listener; parity
 * (RFC 8627) is sent along with paced channels where a retransmission would come too late.
 *
 * In: each channel as it begins and ends; each packet as it is sent, in clear; and what a listener reports:
 * NACKs, which packet came last, which packets it could not play.
 * Out: repair packets for the outbox, encrypted once for all listeners that get the same packet.
 *
 * This file opens both and decides who gets parity. Read next: retransmit.ts (when, how often and to whom a
 * packet is sent again), with listener_repairs.ts, budget.ts and storm_watch.ts beside it; then
 * parity_need.ts (which protection a listener needs), parity_sender.ts and parity_encoder.ts.
 */

import type { Millis } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { PostRepairLoss } from "../../../shared/rtcp/extended_reports.ts";
import { LateJoiners } from "../late/late_joiners.ts";
import type { Channel } from "../sending/channel.ts";
import type { RepairWays } from "../../interface/config.ts";
import type { SentPacket } from "../sending/item_sender.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import { ParitySender } from "./parity_sender.ts";
import { Retransmitter } from "./retransmit.ts";
import type { Session, SessionTable } from "../sessions/sessions.ts";

/** How long the last packets of a channel that has ended are still sent again. */
const REPAIR_AFTER_END_MILLIS: Millis = 10_000;

export interface RepairsOptions {
  /** Undefined: all ways of repair, as needed. */
  readonly ways: RepairWays | undefined;
  readonly sessions: SessionTable;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  /** How many bytes of large frames, and for late joiners, may leave in a millisecond. */
  readonly rateOf: (channel: Channel) => number;
  /** Asks the source for a new key frame; not every source can make one. */
  readonly wishKeyFrame: (channel: Channel, now: Millis) => void;
  readonly now: Millis;
}

/** A channel under repair. */
interface Repaired {
  readonly channel: Channel;
  /** Absent where the kind has no parity, and where parity is never sent. */
  readonly parity?: ParitySender;
  /** When its last packets are no longer sent again; Infinity while the channel goes on. */
  forgetAt: Millis;
}

/** Opens retransmission for all channels, and parity for those whose kind has it. */
export class Repairs {
  readonly retransmitter: Retransmitter;
  readonly lateJoiners: LateJoiners;
  readonly #options: RepairsOptions;
  readonly #channels = new Map<number, Repaired>();

  constructor(options: RepairsOptions) {
    const { ways, sessions, outbox, protect, rateOf, wishKeyFrame, now } = options;
    this.#options = options;
    const everyone = () => sessions.all;
    const listenerCount = () => sessions.count;
    const { isRtxOffered = true } = ways ?? {};
    const channels = () => isRtxOffered ? this.#withEntryPoint : [];
    const lateJoiners = this.lateJoiners = new LateJoiners(
      { channels, listenerCount, outbox, protect, rateOf, wishKeyFrame },
    );
    this.retransmitter = new Retransmitter(
      { outbox, channels: [], everyone, listenerCount, protect, lateJoiners, now },
    );
    sessions.watchEnds((session) => this.#onLeft(session));
  }

  /** A channel begins; listeners may have joined before. */
  addChannel(channel: Channel, now: Millis): void {
    this.retransmitter.addChannel(channel, now);
    const parity = this.#openParity(channel);
    const repaired = { channel, ...(parity && { parity }), forgetAt: Infinity };
    this.#channels.set(channel.ssrc, repaired);
    for (const session of this.#options.sessions.all) admit(session, repaired);
  }

  /** A channel has ended: its last packets are still sent again for a while. */
  endChannel({ ssrc }: Channel, now: Millis): void {
    const repaired = this.#channels.get(ssrc);
    if (!repaired) return;
    repaired.parity?.end();
    repaired.forgetAt = now + REPAIR_AFTER_END_MILLIS;
  }

  /** When a retransmission or a parity packet is next to be sent. */
  get deadline(): Millis {
    let earliest = Math.min(this.retransmitter.deadline, this.lateJoiners.deadline);
    for (const { parity, forgetAt } of this.#channels.values()) {
      earliest = Math.min(earliest, parity?.deadline ?? Infinity, forgetAt);
    }
    return earliest;
  }

  advance(now: Millis): void {
    this.retransmitter.advance(now);
    this.lateJoiners.advance(now);
    for (const [ssrc, { channel, parity, forgetAt }] of this.#channels) {
      parity?.advance(now);
      if (now < forgetAt) continue;
      this.#channels.delete(ssrc);
      this.retransmitter.removeChannel(channel);
      this.lateJoiners.remove(channel);
    }
  }

  /** Takes each packet as it is sent, before encryption. */
  onPacket(packet: SentPacket, now: Millis): void {
    this.#channels.get(packet.channel.ssrc)?.parity?.onPacket(packet, packet, now);
  }

  /** The broadcast is over: parity that waits for its time is sent at once, before the BYE. */
  end(): void {
    for (const { parity } of this.#channels.values()) parity?.end();
  }

  onAdmitted(session: Session): void {
    for (const repaired of this.#channels.values()) admit(session, repaired);
  }

  #onLeft(session: Session): void {
    this.lateJoiners.onLeft(session);
    for (const { parity } of this.#channels.values()) parity?.onLeft(session);
  }

  /** A listener has reported for the first time. */
  onJoined(session: Session, now: Millis): void {
    this.lateJoiners.onJoined(session, now);
  }

  /** A listener reports which packets it could not play. @returns false when there is no such stream. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): boolean {
    const repaired = this.#channels.get(loss.mediaSsrc);
    repaired?.parity?.onPostRepairLoss(session, loss, now);
    return repaired !== undefined && CHANNEL_KINDS[repaired.channel.kind].hasParity;
  }

  /** The running channels whose late joiners get packets from before. */
  get #withEntryPoint(): Channel[] {
    const running = [...this.#channels.values()].filter(({ forgetAt }) => forgetAt === Infinity);
    return running.map(({ channel }) => channel).filter(({ entry }) => entry);
  }

  #openParity(channel: Channel): ParitySender | undefined {
    const { ways, outbox, protect } = this.#options;
    const { parity = "as-needed" } = ways ?? {};
    const { hasParity } = CHANNEL_KINDS[channel.kind];
    if (!hasParity || !channel.fec || parity === "never") return undefined;
    const fixed = parity === "as-needed" ? undefined : parity;
    return new ParitySender({ channel, stream: channel.fec, outbox, protect, fixed });
  }
}

/**
 * Packets that are repaired until playout are kept for twice the latency of the listener, since the
 * listener may request them for that long.
 */
function admit(session: Session, { channel, parity }: Repaired): void {
  const { repair } = CHANNEL_KINDS[channel.kind];
  if (repair !== "for-ever") channel.history.keepFor(2 * (session.latencyMillis ?? 0));
  parity?.onAdmitted(session);
}
