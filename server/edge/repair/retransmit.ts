import { Counters } from "../../../shared/core/counters.ts";
import { SequenceUnwrapper } from "../../../shared/core/seq.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { Nack } from "../../../shared/rtcp/nack.ts";
import type { PacketReceipt } from "../../../shared/rtcp/packet_receipt.ts";
import { Budget } from "./budget.ts";
import type { Channel } from "../../channel/channel.ts";
import type { Remembered } from "../sending/history.ts";
import { ListenerRepairs } from "./listener_repairs.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { Unanswered } from "../../interface/output.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";
import { TimedQueue } from "../sending/timed_queue.ts";
import type { Session } from "../sessions/sessions.ts";
import { StormWatch } from "./storm_watch.ts";

/** All who ask within this time share the bytes of a retransmission. */
const SHARED_MILLIS: Millis = 20;
/** Sound: a listener is sent again at most this share of the stream's bytes, above its burst. */
const SHARE_OF_STREAM = 0.5;
/** Storms: everybody together, likewise. */
const STORM_BURST_BYTES = 48_000;
/** Events come seldom, and a late joiner wants them all: bytes per millisecond, 256 kbit/s. */
const EVENT_BYTES_PER_MILLI = 32;
/** Each copy leaves at most this much after the one before, so that what took that may be over; */
const COPY_SPACING_MILLIS: Millis = 4;
/** the last one this much before it would be too late: it may take longer than the fastest. */
const SPARE_MILLIS: Millis = 2;
/** Listeners ask again about this often: one more try comes so much after the hold-off. */
const REQUEST_INTERVAL_MILLIS: Millis = 5;
const MAX_COPIES = 8;
/** With less, the next try may be the one that is too late: its request can get lost as well. */
const SURELY_ONE_MORE = 1.2;
/** Copies that wait for their time; more are left out. */
const MAX_WAITING = 2048;

export interface RetransmitterOptions {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly everyone: () => readonly Session[];
  readonly protect: (packet: StreamPacket) => Uint8Array;
  readonly now: Millis;
}

interface WaitingCopy {
  readonly to: readonly Session[];
  readonly datagram: Uint8Array;
}

/** A packet that a listener asks for. */
interface Request {
  readonly session: Session;
  readonly sequence: ExtendedSequence;
  /** Whether it asks for the packet before this one in the same breath. */
  readonly isInRow: boolean;
}

/** How a packet is sent again at one time. */
interface Spread {
  readonly copies: number;
  readonly spacing: Millis;
}

/** What retransmission knows of a channel. */
interface Desk {
  readonly channel: Channel;
  readonly storms: StormWatch;
  readonly stormBudget: Budget;
  readonly listeners: WeakMap<Session, ListenerRepairs>;
  readonly made: WeakMap<Remembered, Retransmission>;
}

/** A packet as it is sent again. */
interface Retransmission {
  /** Among the packets sent again. */
  readonly number: ExtendedSequence;
  readonly datagram: Uint8Array;
  readonly madeAt: Millis;
}

/**
 * Answers requests for lost packets. Listeners repeat those every few milliseconds, since requests
 * are lost too; so it is here that is decided when a packet goes out again: to each listener when what it
 * was sent before can't be under way any more, in more copies the later it is, within a budget, and at once
 * to all where many ask.
 */
export class Retransmitter {
  readonly #options: RetransmitterOptions;
  readonly #desks = new Map<number, Desk>();
  readonly #waiting = new TimedQueue<WaitingCopy>(MAX_WAITING);
  readonly #unanswered = new Counters<Unanswered>();

  constructor(options: RetransmitterOptions) {
    this.#options = options;
    for (const channel of options.channels) this.addChannel(channel, options.now);
  }

  addChannel(channel: Channel, now: Millis): void {
    this.#desks.set(channel.ssrc, {
      channel,
      storms: new StormWatch(),
      stormBudget: new Budget(STORM_BURST_BYTES, this.#granted(channel, now)),
      listeners: new WeakMap(),
      made: new WeakMap(),
    });
  }

  /** Packets that were asked for and not sent again. */
  get unanswered(): Readonly<Partial<Record<Unanswered, number>>> {
    return this.#unanswered.snapshot();
  }

  /** When `advance` next has a copy to send. */
  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  /** @returns false when there is no such stream. */
  onNack(session: Session, { mediaSsrc, sequences }: Nack, now: Millis): boolean {
    const desk = this.#desks.get(mediaSsrc);
    if (!desk) return false;
    const highest = desk.channel.packetizer.nextSequence - 1;
    const unwrapper = new SequenceUnwrapper(highest);
    let before: ExtendedSequence | undefined;
    for (const number of sequences) {
      const sequence = unwrapper.peek(number as number);
      const isInRow = before !== undefined && sequence === before + 1;
      if (sequence > highest) this.#unanswered.add("neverSent");
      else this.#answer(desk, { session, sequence, isInRow }, now);
      before = sequence;
    }
    return true;
  }

  /** A listener says which packet came last. @returns false when there is no such stream. */
  onReceipt(session: Session, receipt: PacketReceipt, now: Millis): boolean {
    const { mediaSsrc, sequence, delaySince } = receipt;
    for (const desk of this.#desks.values()) {
      const { channel: { ssrc, rtx, packetizer, history } } = desk;
      if (mediaSsrc !== ssrc && mediaSsrc !== rtx.identity.ssrc) continue;
      const repairs = this.#repairsOf(desk, session, now);
      const next = mediaSsrc === ssrc ? packetizer.nextSequence : rtx.nextSequence;
      const extended = new SequenceUnwrapper(next - 1).peek(sequence as number);
      const sentAt = mediaSsrc === ssrc
        ? history.get(extended, now)?.sentAt
        : repairs.sentAgainAt(extended);
      if (sentAt !== undefined) repairs.onCame(sentAt, delaySince / 65.536);
      return true;
    }
    return false;
  }

  /** Sends the second copies whose time has come. */
  advance(now: Millis): void {
    const take = () => this.#waiting.takeDue(now);
    for (let copy = take(); copy; copy = take()) {
      this.#options.outbox.sendRepair(copy.to, copy.datagram);
    }
  }

  #answer(desk: Desk, request: Request, now: Millis): void {
    const { session, sequence, isInRow } = request;
    const { holdOffMillis } = session;
    const remembered = desk.channel.history.get(sequence, now);
    if (!remembered) return this.#unanswered.add("gone");
    const repairs = this.#repairsOf(desk, session, now);
    if (now - desk.storms.sentToAllAt(sequence) < holdOffMillis) return;
    const jitterMillis = session.jitterMillis(desk.channel.ssrc, desk.channel.clockRate);
    if (!repairs.isDue(sequence, { holdOffMillis, jitterMillis }, now)) return;
    if (this.#calmStorm(desk, request, remembered, now)) return;
    const timeLeft = timeToPlay(desk.channel, session) - (now - remembered.sentAt);
    const wanted = copiesFor(desk.channel, repairs, request, timeLeft);
    const granted = this.#granted(desk.channel, now);
    const copies = repairs.budget.takeUpTo(wanted, remembered.datagram.length, granted);
    if (copies === 0) return this.#unanswered.add("overBudget");
    const { number, datagram } = this.#retransmission(desk, remembered, now);
    repairs.onTry(sequence, { number, isInRow, at: now });
    const spacing = Math.min(Math.max(timeLeft - SPARE_MILLIS, 0) / copies, COPY_SPACING_MILLIS);
    this.#send(session, datagram, { copies, spacing }, now);
  }

  /** @returns whether so many ask that the packet went to all. */
  #calmStorm(
    desk: Desk,
    { session, sequence }: Request,
    remembered: Remembered,
    now: Millis,
  ): boolean {
    const everyone = this.#options.everyone();
    if (!desk.storms.isStorm(sequence, session, everyone.length, now)) return false;
    const granted = this.#granted(desk.channel, now);
    if (!desk.stormBudget.take(remembered.datagram.length, granted)) return false;
    desk.storms.onSentToAll(sequence, now);
    this.#options.outbox.sendRepair(everyone, this.#retransmission(desk, remembered, now).datagram);
    return true;
  }

  #send(session: Session, datagram: Uint8Array, { copies, spacing }: Spread, now: Millis): void {
    const { outbox } = this.#options;
    outbox.sendRepair(session.alone, datagram);
    for (let copy = 1; copy < copies; copy++) {
      const isKept = this.#waiting.push({ to: session.alone, datagram }, now + copy * spacing);
      if (!isKept) return outbox.leaveOut(copies - copy);
    }
  }

  /** Made, and made secret, once for all who ask at about the same time. */
  #retransmission({ channel, made }: Desk, remembered: Remembered, now: Millis): Retransmission {
    const before = made.get(remembered);
    if (before && now - before.madeAt < SHARED_MILLIS) return before;
    const packet = channel.rtx.packRtx(remembered.datagram);
    const datagram = this.#options.protect(packet);
    const retransmission = { number: packet.sequence, datagram, madeAt: now };
    made.set(remembered, retransmission);
    return retransmission;
  }

  #repairsOf({ channel, listeners }: Desk, session: Session, now: Millis): ListenerRepairs {
    let repairs = listeners.get(session);
    if (!repairs) {
      repairs = new ListenerRepairs(this.#granted(channel, now));
      listeners.set(session, repairs);
    }
    return repairs;
  }

  /** All that may be sent again so far, since the beginning: see {@linkcode Budget}. */
  #granted(channel: Channel, now: Millis): number {
    return channel.name === "events"
      ? (now - this.#options.now) * EVENT_BYTES_PER_MILLI
      : channel.packetizer.octetCount * SHARE_OF_STREAM;
  }
}

/**
 * One copy at first, one more with each try, another one when no later try can come in time. Where losses
 * come in bursts a single copy is lost in the same burst: there it is twice as many.
 */
function copiesFor(
  { name }: Channel,
  repairs: ListenerRepairs,
  { session, sequence }: Request,
  timeLeft: Millis,
): number {
  const { count: triesBefore } = repairs.tried(sequence);
  if (name !== "audio") return Math.min(1 + triesBefore, 2);
  const triesLeft = timeLeft / (session.holdOffMillis + REQUEST_INTERVAL_MILLIS);
  const copies = (1 + triesBefore) * (repairs.pattern.isBursty ? 2 : 1);
  return Math.min(copies + (triesLeft < SURELY_ONE_MORE ? 1 : 0), MAX_COPIES);
}

/** From when a packet was sent first until it is too late. Events have all the time in the world. */
function timeToPlay({ name }: Channel, { latencyMillis }: Session): Millis {
  return name === "audio" ? latencyMillis ?? Infinity : Infinity;
}
