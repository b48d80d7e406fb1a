/*
 * Repair of lost packets. Retransmission (RFC 4585, RFC 4588) answers the NACKs of a listener; parity
 * (RFC 8627) is sent along with channels of a kind that has it, where a retransmission would come too late.
 *
 * In: each packet as it is sent, in clear; and what a listener reports: NACKs, which packet came
 * last, which packets it could not play.
 * Out: repair packets for the outbox, encrypted once for all listeners that get the same packet.
 *
 * This file opens both and decides who gets parity. Read next: retransmit.ts (when, how often and to whom a
 * packet is sent again), with listener_repairs.ts, budget.ts and storm_watch.ts beside it; then
 * parity_need.ts (which protection a listener needs), parity_sender.ts and parity_encoder.ts.
 */

import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { PostRepairLoss } from "../../../shared/rtcp/extended_reports.ts";
import type { Channel } from "../../channel/channel.ts";
import type { RepairWays } from "../../interface/config.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";
import { ParitySender } from "./parity_sender.ts";
import { Retransmitter } from "./retransmit.ts";
import type { Session, SessionTable } from "../sessions/sessions.ts";

export interface RepairsOptions {
  /** Undefined: all ways of repair, as needed. */
  readonly ways: RepairWays | undefined;
  readonly channels: readonly Channel[];
  readonly sessions: SessionTable;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  readonly now: Millis;
}

/** Opens retransmission for all channels, and parity for those of a kind that has it. */
export class Repairs {
  readonly retransmitter: Retransmitter;
  readonly #options: RepairsOptions;
  readonly #channels = new Map<number, Channel>();
  /** By the SSRC of the channel; empty where parity is never sent. */
  readonly #parity = new Map<number, ParitySender>();

  constructor(options: RepairsOptions) {
    const { channels, sessions, outbox, protect, now } = options;
    this.#options = options;
    const everyone = () => sessions.all;
    this.retransmitter = new Retransmitter({ outbox, channels, everyone, protect, now });
    for (const channel of channels) this.#take(channel);
  }

  /** A channel begins; listeners may have joined before. */
  addChannel(channel: Channel, now: Millis): void {
    this.retransmitter.addChannel(channel, now);
    this.#take(channel);
    for (const session of this.#options.sessions.all) this.#onAdmittedTo(channel, session);
  }

  /** A channel has ended, and nothing of it is sent any more, not even to repair it. */
  removeChannel(channel: Channel): void {
    this.retransmitter.removeChannel(channel);
    this.#channels.delete(channel.ssrc);
    this.#parity.delete(channel.ssrc);
  }

  #take(channel: Channel): void {
    this.#channels.set(channel.ssrc, channel);
    const { ways, outbox, protect } = this.#options;
    const { parity = "as-needed" } = ways ?? {};
    const { fec: stream, kind, ssrc } = channel;
    if (!CHANNEL_KINDS[kind].hasParity || !stream || parity === "never") return;
    const fixed = parity === "as-needed" ? undefined : parity;
    this.#parity.set(ssrc, new ParitySender({ channel, stream, outbox, protect, fixed }));
  }

  /** When a retransmission or a parity packet is next to be sent. */
  get deadline(): Millis {
    const parity = [...this.#parity.values()].map(({ deadline }) => deadline);
    return Math.min(this.retransmitter.deadline, ...parity);
  }

  advance(now: Millis): void {
    this.retransmitter.advance(now);
    for (const parity of this.#parity.values()) parity.advance(now);
  }

  /** Takes each packet of a channel as it is sent, before encryption. */
  onPacket({ ssrc }: Channel, packet: StreamPacket, ticks: RtpTicks, now: Millis): void {
    this.#parity.get(ssrc)?.onPacket(packet, ticks, now);
  }

  onAdmitted(session: Session): void {
    for (const channel of this.#channels.values()) this.#onAdmittedTo(channel, session);
  }

  /**
   * Packets that are repaired until playout are kept for twice the latency of the listener, since the
   * listener may request them for that long.
   */
  #onAdmittedTo({ ssrc, kind, history }: Channel, session: Session): void {
    const { repair } = CHANNEL_KINDS[kind];
    if (repair === "until-playout") history.keepFor(2 * (session.latencyMillis ?? 0));
    this.#parity.get(ssrc)?.onAdmitted(session);
  }

  /** A listener reports which packets it could not play. @returns false when no such stream has parity. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): boolean {
    this.#parity.get(loss.mediaSsrc)?.onPostRepairLoss(session, loss, now);
    const channel = this.#channels.get(loss.mediaSsrc);
    return channel !== undefined && CHANNEL_KINDS[channel.kind].hasParity;
  }

  /** The channel's packets have all been sent: parity that waits for its time is sent at once. */
  endChannel({ ssrc }: Channel): void {
    this.#parity.get(ssrc)?.end();
  }

  /** The broadcast ends: parity of all channels that waits for its time is sent at once, before the BYE. */
  end(): void {
    for (const parity of this.#parity.values()) parity.end();
  }
}
