/*
 * Repair of lost packets. Retransmission (RFC 4585, RFC 4588) answers the NACKs of a listener; parity
 * (RFC 8627) is sent along with the sound where a retransmission would come too late.
 *
 * In: each packet of sound as it is sent, in clear; and what a listener reports: NACKs, which packet came
 * last, which packets it could not play.
 * Out: repair packets for the outbox, encrypted once for all listeners that get the same packet.
 *
 * This file opens both and decides who gets parity. Read next: retransmit.ts (when, how often and to whom a
 * packet is sent again), with listener_repairs.ts, budget.ts and storm_watch.ts beside it; then
 * parity_need.ts (which protection a listener needs), parity_sender.ts and parity_encoder.ts.
 */

import type { Millis } from "../../../shared/core/units.ts";
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

/** Opens retransmission for all channels, and parity for the sound. */
export class Repairs {
  readonly retransmitter: Retransmitter;
  readonly #options: RepairsOptions;
  #audio: Channel | undefined;
  #parity: ParitySender | undefined;

  constructor(options: RepairsOptions) {
    const { channels, sessions, outbox, protect, now } = options;
    this.#options = options;
    const everyone = () => sessions.all;
    this.retransmitter = new Retransmitter({ outbox, channels, everyone, protect, now });
    const audio = channels.find(({ name }) => name === "audio");
    if (audio) this.#takeAudio(audio);
  }

  /** Undefined while there is no sound, and where parity is never sent. */
  get parity(): ParitySender | undefined {
    return this.#parity;
  }

  /** The channel of sound begins; listeners may have joined before. */
  openAudio(audio: Channel, now: Millis): void {
    this.retransmitter.addChannel(audio, now);
    this.#takeAudio(audio);
    for (const session of this.#options.sessions.all) this.onAdmitted(session);
  }

  #takeAudio(audio: Channel): void {
    this.#audio = audio;
    const { ways, outbox, protect } = this.#options;
    const { parity = "as-needed" } = ways ?? {};
    if (!audio.fec || parity === "never") return;
    this.#parity = new ParitySender({
      channel: audio,
      stream: audio.fec,
      outbox,
      protect,
      fixed: parity === "as-needed" ? undefined : parity,
    });
  }

  /** When a retransmission or a parity packet is next to be sent. */
  get deadline(): Millis {
    return Math.min(this.retransmitter.deadline, this.#parity?.deadline ?? Infinity);
  }

  advance(now: Millis): void {
    this.retransmitter.advance(now);
    this.#parity?.advance(now);
  }

  /** Sound is kept for twice the latency of the listener, since the listener may request it for that long. */
  onAdmitted(session: Session): void {
    this.#audio?.history.keepFor(2 * (session.latencyMillis ?? 0));
    this.#parity?.onAdmitted(session);
  }

  /** A listener reports which packets it could not play. @returns false when there is no such stream. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): boolean {
    this.#parity?.onPostRepairLoss(session, loss, now);
    return loss.mediaSsrc === this.#audio?.ssrc;
  }
}
