import { Counters } from "../core/counters.ts";
import { unwrapNear } from "../core/seq.ts";
import type { Millis } from "../core/units.ts";
import { FRAGMENT_BYTES, type LaneAck, type LaneData } from "../rtcp/lane_messages.ts";
import { Pace } from "./pace.ts";
import { RepeatTimeout } from "./repeat_timeout.ts";

/** The largest message, in bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024;
/** The most fragments under way; a receiver keeps no others. */
export const MAX_UNDER_WAY = 8;
/** The most fragments a sender sends; twice as many are received, since a network may duplicate them. */
export const SENDING_PACE = { perSecond: 100, burst: 32 };
const REPEATING_PACE = { perSecond: 20, burst: MAX_UNDER_WAY };
/** The most bytes that wait or are under way. */
const MAX_QUEUED_BYTES = 64 * 1024;
/** What a message counts in the queue besides its bytes, so that empty messages fill it too. */
const MESSAGE_OVERHEAD_BYTES = 64;

/** The names under which a sender counts what is unusual. */
export type SendingCount =
  /** A message that was not taken because the queue is full, or because it is too large. */
  | "queueFull"
  | "tooLarge"
  /** A fragment that was sent again. */
  | "repeated"
  /** An acknowledgement of nothing new, and one of fragments that were never sent. */
  | "staleAck"
  | "forgedAck";

/** What a message of the lane says but for its SSRCs. */
export type Fragment = Omit<LaneData, "type" | "ssrc" | "listenerSsrc">;
export type Acknowledgement = Pick<LaneAck, "next" | "mask" | "isRequest">;

interface UnderWay extends Fragment {
  sentAt: Millis;
  isRepeated: boolean;
}

/**
 * Sends messages in fragments, in order, and repeats the fragments that are not acknowledged. A window
 * limits what is under way: it is halved when a fragment's time expires, and grows by one with each
 * acknowledged fragment, so that little is repeated into a network that delivers nothing.
 */
export class LaneSender {
  readonly counts: Pick<Counters<SendingCount>, "add" | "get">;
  readonly #timeout = new RepeatTimeout();
  readonly #pace = new Pace(SENDING_PACE);
  readonly #repeatingPace = new Pace(REPEATING_PACE);
  readonly #waiting: Fragment[] = [];
  /** Sent and not acknowledged, ascending. */
  #underWay: UnderWay[] = [];
  #window = MAX_UNDER_WAY;
  /** Extended number of the next fragment to be made, and of the next to be sent for the first time. */
  #nextMade: number;
  #nextSent: number;
  #queuedBytes = 0;
  #expiredAt: Millis = -Infinity;
  /** Whether the receiver asked to repeat what is missing. */
  #isAsked = false;

  /** @param start the number of the first fragment. @param counts may be those of many lanes. */
  constructor(start = 0, counts: Pick<Counters<SendingCount>, "add" | "get"> = new Counters()) {
    this.counts = counts;
    this.#nextMade = this.#nextSent = start;
  }

  /** What waits and is under way. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether every message has been acknowledged. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay.length === 0;
  }

  onRoundTrip(millis: Millis): void {
    this.#timeout.onRoundTrip(millis);
  }

  /** @returns whether the message was taken; it was not when it is too large or the queue is full. */
  send(message: Uint8Array): boolean {
    const size = message.length + MESSAGE_OVERHEAD_BYTES;
    if (message.length > MAX_MESSAGE_BYTES) return this.#refuse("tooLarge");
    if (this.#queuedBytes + size > MAX_QUEUED_BYTES) return this.#refuse("queueFull");
    this.#queuedBytes += size;
    this.#waiting.push(...this.#fragmentsOf(message));
    return true;
  }

  #refuse(why: SendingCount): false {
    this.counts.add(why);
    return false;
  }

  /** An empty message has one fragment too. */
  #fragmentsOf(message: Uint8Array): Fragment[] {
    const count = Math.max(1, Math.ceil(message.length / FRAGMENT_BYTES));
    return Array.from({ length: count }, (_, index) => ({
      fragment: this.#nextMade++,
      isFirst: index === 0,
      isLast: index === count - 1,
      bytes: message.slice(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES),
    }));
  }

  /** @returns the fragments to send now: those to be repeated, then new ones. */
  poll(now: Millis): Fragment[] {
    return [...this.#repeat(now), ...this.#sendNew(now)];
  }

  /** When `poll` next has something to send; undefined when nothing waits. */
  get deadline(): Millis | undefined {
    const times = this.#inWindow.map(({ sentAt }) => sentAt + this.#timeout.millis);
    const repeatAt = Math.max(Math.min(...times), this.#repeatingPace.nextAt);
    const isDue = this.#maySendNew || this.#isAsked;
    const at = Math.max(isDue ? -Infinity : repeatAt, this.#pace.nextAt);
    return at === Infinity ? undefined : at;
  }

  get #inWindow(): UnderWay[] {
    return this.#underWay.slice(0, this.#window);
  }

  get #maySendNew(): boolean {
    const lowest = this.#underWay[0]?.fragment ?? this.#nextSent;
    return this.#waiting.length > 0 && this.#underWay.length < this.#window &&
      this.#nextSent < lowest + MAX_UNDER_WAY;
  }

  #repeat(now: Millis): Fragment[] {
    const expired = this.#expired(now);
    // Fragments of one window expire one after another; only the first of them halves the window.
    if (expired.some(({ sentAt }) => sentAt >= this.#expiredAt)) this.#onExpired(now);
    const due = this.#isAsked ? this.#inWindow : expired;
    this.#isAsked = false;
    const repeated: Fragment[] = [];
    for (const underWay of due.slice(0, this.#window)) {
      if (now < this.#repeatingPace.nextAt || !this.#pace.take(now)) break;
      this.#repeatingPace.take(now);
      this.counts.add("repeated");
      Object.assign(underWay, { sentAt: now, isRepeated: true });
      repeated.push(underWay);
    }
    return repeated;
  }

  #expired(now: Millis): UnderWay[] {
    const { millis } = this.#timeout;
    return this.#inWindow.filter(({ sentAt }) => now >= sentAt + millis);
  }

  #onExpired(now: Millis): void {
    this.#expiredAt = now;
    this.#timeout.onExpired();
    this.#window = Math.max(1, Math.floor(this.#window / 2));
  }

  #sendNew(now: Millis): Fragment[] {
    const sent: Fragment[] = [];
    while (this.#maySendNew && this.#pace.take(now)) {
      const fragment = this.#waiting.shift()!;
      this.#nextSent = fragment.fragment + 1;
      this.#underWay.push({ ...fragment, sentAt: now, isRepeated: false });
      sent.push(fragment);
    }
    return sent;
  }

  onAck(ack: Acknowledgement, now: Millis): void {
    const lowest = this.#underWay[0]?.fragment ?? this.#nextSent;
    const next = unwrapNear(ack.next, lowest, 32);
    // The highest set bit of the mask is that of the highest fragment that arrived.
    const beyond = ack.mask === 0 ? next : next + 33 - Math.clz32(ack.mask);
    if (beyond > this.#nextSent) return this.counts.add("forgedAck");
    if (ack.isRequest) this.#isAsked = true;
    const acknowledged = this.#underWay.filter(({ fragment }) =>
      fragment < next || isInMask(ack.mask, fragment - next - 1)
    );
    if (acknowledged.length === 0) return this.counts.add("staleAck");
    this.#underWay = this.#underWay.filter((underWay) => !acknowledged.includes(underWay));
    this.#onAcknowledged(acknowledged, now);
  }

  #onAcknowledged(acknowledged: readonly UnderWay[], now: Millis): void {
    for (const { bytes, isLast } of acknowledged) {
      this.#queuedBytes -= bytes.length + (isLast ? MESSAGE_OVERHEAD_BYTES : 0);
    }
    this.#window = Math.min(this.#window + acknowledged.length, MAX_UNDER_WAY);
    const newest = acknowledged.findLast(({ isRepeated }) => !isRepeated);
    if (newest) this.#timeout.onAcknowledged(now - newest.sentAt);
  }
}

/** Only the mask's eight bits count: a shift by more than 31 would begin again at the lowest. */
function isInMask(mask: number, bit: number): boolean {
  return bit >= 0 && bit < MAX_UNDER_WAY && (mask >> bit & 1) === 1;
}
