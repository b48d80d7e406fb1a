import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import type { Nack } from "../../../shared/rtcp/nack.ts";
import type { PacketReceipt } from "../../../shared/rtcp/packet_receipt.ts";
import type { PostRepairLoss } from "../../../shared/rtcp/post_repair.ts";
import type { Channel } from "../../channel/channel.ts";
import type { RepairWays } from "../../interface/config.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { Unanswered } from "../../interface/output.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";
import { ParitySender } from "./parity_sender.ts";
import { Retransmitter } from "./retransmit.ts";
import type { Session, SessionTable } from "../sessions/sessions.ts";

export interface RepairsOptions {
  readonly config: RepairWays | undefined;
  readonly channels: readonly Channel[];
  readonly sessions: SessionTable;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  readonly now: Millis;
}

/**
 * What helps listeners that lose packets: those are sent again where they are asked for, and parity goes
 * along where asking would take too long.
 */
export class Repairs {
  readonly #options: RepairsOptions;
  readonly #retransmitter: Retransmitter;
  #audio: Channel | undefined;
  #parity: ParitySender | undefined;

  constructor(options: RepairsOptions) {
    const { channels, sessions, outbox, protect, now } = options;
    this.#options = options;
    const everyone = () => sessions.all;
    this.#retransmitter = new Retransmitter({ outbox, channels, everyone, protect, now });
    const audio = channels.find(({ name }) => name === "audio");
    if (audio) this.#takeAudio(audio);
  }

  /** Sound begins when listeners may be in already. */
  addAudio(audio: Channel, now: Millis): void {
    this.#retransmitter.addChannel(audio, now);
    this.#takeAudio(audio);
    for (const session of this.#options.sessions.all) this.onAdmitted(session);
  }

  #takeAudio(audio: Channel): void {
    this.#audio = audio;
    const { config, outbox, protect } = this.#options;
    const { parity = "as-needed" } = config ?? {};
    if (!audio.fec || parity === "never") return;
    const fixed = parity === "as-needed" ? {} : { fixed: parity };
    this.#parity = new ParitySender({
      ...{ channel: audio, stream: audio.fec, outbox, protect },
      ...fixed,
    });
  }

  /** When packets are next to be sent again. */
  get resendDeadline(): Millis {
    return this.#retransmitter.deadline;
  }

  /** When packets or parity are next to be sent. */
  get deadline(): Millis {
    return Math.min(this.resendDeadline, this.#parity?.deadline ?? Infinity);
  }

  /** Packets that were asked for and not sent again. */
  get unanswered(): Readonly<Partial<Record<Unanswered, number>>> {
    return this.#retransmitter.unanswered;
  }

  advance(now: Millis): void {
    this.#retransmitter.advance(now);
    this.#parity?.advance(now);
  }

  /** Takes each packet of sound as it is sent, in clear. */
  onSound(packet: StreamPacket, ticks: RtpTicks, now: Millis): void {
    this.#parity?.onPacket(packet, ticks, now);
  }

  /** No sound follows: parity that waits leaves at once. */
  endSound(): void {
    this.#parity?.end();
  }

  /** For as long as it holds sound back, twice over, it may ask for what it misses. */
  onAdmitted(session: Session): void {
    this.#audio?.history.keepFor(2 * (session.latencyMillis ?? 0));
    this.#parity?.onAdmitted(session);
  }

  /** A listener asks for packets. @returns false when there is no such stream. */
  onNack(session: Session, nack: Nack, now: Millis): boolean {
    return this.#retransmitter.onNack(session, nack, now);
  }

  /** A listener says what came last. @returns false when there is no such stream. */
  onReceipt(session: Session, receipt: PacketReceipt, now: Millis): boolean {
    return this.#retransmitter.onReceipt(session, receipt, now);
  }

  /** A listener says what it could not play. @returns false when there is no such stream. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): boolean {
    this.#parity?.onPostRepairLoss(session, loss, now);
    return loss.mediaSsrc === this.#audio?.ssrc;
  }
}
