// The repair of one stream (RFC 4585, RFC 4588, RFC 8627): which packets are missing, when to request
// them, and how many were repaired.
//
// In:  packets that came (originals, retransmissions, packets recovered from parity), what the host says
//      it has sent, and the time.
// Out: the sequence numbers to request in a NACK, the next deadline, and the counts for the ledger.
//
// `loss_register.ts` knows what is missing, `forecast.ts` predicts when packets arrive and are played, `patience.ts`
// waits longer after needless requests of a machine that is late, `fec_decoder.ts` recovers packets from parity. Read `loss_register.ts` next.

import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import type { Foresight } from "./forecast.ts";
import { LossRegister, type Missing } from "./loss_register.ts";
import { Patience } from "./patience.ts";
import { SeenWindow } from "../stats/seen_window.ts";
import type { Arrival } from "../stats/arrival.ts";

/** A later packet may have overtaken the missing one, so the request waits this long. Milliseconds. */
const REORDER_WAIT = { shortest: 10, longest: 20 };
/** Requests get lost too, also in bursts. For a paced stream they are repeated this often (milliseconds) ... */
const REQUEST_EVERY = { shortest: 3, longest: 40 };
/** ... and this many times within one round trip. */
const REQUESTS_PER_ROUND_TRIP = 10;
/** Without a playout time nothing is urgent: requests without result are repeated less and less often. */
const LONGEST_BACKOFF: Millis = 1000;
const SHORTEST_BACKOFF: Millis = 20;
/** When no original came for this long, no further packet becomes overdue. */
const QUIET_MILLIS: Millis = 300;

const REPAIR_WAYS = ["nack", "fec"] as const;
/** How a lost packet was repaired: by retransmission or by parity. */
export type RepairWay = typeof REPAIR_WAYS[number];

export interface RepairOptions {
  /** The number of the first wanted packet. */
  readonly first: ExtendedSequence;
  /** The number of the first packet sent to this listener: earlier ones do not count as lost. */
  readonly base: ExtendedSequence;
  readonly roundTrip: RoundTrip;
  /**
   * For a paced stream, whose packets are useless after a time. Without a forecast every packet is requested
   * until it comes.
   */
  readonly forecast?: Foresight;
  /** The most missing packets requested at a time. */
  readonly capacity: number;
  /** Whether this program's own machine makes packets late; absent: never. */
  readonly isStrained?: (() => boolean) | undefined;
}

/**
 * Decides which missing packets to request and when, and counts repaired ones.
 *
 * A packet counts as repaired if its original did not come and a retransmission or parity brought it
 * before its playout time. If the original comes later after all, it counts as received and the repair
 * no longer counts, so that the ledger adds up at every instant.
 */
export class Repair {
  readonly #options: RepairOptions;
  readonly #register: LossRegister;
  readonly #patience: Patience;
  /** Repaired packets whose original has not come. */
  readonly #repaired = { nack: new SeenWindow(), fec: new SeenWindow() };
  readonly #repairedCounts = { nack: 0, fec: 0 };
  /** Packets that were once held because they could not be opened. */
  readonly #wereUnopened = new SeenWindow();
  #retransmissionCount = 0;
  #requestCount = 0;
  #requestedAt: Millis = -Infinity;
  /** Whether the packets requested last are requested again within a round trip. */
  #isUrgent = false;
  /** Requests since the last missing packet came. */
  #fruitless = 0;
  /** When the last original came. */
  #originalAt: Millis = -Infinity;
  #highest: ExtendedSequence;
  /** The last packet given up, and how many in a row were with it. */
  #givenUp = { sequence: -Infinity as ExtendedSequence, run: 0 };
  #longestGivenUp = 0;
  #hasEnded = false;

  constructor(options: RepairOptions) {
    const { first, capacity } = options;
    this.#options = options;
    this.#register = new LossRegister({ first, capacity });
    this.#patience = new Patience(options.roundTrip, options.isStrained);
    this.#highest = first - 1;
  }

  /** Packets lost on the network and repaired in time, each counted once. */
  get repairedCounts(): Readonly<Record<RepairWay, number>> {
    return this.#repairedCounts;
  }

  get repairedCount(): number {
    return this.#repairedCounts.nack + this.#repairedCounts.fec;
  }

  /** Retransmissions that came, whether or not they were needed. */
  get retransmissionCount(): number {
    return this.#retransmissionCount;
  }

  /** NACKs sent. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** How long nothing may come without a loss, for the host to reckon with. */
  get unevenMillis(): Millis {
    return (this.#options.forecast?.unevenMillis ?? 0) + this.#patience.millis;
  }

  /** The longest run of packets in a row that are requested no more, though they have not come. */
  get longestGivenUp(): number {
    return this.#longestGivenUp;
  }

  /** Missing packets that are still requested. */
  get missingCount(): number {
    return this.#register.size;
  }

  /**
   * An original came for the first time.
   *
   * @param jitter of the stream, which bounds how far packets overtake each other.
   * @returns whether to play it: false if its repair was played.
   */
  onOriginal(arrival: Arrival, jitter: Millis): boolean {
    const { sequence, arrivedAt } = arrival;
    if (this.#options.forecast?.onOriginal(arrival)) this.#register.retract(this.#highest);
    const isRequested = this.#register.isRequested(sequence);
    this.#onCame(arrival, reorderWait(jitter));
    this.#originalAt = arrivedAt;
    const way = REPAIR_WAYS.find((one) => this.#repaired[one].unmark(sequence));
    if (way) this.#repairedCounts[way]--;
    if (isRequested || way === "nack") this.#patience.onNeedless(arrivedAt);
    return way === undefined;
  }

  /**
   * A packet came whose key is not known yet: it is not requested before `until`. This happens only once for
   * each number, since anybody can forge such packets and could otherwise prevent the request for ever.
   */
  onUnopened(sequence: ExtendedSequence, until: Millis): void {
    if (this.#wereUnopened.mark(sequence)) this.#register.hold(sequence, until);
  }

  /** A retransmission came. @returns whether its packet was missing. */
  onRetransmission(arrival: Arrival): boolean {
    this.#retransmissionCount++;
    const isNew = this.onRecovered(arrival);
    if (isNew) this.#patience.onLost();
    return isNew;
  }

  /** Parity recovered a packet. @returns whether it was missing. */
  onRecovered(arrival: Arrival): boolean {
    this.#options.forecast?.onRepaired(arrival);
    return this.#onCame(arrival, REORDER_WAIT.shortest);
  }

  /** The retransmitted or recovered packet was in time. */
  onRepaired(sequence: ExtendedSequence, way: RepairWay): void {
    if (sequence < this.#options.base) return;
    this.#repaired[way].mark(sequence);
    this.#repairedCounts[way]++;
  }

  /** The host says that every packet up to `sequence` was sent. */
  onSent(sequence: ExtendedSequence, now: Millis): void {
    this.#highest = Math.max(this.#highest, sequence);
    this.#register.onSent(sequence, now + REORDER_WAIT.shortest);
  }

  /** The first wanted packet is a later one: those before it are not requested. */
  beginAt(first: ExtendedSequence): void {
    this.#highest = Math.max(this.#highest, first - 1);
    this.#register.beginAt(first);
  }

  /** The host said goodbye: only packets that it said it has sent can be missing. */
  onEnd(): void {
    this.#hasEnded = true;
    this.#register.retract(this.#highest);
  }

  /** @returns what to request now, if anything. */
  poll(now: Millis): ExtendedSequence[] | undefined {
    this.#expect(now);
    this.#giveUpLate(now);
    const due = this.#register.due(now);
    const isAnyNew = due.some(({ requests }) => requests === 0);
    if (due.length === 0 || !isAnyNew && now < this.#repeatAt) return undefined;
    return this.#request(due, now);
  }

  /** @returns every missing packet that may be requested, to be sent along with a report. */
  repeat(now: Millis): ExtendedSequence[] | undefined {
    this.#giveUpLate(now);
    const due = this.#register.due(now);
    return due.length === 0 ? undefined : this.#request(due, now);
  }

  /** When `poll` is to be called next. */
  get deadline(): Millis {
    return Math.min(this.#expectationAt, this.#register.nextRequestAt(this.#repeatAt));
  }

  #onCame({ sequence, arrivedAt }: Arrival, wait: Millis): boolean {
    this.#highest = Math.max(this.#highest, sequence);
    const isNew = this.#register.onCame(sequence, arrivedAt + wait + this.#patience.millis);
    if (isNew) this.#fruitless = 0;
    return isNew;
  }

  #request(due: readonly Missing[], now: Millis): ExtendedSequence[] {
    const sequences = due.map(({ sequence }) => sequence);
    this.#register.onRequested(sequences);
    this.#requestedAt = now;
    this.#isUrgent = this.#options.forecast?.isUrgent(due.at(-1)!, now) ?? false;
    this.#requestCount++;
    this.#fruitless++;
    return sequences;
  }

  /** Overdue packets are missing, even if nothing came after them. */
  #expect(now: Millis): void {
    while (this.#expectationAt <= now) this.#register.onSent(this.#register.sent + 1, now);
  }

  get #expectationAt(): Millis {
    const { forecast } = this.#options;
    if (!forecast?.isSure || this.#hasEnded) return Infinity;
    const at = forecast.expectedAt(this.#register.sent + 1) + this.#patience.millis;
    return at > this.#originalAt + QUIET_MILLIS ? Infinity : at;
  }

  #giveUpLate(now: Millis): void {
    const { forecast, roundTrip } = this.#options;
    if (!forecast) return;
    const shortest = Math.max(roundTrip.smoothed - roundTrip.variation, 0);
    for (const missing of [...this.#register.missing]) {
      if (forecast.uselessFrom(missing) - shortest > now) break;
      this.#register.giveUp(missing.sequence);
      this.#countGivenUp(missing.sequence);
    }
  }

  #countGivenUp(sequence: ExtendedSequence): void {
    const isNext = sequence === this.#givenUp.sequence + 1;
    this.#givenUp = { sequence, run: isNext ? this.#givenUp.run + 1 : 1 };
    this.#longestGivenUp = Math.max(this.#longestGivenUp, this.#givenUp.run);
  }

  get #repeatAt(): Millis {
    const { smoothed } = this.#options.roundTrip;
    const { shortest, longest } = REQUEST_EVERY;
    if (this.#isUrgent) {
      return this.#requestedAt +
        Math.min(Math.max(smoothed / REQUESTS_PER_ROUND_TRIP, shortest), longest);
    }
    const backoff = Math.max(smoothed / 2, SHORTEST_BACKOFF) * 2 ** Math.min(this.#fruitless, 10);
    return this.#requestedAt + Math.min(backoff, LONGEST_BACKOFF);
  }
}

function reorderWait(jitter: Millis): Millis {
  return Math.min(Math.max(2 * jitter, REORDER_WAIT.shortest), REORDER_WAIT.longest);
}
