import { type Millis, type RtpTicks, ticksToMillis } from "../../../shared/core/units.ts";
import type { Parity, Protection } from "../../../shared/rtp/fec.ts";
import { countOf, type PostRepairLoss } from "../../../shared/rtcp/extended_reports.ts";
import type { Channel } from "../sending/channel.ts";
import type { RepairStream } from "../sending/repair_stream.ts";
import type { Outbox } from "../sending/outbox.ts";
import { TimedQueue } from "../sending/timed_queue.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import { ParityEncoder } from "./parity_encoder.ts";
import { ParityNeed } from "./parity_need.ts";
import type { Session } from "../sessions/sessions.ts";

/** Assumed for a listener that did not give its latency. */
const USUAL_LATENCY_MILLIS: Millis = 200;
/** The time from packet to packet is measured over this many packets. */
const PACED_PACKETS = 64;
/** A longer step in media time is a pause of the source. */
const PAUSE_MILLIS: Millis = 1000;
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

/** The listeners that get the same parity. */
interface Group {
  readonly protection: Protection;
  readonly encoder: ParityEncoder;
  /** The list is replaced, never changed in place, since it is read when the parity is sent. */
  members: readonly Session[];
}

interface WaitingParity {
  readonly parity: Parity;
  readonly group: Group;
}

/**
 * Sends parity to those listeners of one channel that need it. Listeners with the same protection share an
 * encoder, and each parity packet is encrypted once.
 *
 * The parity of a column is sent when the next packet of that column would be: a burst that takes the last
 * packet of the column then does not take the parity as well.
 */
export class ParitySender {
  readonly #options: ParitySenderOptions;
  readonly #groups = new Map<string, Group>();
  readonly #needs = new WeakMap<Session, ParityNeed>();
  readonly #waiting = new TimedQueue<WaitingParity>(MAX_WAITING);
  /** The media times of the newest packets. */
  #times: Millis[] = [];
  #ticks: RtpTicks = 0;

  constructor(options: ParitySenderOptions) {
    this.#options = options;
  }

  /** When `advance` next has parity to send. */
  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  onAdmitted(session: Session): void {
    const { fixed } = this.#options;
    if (fixed) this.#regroup(session, fixed);
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
      latencyMillis: session.latencyMillis ?? USUAL_LATENCY_MILLIS,
      packetMillis: this.#packetMillis,
    }, now);
    this.#regroup(session, need.protection);
  }

  /** Takes each packet of the channel as it is sent, before encryption. */
  onPacket(packet: StreamPacket, ticks: RtpTicks, now: Millis): void {
    this.#measure(ticks);
    const packetMillis = this.#packetMillis;
    this.#forgetWhoLeft();
    for (const group of this.#groups.values()) {
      for (const parity of group.encoder.push(packet)) {
        const { columns, rows } = group.protection;
        const slots = parity.rows === rows ? columns : 1;
        const isKept = this.#waiting.push({ parity, group }, now + (slots - 0.5) * packetMillis);
        if (!isKept) this.#options.outbox.leaveOut(group.members.length);
      }
    }
  }

  /** Sends the parity that is due. */
  advance(now: Millis): void {
    const { channel, stream, outbox, protect } = this.#options;
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

  #forgetWhoLeft(): void {
    for (const [key, group] of this.#groups) {
      const stays = group.members.filter(({ hasLeft }) => !hasLeft);
      if (stays.length < group.members.length) group.members = stays;
      if (stays.length === 0) this.#groups.delete(key);
    }
  }

  #regroup(session: Session, protection: Protection | undefined): void {
    const wanted = protection && keyOf(protection);
    for (const [key, group] of this.#groups) {
      const isIn = group.members.includes(session);
      const stays = group.members.filter((member) => !member.hasLeft && member !== session);
      if (key === wanted && !session.hasLeft) {
        if (!isIn) group.members = [...stays, session];
      } else if (stays.length < group.members.length) group.members = stays;
    }
    if (!wanted || this.#groups.has(wanted)) return;
    const encoder = new ParityEncoder(protection, this.#options.channel.ssrc);
    this.#groups.set(wanted, { protection, encoder, members: [session] });
  }

  #measure(ticks: RtpTicks): void {
    this.#ticks = ticks;
    const time = ticksToMillis(ticks, this.#options.channel.clockRate);
    if (time - (this.#times.at(-1) ?? time) > PAUSE_MILLIS) this.#times = [];
    this.#times.push(time);
    if (this.#times.length > PACED_PACKETS) this.#times.shift();
  }

  /** The time from one packet to the next; 0 until it is known. */
  get #packetMillis(): Millis {
    const { length } = this.#times;
    return length < 2 ? 0 : (this.#times.at(-1)! - this.#times[0]!) / (length - 1);
  }
}

function keyOf({ columns, rows, hasRowParity }: Protection): string {
  return `${columns} ${rows} ${hasRowParity}`;
}
