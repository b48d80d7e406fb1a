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

import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { PostRepairLoss } from "../../../shared/rtcp/extended_reports.ts";
import type { Channel } from "../sending/channel.ts";
import type { RepairWays } from "../../interface/config.ts";
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
  readonly #options: RepairsOptions;
  readonly #channels = new Map<number, Repaired>();

  constructor(options: RepairsOptions) {
    const { sessions, outbox, protect, now } = options;
    this.#options = options;
    const everyone = () => sessions.all;
    this.retransmitter = new Retransmitter({ outbox, channels: [], everyone, protect, now });
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
    let earliest = this.retransmitter.deadline;
    for (const { parity, forgetAt } of this.#channels.values()) {
      earliest = Math.min(earliest, parity?.deadline ?? Infinity, forgetAt);
    }
    return earliest;
  }

  advance(now: Millis): void {
    this.retransmitter.advance(now);
    for (const [ssrc, { channel, parity, forgetAt }] of this.#channels) {
      parity?.advance(now);
      if (now < forgetAt) continue;
      this.#channels.delete(ssrc);
      this.retransmitter.removeChannel(channel);
    }
  }

  /** Takes each packet as it is sent, before encryption. */
  onPacket({ ssrc }: Channel, packet: StreamPacket, ticks: RtpTicks, now: Millis): void {
    this.#channels.get(ssrc)?.parity?.onPacket(packet, ticks, now);
  }

  /** The broadcast is over: parity that waits for its time is sent at once, before the BYE. */
  end(): void {
    for (const { parity } of this.#channels.values()) parity?.end();
  }

  onAdmitted(session: Session): void {
    for (const repaired of this.#channels.values()) admit(session, repaired);
  }

  /** A listener reports which packets it could not play. @returns false when there is no such stream. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): boolean {
    const repaired = this.#channels.get(loss.mediaSsrc);
    repaired?.parity?.onPostRepairLoss(session, loss, now);
    return repaired !== undefined && CHANNEL_KINDS[repaired.channel.kind].hasParity;
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
  if (repair === "until-playout") channel.history.keepFor(2 * (session.latencyMillis ?? 0));
  parity?.onAdmitted(session);
}
