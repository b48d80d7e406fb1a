import { Counters } from "../../../shared/core/counters.ts";
import { SequenceUnwrapper, unwrapNear } from "../../../shared/core/seq.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { Nack } from "../../../shared/rtcp/nack.ts";
import type { PacketReceipt } from "../../../shared/rtcp/app_messages.ts";
import { Budget } from "./budget.ts";
import type { Channel } from "../sending/channel.ts";
import type { Remembered } from "../sending/history.ts";
import { firstOf, type LateJoiners } from "../late/late_joiners.ts";
import { ListenerRepairs, type Way } from "./listener_repairs.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { Unanswered } from "../../interface/output.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import { slotDelay } from "../sending/slots.ts";
import { TimedQueue } from "../sending/timed_queue.ts";
import type { Session } from "../sessions/sessions.ts";
import { StormWatch } from "./storm_watch.ts";

/** Listeners that request a packet within this time get the same retransmission. */
const SHARED_MILLIS: Millis = 20;
/** The burst for retransmissions to all listeners, or a key frame or message if that is larger. */
const STORM_BURST_BYTES = 48_000;
/** What all listeners of a channel may use beyond what each has for itself: the whole bursts of five. */
const POOL_BYTES = 480_000;
/** So many times what is granted to one listener comes to that. */
const POOL_GRANTS = 8;
/** The longest time between two copies of a retransmission; the cause of a loss may be over by then. */
const COPY_SPACING_MILLIS: Millis = 4;
/** The last copy is sent this long before it would be too late, since it may take longer than others. */
const SPARE_MILLIS: Millis = 2;
/** Listeners repeat a NACK at about this interval, so the next try is this long after the hold-off. */
const REQUEST_INTERVAL_MILLIS: Millis = 5;
/** With fewer tries left than this, the next one may come too late, since its NACK may be lost as well. */
const SURELY_ONE_MORE = 1.2;
/** A listener is retransmitted this many times what it reports lost: lost copies, and tries in several copies. */
const TRIES_FOR_A_LOSS = 2.5;
/** Copies that wait for their time; further ones are dropped and counted. */
const MAX_WAITING = 2048;

export interface RetransmitterOptions {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly everyone: () => readonly Session[];
  /** How many that are. */
  readonly listenerCount: () => number;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  /** Answers requests for packets from before a listener joined, where it gets any. */
  readonly lateJoiners: Pick<LateJoiners, "request">;
  readonly now: Millis;
}

interface WaitingCopy {
  readonly to: readonly Session[];
  readonly datagram: Uint8Array;
}

/** A packet that a listener requests. */
interface Request {
  readonly session: Session;
  readonly sequence: ExtendedSequence;
  /** Whether the same NACK requests the packet before this one. */
  readonly isInRow: boolean;
}

/** How many copies of a retransmission are sent, and how far apart. */
interface Spread {
  readonly copies: number;
  readonly spacing: Millis;
}

/** The state of retransmission for one channel. */
interface ChannelState {
  readonly channel: Channel;
  readonly storms: StormWatch;
  readonly stormBudget: Budget;
  /** Of all listeners together: see {@linkcode ListenerRepairs.take}. */
  readonly pool: Budget;
  readonly listeners: WeakMap<Session, ListenerRepairs>;
  readonly made: WeakMap<Remembered, Retransmission>;
}

/** A packet of the RTX stream. */
interface Retransmission {
  /** Its sequence number there. */
  readonly number: ExtendedSequence;
  readonly datagram: Uint8Array;
  readonly madeAt: Millis;
}

/**
 * Answers NACKs. Listeners repeat a NACK every few milliseconds, since NACKs are lost too; therefore this
 * class decides when a packet is sent again. A listener gets it once an earlier retransmission cannot be
 * under way any more, in more copies the less time is left, within a budget. When many listeners request
 * the same packet, it is sent to all at once.
 */
export class Retransmitter {
  readonly #options: RetransmitterOptions;
  readonly #channels = new Map<number, ChannelState>();
  readonly #waiting = new TimedQueue<WaitingCopy>(MAX_WAITING);
  readonly #unanswered = new Counters<Unanswered>();

  constructor(options: RetransmitterOptions) {
    this.#options = options;
    for (const channel of options.channels) this.addChannel(channel, options.now);
  }

  addChannel(channel: Channel, now: Millis): void {
    const granted = this.#granted(channel, now);
    this.#channels.set(channel.ssrc, {
      channel,
      storms: new StormWatch(),
      stormBudget: new Budget(STORM_BURST_BYTES, granted),
      pool: new Budget(POOL_BYTES, granted * POOL_GRANTS),
      listeners: new WeakMap(),
      made: new WeakMap(),
    });
  }

  /** The channel has ended: its packets are not sent again any more. */
  removeChannel({ ssrc }: Channel): void {
    this.#channels.delete(ssrc);
  }

  /** Requested packets that were not sent again. */
  get unanswered(): Readonly<Partial<Record<Unanswered, number>>> {
    return this.#unanswered.snapshot();
  }

  /** When `advance` next has a copy to send. */
  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  /** @returns false when there is no such stream. */
  onNack(session: Session, { mediaSsrc, sequences }: Nack, now: Millis): boolean {
    const state = this.#channels.get(mediaSsrc);
    if (!state) return false;
    const { channel } = state;
    const unsent = this.#options.outbox.waiting(session.slot, mediaSsrc);
    const highest = channel.packetizer.nextSequence - 1 - unsent;
    const first = channel.entry ? firstOf(session, channel) ?? -Infinity : -Infinity;
    const unwrapper = new SequenceUnwrapper(highest);
    let before: ExtendedSequence | undefined;
    for (const number of sequences) {
      const sequence = unwrapper.peek(number as number);
      const isInRow = before !== undefined && sequence === before + 1;
      if (sequence > highest) this.#unanswered.add("neverSent");
      else if (sequence < first) this.#answerLate(channel, session, sequence, now);
      else this.#answer(state, { session, sequence, isInRow }, now);
      before = sequence;
    }
    return true;
  }

  /** A listener reports which packet arrived last. @returns false when there is no such stream. */
  onReceipt(session: Session, receipt: PacketReceipt, now: Millis): boolean {
    const { mediaSsrc, sequence, delaySince } = receipt;
    for (const state of this.#channels.values()) {
      const { channel: { ssrc, rtx, packetizer, history } } = state;
      if (mediaSsrc !== ssrc && mediaSsrc !== rtx.identity.ssrc) continue;
      const repairs = this.#repairsOf(state, session, now);
      const next = mediaSsrc === ssrc ? packetizer.nextSequence : rtx.nextSequence;
      const extended = unwrapNear(sequence as number, next - 1, 16);
      const original = mediaSsrc === ssrc ? history.get(extended, now) : undefined;
      const sentAt = mediaSsrc === ssrc
        ? original && sentTo(session, original)
        : repairs.sentAgainAt(extended) ?? state.storms.sentAt(extended);
      if (sentAt !== undefined) repairs.onArrived(sentAt, delaySince / 65.536, now);
      return true;
    }
    return false;
  }

  /** Sends the copies that are due. */
  advance(now: Millis): void {
    const take = () => this.#waiting.takeDue(now);
    for (let copy = take(); copy; copy = take()) {
      this.#options.outbox.sendRepair(copy.to, copy.datagram);
    }
  }

  #answerLate(channel: Channel, session: Session, sequence: ExtendedSequence, now: Millis): void {
    const why = this.#options.lateJoiners.request(session, channel, sequence, now);
    if (why) this.#unanswered.add(why);
  }

  #answer(state: ChannelState, request: Request, now: Millis): void {
    const { session, sequence, isInRow } = request;
    const remembered = state.channel.history.get(sequence, now);
    if (!remembered) return this.#unanswered.add("gone");
    const repairs = this.#repairsOf(state, session, now);
    const way = wayTo(session, state.channel);
    const originalAt = sentTo(session, remembered);
    if (!repairs.canMiss(originalAt, way, now)) return this.#unanswered.add("tooEarly");
    const sentAt = Math.max(repairs.tried(sequence).at, state.storms.sentToAllAt(sequence));
    if (!repairs.isDue(sentAt, way, now) || repairs.isResting(sequence, now)) return;
    if (this.#sendToAll(state, request, remembered, now)) return;
    const timeLeft = timeToPlay(state.channel, session, remembered, now);
    const wanted = copiesFor(state.channel, repairs, request, timeLeft);
    const copies = this.#allow(state, session, repairs, { copies: wanted, remembered }, now);
    if (typeof copies === "string") return this.#unanswered.add(copies);
    const { number, datagram } = this.#retransmission(state, remembered, now);
    repairs.onTry(sequence, { number, isInRow, copies, at: now });
    const spacing = Math.min(Math.max(timeLeft - SPARE_MILLIS, 0) / copies, COPY_SPACING_MILLIS);
    this.#send(session, datagram, { copies, spacing }, now);
  }

  #allow(
    { channel, pool }: ChannelState,
    session: Session,
    repairs: ListenerRepairs,
    { copies, remembered }: { readonly copies: number; readonly remembered: Remembered },
    now: Millis,
  ): ReturnType<ListenerRepairs["take"]> {
    const granted = this.#granted(channel, now);
    const bytes = remembered.datagram.length;
    repairs.raiseBurst(largestBytes(channel));
    const reason = reasonOf(channel, session, now);
    return repairs.take({ copies, bytes, granted, reason, pool, pooled: granted * POOL_GRANTS });
  }

  /** @returns whether so many listeners request the packet that all got it, once, who were not sent it before. */
  #sendToAll(
    state: ChannelState,
    { session, sequence }: Request,
    remembered: Remembered,
    now: Millis,
  ): boolean {
    if (state.storms.sentToAllAt(sequence) !== -Infinity) return false;
    const { everyone, listenerCount } = this.#options;
    if (!state.storms.isStorm(sequence, session, listenerCount(), now)) return false;
    const granted = this.#granted(state.channel, now);
    state.stormBudget.raiseBurst(largestBytes(state.channel));
    if (!state.stormBudget.take(remembered.datagram.length, granted)) return false;
    const { number, datagram } = this.#retransmission(state, remembered, now);
    state.storms.onSentToAll(sequence, number, now);
    const isFirst = (one: Session) => !state.listeners.get(one)?.wasTried(sequence);
    const to = everyone().filter((one) => one === session || isFirst(one));
    this.#options.outbox.sendRepair(to, datagram);
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

  /** Packed and encrypted once for all listeners that request the packet at about the same time. */
  #retransmission(
    { channel, made }: ChannelState,
    remembered: Remembered,
    now: Millis,
  ): Retransmission {
    const before = made.get(remembered);
    if (before && now - before.madeAt < SHARED_MILLIS) return before;
    const packet = channel.rtx.packRtx(remembered.datagram);
    const datagram = this.#options.protect(packet);
    const retransmission = { number: packet.sequence, datagram, madeAt: now };
    made.set(remembered, retransmission);
    return retransmission;
  }

  #repairsOf({ channel, listeners }: ChannelState, session: Session, now: Millis): ListenerRepairs {
    let repairs = listeners.get(session);
    if (!repairs) {
      const { maxMissing } = CHANNEL_KINDS[channel.kind];
      repairs = new ListenerRepairs(this.#granted(channel, now), maxMissing);
      listeners.set(session, repairs);
    }
    return repairs;
  }

  /** The bytes granted for retransmissions since the beginning: see {@linkcode Budget}. */
  #granted(channel: Channel, now: Millis): number {
    const { retransmission: rate } = CHANNEL_KINDS[channel.kind];
    return "bytesPerMilli" in rate
      ? (now - this.#options.now) * rate.bytesPerMilli
      : channel.packetizer.octetCount * rate.shareOfStream;
  }
}

function wayTo(session: Session, { ssrc, clockRate }: Channel): Way {
  const { holdOffMillis, roundTrip: { smoothed, variation } } = session;
  const shortestMillis = Math.max(smoothed - 2 * variation, 0);
  return { holdOffMillis, shortestMillis, jitterMillis: session.jitterMillis(ssrc, clockRate) };
}

/**
 * How many copies are sent: one at first, one more with each try, another one when no later try can be in
 * time. Twice as many on a path with bursts of losses, where a single copy is lost in the same burst. What is too late
 * already needs no haste: the request waited for a host that stood still.
 */
function copiesFor(
  { kind }: Channel,
  repairs: ListenerRepairs,
  { session, sequence }: Request,
  timeLeft: Millis,
): number {
  if (repairs.isHopeless(sequence)) return 1;
  const { count: triesBefore } = repairs.tried(sequence);
  const { repair, maxCopies } = CHANNEL_KINDS[kind];
  if (repair === "for-ever") return Math.min(1 + triesBefore, maxCopies);
  const triesLeft = timeLeft / (session.holdOffMillis + REQUEST_INTERVAL_MILLIS);
  const copies = (1 + triesBefore) * (repairs.pattern.isBursty ? 2 : 1);
  const isLast = timeLeft > 0 && triesLeft < SURELY_ONE_MORE;
  return Math.min(copies + (isLast ? 1 : 0), maxCopies);
}

/** When a packet was sent to this listener. */
function sentTo({ slot }: Session, { sentAt, spreadMillis }: Remembered): Millis {
  return sentAt + slotDelay(slot, spreadMillis);
}

/**
 * For which part of a listener's budget its losses are a reason. What it requests beyond that was late and not lost;
 * if the listener, the path or this host has too much to do, retransmissions would make packets later still.
 */
function reasonOf({ kind, ssrc }: Channel, session: Session, now: Millis): number {
  const { retransmission: rate } = CHANNEL_KINDS[kind];
  if (!("shareOfStream" in rate) || rate.withoutLoss === undefined) return 1;
  const lost = session.lossShare(ssrc, now) ?? 1;
  return Math.min((rate.withoutLoss + TRIES_FOR_A_LOSS * lost) / rate.shareOfStream, 1);
}

/** A key frame or a message may be lost as a whole, so a burst of repairs may be as large. */
function largestBytes({ entry }: Channel): number {
  return entry?.largestBytes ?? 0;
}

/** The time until it is too late to play a packet; what is repaired for ever is never too late. */
function timeToPlay(
  { kind }: Channel,
  session: Session,
  { readyAt, spreadMillis }: Remembered,
  now: Millis,
): Millis {
  const { repair } = CHANNEL_KINDS[kind];
  const { latencyMillis = Infinity, slot, admission: { isLatencyFixed } } = session;
  // A latency that counts from arrival begins when its slot does.
  const since = readyAt + (isLatencyFixed ? 0 : slotDelay(slot, spreadMillis));
  const timeLeft = repair === "for-ever" ? Infinity : latencyMillis - (now - since);
  // A message is still shown after its time if no newer one was.
  return repair === "until-dropped" && timeLeft <= 0 ? Infinity : timeLeft;
}
