import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import type { Forecast } from "./forecast.ts";
import { LossRegister, type Missing } from "./loss_register.ts";
import { SeenWindow } from "../stats/seen_window.ts";
import type { Arrival } from "../stats/stats.ts";

/** A later packet may just have overtaken: that long the missing one is waited for. */
const REORDER_WAIT = { shortest: 10, longest: 20 };
/** Requests are small and get lost, in bursts too: of a paced stream they are repeated this often, */
const ASK_EVERY = { shortest: 3, longest: 40 };
/** and so many times while the first is under way and what it brings is. */
const ASKS_PER_ROUND_TRIP = 10;
/** Without a deadline there is no hurry: requests that bring nothing are repeated ever more seldom. */
const LONGEST_BACKOFF: Millis = 1000;
const SHORTEST_BACKOFF: Millis = 20;
/** When nothing came for so long, nothing more is expected by the clock alone. */
const QUIET_MILLIS: Millis = 300;

const REPAIR_WAYS = ["nack", "fec"] as const;
/** How a lost packet was repaired: asked for, or brought back by parity. */
export type RepairWay = typeof REPAIR_WAYS[number];

export interface RepairOptions {
  /** The number of the first packet that is wanted. */
  readonly first: ExtendedSequence;
  /** That of the first packet meant for us: only from here on something can be lost. */
  readonly base: ExtendedSequence;
  readonly roundTrip: RoundTrip;
  /**
   * Of a paced stream, whose packets are of no use after their time. Without it each packet is asked
   * for until it is there, however old.
   */
  readonly forecast?: Forecast;
  /** Missing packets asked for at the same time. */
  readonly capacity: number;
}

/**
 * Gets lost packets sent again. It says what to ask for and when, and counts what came of it.
 *
 * What counts as repaired: a packet that the network lost and that came again in time. If the
 * original comes after all, however late, then the network did not lose it; it is counted as received
 * and its repair no longer counts, so that the ledger's identity holds at every instant.
 */
export class Repair {
  readonly #options: RepairOptions;
  readonly #register: LossRegister;
  /** Played from a repair, their originals not seen. */
  readonly #repaired = { nack: new SeenWindow(), fec: new SeenWindow() };
  readonly #repairedCounts = { nack: 0, fec: 0 };
  /** Packets that are here but can't be opened yet, and until when that may change. */
  readonly #unopened = new Map<ExtendedSequence, Millis>();
  /** Those that were ever among them. */
  readonly #wereUnopened = new SeenWindow();
  #retransmissionCount = 0;
  #requestCount = 0;
  #askedAt: Millis = -Infinity;
  /** Requests in a row that brought nothing. */
  #fruitless = 0;
  #heardAt: Millis = -Infinity;
  #highest: ExtendedSequence;
  #hasEnded = false;

  constructor(options: RepairOptions) {
    const { first, capacity } = options;
    this.#options = options;
    this.#register = new LossRegister({ first, capacity });
    this.#highest = first - 1;
  }

  /** Lost on the network, and come again or brought back by parity in time; each counted once. */
  get repairedCounts(): Readonly<Record<RepairWay, number>> {
    return this.#repairedCounts;
  }

  get repairedCount(): number {
    return this.#repairedCounts.nack + this.#repairedCounts.fec;
  }

  /** Packets that came again, whether or not they were of use. */
  get retransmissionCount(): number {
    return this.#retransmissionCount;
  }

  /** NACKs sent. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Packets known to be missing that are still asked for. */
  get missingCount(): number {
    return this.#register.size;
  }

  /**
   * An original came, the first time.
   *
   * @param jitter of the stream: how much packets overtake each other.
   * @returns whether it is to be played; not if its repair was.
   */
  onOriginal(arrival: Arrival, jitter: Millis): boolean {
    const { sequence, arrivedAt } = arrival;
    if (this.#options.forecast?.onOriginal(arrival)) this.#register.retract(this.#highest);
    this.#onCame(arrival, reorderWait(jitter));
    this.#heardAt = arrivedAt;
    for (const way of REPAIR_WAYS) {
      if (!this.#repaired[way].unmark(sequence)) continue;
      this.#repairedCounts[way]--;
      return false;
    }
    return true;
  }

  /**
   * A packet came for which the key is missing: it is not asked for until then, but only once. Anybody can
   * make one up, and again and again would keep the packet from being asked for at all.
   */
  onUnopened(sequence: ExtendedSequence, until: Millis): void {
    if (this.#wereUnopened.mark(sequence)) this.#unopened.set(sequence, until);
  }

  /** A packet came again. @returns whether it was missing, and so is to be played if there is time. */
  onRetransmission(arrival: Arrival): boolean {
    this.#retransmissionCount++;
    return this.#onCame(arrival, REORDER_WAIT.shortest);
  }

  /** Parity brought a packet back. @returns whether it was missing still. */
  onRecovered(arrival: Arrival): boolean {
    return this.#onCame(arrival, REORDER_WAIT.shortest);
  }

  /** It was in time. */
  onRepaired(sequence: ExtendedSequence, way: RepairWay): void {
    if (sequence < this.#options.base) return;
    this.#repaired[way].mark(sequence);
    this.#repairedCounts[way]++;
  }

  /** The host says that everything up to `sequence` was sent. */
  onSent(sequence: ExtendedSequence, now: Millis): void {
    this.#highest = Math.max(this.#highest, sequence);
    this.#register.onSent(sequence, now + REORDER_WAIT.shortest);
  }

  /** The host said goodbye: nothing more is expected than what it said it sent. */
  onEnd(): void {
    this.#hasEnded = true;
    this.#register.retract(this.#highest);
  }

  /** @returns what to ask for now, if anything. */
  poll(now: Millis): ExtendedSequence[] | undefined {
    this.#expect(now);
    this.#giveUpLate(now);
    const due = this.#due(now);
    const isNews = due.some(({ asks }) => asks === 0);
    if (due.length === 0 || !isNews && now < this.#repeatAt) return undefined;
    return this.#ask(due, now);
  }

  /** @returns everything that is missing and due, to be asked for along with a report. */
  repeat(now: Millis): ExtendedSequence[] | undefined {
    this.#giveUpLate(now);
    const due = this.#due(now);
    return due.length === 0 ? undefined : this.#ask(due, now);
  }

  /** When `poll` next has something to do. */
  get deadline(): Millis {
    let earliest = this.#expectationAt;
    for (const { sequence, askFrom, asks } of this.#register.missing) {
      const at = asks === 0 ? askFrom : this.#repeatAt;
      earliest = Math.min(earliest, Math.max(at, this.#unopened.get(sequence) ?? at));
    }
    return earliest;
  }

  #onCame({ sequence, arrivedAt }: Arrival, wait: Millis): boolean {
    this.#highest = Math.max(this.#highest, sequence);
    this.#unopened.delete(sequence);
    const isNew = this.#register.onCame(sequence, arrivedAt + wait);
    if (isNew) this.#fruitless = 0;
    return isNew;
  }

  #ask(due: readonly Missing[], now: Millis): ExtendedSequence[] {
    for (const missing of due) missing.asks++;
    this.#askedAt = now;
    this.#requestCount++;
    this.#fruitless++;
    return due.map(({ sequence }) => sequence);
  }

  /** What should be here by now is missing, even if nothing came after it. */
  #expect(now: Millis): void {
    while (this.#expectationAt <= now) this.#register.onSent(this.#register.sent + 1, now);
  }

  get #expectationAt(): Millis {
    const { forecast } = this.#options;
    if (!forecast?.isSure || this.#hasEnded) return Infinity;
    const at = forecast.expectedAt(this.#register.sent + 1);
    return at > this.#heardAt + QUIET_MILLIS ? Infinity : at;
  }

  #giveUpLate(now: Millis): void {
    const { forecast, roundTrip } = this.#options;
    if (!forecast) return;
    const shortest = Math.max(roundTrip.smoothed - roundTrip.variation, 0);
    for (const { sequence } of [...this.#register.missing]) {
      if (forecast.dueAt(sequence) - shortest > now) break;
      this.#register.giveUp(sequence);
    }
  }

  #due(now: Millis): Missing[] {
    for (const [sequence, until] of this.#unopened) {
      if (until <= now) this.#unopened.delete(sequence);
    }
    return [...this.#register.missing].filter(({ sequence, askFrom }) =>
      askFrom <= now && !this.#unopened.has(sequence)
    );
  }

  get #repeatAt(): Millis {
    const { smoothed } = this.#options.roundTrip;
    const { shortest, longest } = ASK_EVERY;
    if (this.#options.forecast) {
      return this.#askedAt + Math.min(Math.max(smoothed / ASKS_PER_ROUND_TRIP, shortest), longest);
    }
    const backoff = Math.max(smoothed / 2, SHORTEST_BACKOFF) * 2 ** Math.min(this.#fruitless, 10);
    return this.#askedAt + Math.min(backoff, LONGEST_BACKOFF);
  }
}

function reorderWait(jitter: Millis): Millis {
  return Math.min(Math.max(2 * jitter, REORDER_WAIT.shortest), REORDER_WAIT.longest);
}
