/*
 * Past events: gives late joiners the timeline in blocks.
 *
 * In: full blocks from the origin (`past_store.ts`); requests of listeners (RTCP "PREQ"). Out: fragments of
 * blocks, each for one listener (RTCP "PAST").
 *
 * A listener pulls with a window of its own; this folder only answers, paced, from a bounded queue for each
 * listener. Sound comes first: while the outbox is half full, nothing is sent from here. Read next:
 * past_store.ts, then ../../../client/receiving/past/past_fetcher.ts.
 */

import { Counters } from "../../../shared/core/counters.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { PastRequest } from "../../../shared/rtcp/past_messages.ts";
import type { PastUnanswered } from "../../interface/output.ts";
import { RateLimit } from "../limits/rate_limit.ts";
import { Budget } from "../repair/budget.ts";
import type { Fragment, PastStore } from "./past_store.ts";

/** A listener gets so many fragments in a turn, then rests: 2000 a second. */
const TURN_FRAGMENTS = 16;
const REST_MILLIS: Millis = 8;
/** All listeners together: 88 Mbit/s. */
const ALL_PER_SECOND = 10_000;
const ALL_BURST = 256;
/** How long nothing is sent when the outbox is half full, or all have got what they may. */
const YIELD_MILLIS: Millis = 2;
/** Fragments that wait for one listener: the largest window of a fetcher. */
const MAX_QUEUED = 256;
/** A listener gets the timeline at most this often at full speed, so that a forged request floods nobody ... */
const TIMES_AT_FULL_SPEED = 4;
const SPARE_BYTES = 64_000;
/** ... and then 256 kbit/s. */
const BYTES_PER_MILLI = 32;

/** A fragment and its place. */
export interface PastAnswer extends Fragment {
  readonly firstCount: number;
  readonly index: number;
}

export interface PastAnswersOptions<Listener extends object> {
  readonly store: PastStore;
  /** Sends a fragment to one listener. */
  readonly send: (listener: Listener, answer: PastAnswer) => void;
  /** Nothing is sent to a listener that has left, not even what waits for it. */
  readonly hasLeft: (listener: Listener) => boolean;
  /** Whether the outbox is at least half full. */
  readonly isBusy: () => boolean;
  readonly now: Millis;
}

/** A fragment that waits. */
interface Waiting {
  readonly firstCount: number;
  readonly index: number;
  readonly key: number;
}

/** What one listener waits for. */
interface Asker<Listener> {
  readonly listener: Listener;
  readonly queue: Waiting[];
  readonly keys: Set<number>;
  readonly budget: Budget;
  sentInTurn: number;
  restsUntil: Millis;
}

/** Answers requests for past events. */
export class PastAnswers<Listener extends object> {
  readonly #options: PastAnswersOptions<Listener>;
  readonly #askers = new WeakMap<Listener, Asker<Listener>>();
  /** Those with waiting fragments that may be sent, in the order of their turns. */
  readonly #ready = new Set<Asker<Listener>>();
  /** Those that have had their turn; all rest equally long, so the first has rested longest. */
  readonly #resting = new Set<Asker<Listener>>();
  readonly #all: RateLimit;
  readonly #unanswered = new Counters<PastUnanswered>();
  #yieldsUntil: Millis = -Infinity;
  #sent = 0;

  constructor(options: PastAnswersOptions<Listener>) {
    this.#options = options;
    this.#all = new RateLimit(ALL_PER_SECOND, ALL_BURST, options.now);
  }

  /** Fragments that were asked for and not sent, by reason. */
  get unanswered(): Readonly<Partial<Record<PastUnanswered, number>>> {
    return this.#unanswered.snapshot();
  }

  /** Fragments sent. */
  get sent(): number {
    return this.#sent;
  }

  /** When to call {@linkcode advance}; Infinity when nothing waits. */
  get deadline(): Millis {
    if (this.#ready.size > 0) return this.#yieldsUntil;
    for (const { restsUntil } of this.#resting) return restsUntil;
    return Infinity;
  }

  onRequest(listener: Listener, { firstCount, fragments }: PastRequest, now: Millis): void {
    const asker = this.#askerOf(listener, now);
    const count = this.#options.store.fragmentCount(firstCount);
    if (count === 0) this.#unanswered.add("unknownBlock", fragments.length);
    // A listener that does not know the length of a block asks for more than there is.
    const possible = fragments.filter((index) => index < count);
    for (const index of possible) this.#queue(asker, firstCount, index);
    if (asker.queue.length > 0 && !this.#resting.has(asker)) this.#ready.add(asker);
    this.advance(now);
  }

  /** Sends what may be sent now. */
  advance(now: Millis): void {
    for (const asker of this.#resting) {
      if (asker.restsUntil > now) break;
      this.#resting.delete(asker);
      asker.sentInTurn = 0;
      if (asker.queue.length > 0) this.#ready.add(asker);
    }
    if (now < this.#yieldsUntil) return;
    for (const asker of this.#ready) {
      if (this.#options.hasLeft(asker.listener)) {
        this.#ready.delete(asker);
        continue;
      }
      if (this.#options.isBusy() || !this.#all.take(now)) {
        this.#yieldsUntil = now + YIELD_MILLIS;
        return;
      }
      this.#ready.delete(asker);
      this.#sendNext(asker, now);
      this.#giveTurn(asker, now);
    }
  }

  #askerOf(listener: Listener, now: Millis): Asker<Listener> {
    let asker = this.#askers.get(listener);
    if (!asker) {
      const burst = TIMES_AT_FULL_SPEED * this.#options.store.byteCount + SPARE_BYTES;
      const budget = new Budget(burst, this.#granted(now));
      asker = { listener, queue: [], keys: new Set(), budget, sentInTurn: 0, restsUntil: 0 };
      this.#askers.set(listener, asker);
    }
    return asker;
  }

  #queue({ queue, keys }: Asker<Listener>, firstCount: number, index: number): void {
    const key = firstCount * 64 + index;
    if (keys.has(key)) return;
    if (queue.length >= MAX_QUEUED) {
      this.#unanswered.add("queueFull");
    } else {
      queue.push({ firstCount, index, key });
      keys.add(key);
    }
  }

  #sendNext(asker: Asker<Listener>, now: Millis): void {
    const { firstCount, index, key } = asker.queue.shift()!;
    asker.keys.delete(key);
    asker.sentInTurn++;
    const fragment = this.#options.store.fragment(firstCount, index)!;
    if (!asker.budget.take(fragment.bytes.length, this.#granted(now))) {
      return this.#unanswered.add("overBudget");
    }
    this.#sent++;
    this.#options.send(asker.listener, { ...fragment, firstCount, index });
  }

  /** Lets the others go first, or rest after a whole turn. */
  #giveTurn(asker: Asker<Listener>, now: Millis): void {
    if (asker.queue.length > 0 && asker.sentInTurn < TURN_FRAGMENTS) {
      this.#ready.add(asker);
      return;
    }
    asker.restsUntil = now + REST_MILLIS;
    this.#resting.add(asker);
  }

  #granted(now: Millis): number {
    return (now - this.#options.now) * BYTES_PER_MILLI;
  }
}
