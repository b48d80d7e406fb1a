import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import type { Parity, Protection } from "../../../shared/rtp/fec.ts";
import { countOf, type PostRepairLoss } from "../../../shared/rtcp/extended_reports.ts";
import type { Channel } from "../sending/channel.ts";
import type { RepairStream } from "../sending/repair_stream.ts";
import type { Outbox } from "../sending/outbox.ts";
import { slotDelay } from "../sending/slots.ts";
import { TimedQueue } from "../sending/timed_queue.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import { ParityEncoder } from "./parity_encoder.ts";
import { FramesPace, type Leaving, MediaPace, type PacketPace } from "./packet_pace.ts";
import { type ParityGroup, ParityGroups } from "./parity_groups.ts";
import { ParityNeed } from "./parity_need.ts";
import type { Session } from "../sessions/sessions.ts";

/** Assumed for a listener that did not give its latency. */
const USUAL_LATENCY_MILLIS: Millis = 200;
/** Parity packets that wait for their time; further ones are dropped and counted. */
const MAX_WAITING = 256;

export interface ParitySenderOptions {
  readonly channel: Channel;
  readonly stream: RepairStream;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  /** The protection that every listener gets; absent: each gets what it needs. */
  readonly fixed?: Protection;
}

interface WaitingParity {
  readonly parity: Parity;
  readonly group: ParityGroup;
}

/**
 * Sends parity to those listeners of one channel that need it. Listeners with the same protection share an
 * encoder, and each parity packet is encrypted once.
 *
 * The parity of a column is sent when the next packet of that column would be: a burst that takes the last
 * packet of the column then does not take the parity as well. The packets of frames come at irregular times, so
 * a block of them ends after its usual time, full or not.
 */
export class ParitySender {
  readonly #options: ParitySenderOptions;
  readonly #groups: ParityGroups;
  readonly #needs = new WeakMap<Session, ParityNeed>();
  readonly #waiting = new TimedQueue<WaitingParity>(MAX_WAITING);
  readonly #pace: PacketPace;
  /** Whether its packets belong to frames, and so come at irregular times. */
  readonly #hasFrames: boolean;
  #ticks: RtpTicks = 0;

  constructor(options: ParitySenderOptions) {
    const { keyFrames, clockRate } = options.channel;
    this.#options = options;
    this.#groups = new ParityGroups((protection) => this.#openEncoder(protection));
    this.#hasFrames = keyFrames !== undefined;
    this.#pace = this.#hasFrames ? new FramesPace() : new MediaPace(clockRate);
  }

  /** When `advance` next has parity to send. */
  get deadline(): Millis {
    let earliest = this.#waiting.deadline;
    for (const { closesAt } of this.#groups.all) earliest = Math.min(earliest, closesAt);
    return earliest;
  }

  onAdmitted(session: Session): void {
    const { fixed } = this.#options;
    if (fixed) this.#groups.put(session, fixed);
  }

  /** A listener reports which packets it could not play. */
  onPostRepairLoss(session: Session, loss: PostRepairLoss, now: Millis): void {
    const { channel, fixed } = this.#options;
    if (fixed || loss.mediaSsrc !== channel.ssrc) return;
    const need = this.#needs.get(session) ?? new ParityNeed();
    this.#needs.set(session, need);
    need.onReport({ packets: countOf(loss), lost: loss.lost, repaired: loss.repaired }, {
      roundTripMillis: session.roundTrip.smoothed,
      jitterMillis: session.jitterMillis(channel.ssrc, channel.clockRate),
      latencyMillis: this.#latencyFor(session),
      packetMillis: this.#pace.packetMillis,
    }, now);
    this.#groups.put(session, need.protection);
  }

  /** A packet that waited for its turn has that much less time, and one with a slot if that time counts from sending. */
  #latencyFor({ latencyMillis = USUAL_LATENCY_MILLIS, slot, admission }: Session): Millis {
    const { spreadMillis } = this.#options.outbox;
    const waited = admission.isLatencyFixed ? slotDelay(slot, spreadMillis) : 0;
    return latencyMillis - this.#pace.heldMillis - waited;
  }

  /** Takes each packet of the channel as it is sent, before encryption. */
  onPacket(packet: StreamPacket, { ticks, readyAt }: Leaving, now: Millis): void {
    this.#ticks = ticks;
    this.#pace.onPacket({ ticks, readyAt }, now);
    for (const group of this.#groups.all) this.#protect(packet, group, now);
  }

  #protect(packet: StreamPacket, group: ParityGroup, now: Millis): void {
    const { encoder, protection: { columns, rows } } = group;
    const { packetMillis } = this.#pace;
    const usual = columns * rows * packetMillis;
    if (this.#hasFrames && !encoder.isOpen) group.closesAt = now + this.#longest(usual);
    for (const parity of encoder.push(packet)) {
      const slots = parity.rows === rows ? columns : 1;
      this.#keep({ parity, group }, now + (slots - 0.5) * packetMillis);
    }
    if (!encoder.isOpen) group.closesAt = Infinity;
  }

  /** A block for what a listener needs fits into its latency; a fixed one is for any. */
  #longest(usual: Millis): Millis {
    const isForAny = this.#options.fixed !== undefined || usual === 0;
    return isForAny ? Math.min(usual || Infinity, USUAL_LATENCY_MILLIS / 2) : usual;
  }

  #keep(waiting: WaitingParity, at: Millis): void {
    const isKept = this.#waiting.push(waiting, at);
    if (!isKept) this.#options.outbox.leaveOut(waiting.group.size);
  }

  /** The next packets of these blocks would come too late. */
  #closeBlocks(now: Millis): void {
    for (const group of this.#groups.all) {
      if (now < group.closesAt) continue;
      group.closesAt = Infinity;
      for (const parity of group.encoder.close()) this.#keep({ parity, group }, now);
    }
  }

  /** Sends the parity that is due. */
  advance(now: Millis): void {
    const { channel, stream, outbox, protect } = this.#options;
    if (this.#hasFrames) this.#closeBlocks(now);
    const take = () => this.#waiting.takeDue(now);
    for (let waiting = take(); waiting; waiting = take()) {
      const timestamp = channel.packetizer.timestampAt(this.#ticks);
      const packet = stream.packParity(waiting.parity, timestamp);
      outbox.sendParity(waiting.group.members, protect(packet));
    }
  }

  /** The channel has ended: parity that waits for its time is sent at once, before the BYE. */
  end(): void {
    this.advance(Infinity);
  }

  /** The listener has left. */
  onLeft(session: Session): void {
    this.#groups.remove(session);
  }

  #openEncoder(protection: Protection): ParityEncoder {
    const { ssrc } = this.#options.channel;
    return new ParityEncoder(protection, ssrc, { mayClose: this.#hasFrames });
  }
}
