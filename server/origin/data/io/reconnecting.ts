import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { describeNetworkProblem } from "../../io/bytes/http_request.ts";
import type { Arrival } from "./arrivals.ts";

/** Why a connection can't be used, as the end of a sentence about the source. */
export class ConnectionProblem extends Error {}

/** One connection: its arrivals until it breaks, ends or `signal` aborts. */
export type Connect = (signal: AbortSignal) => AsyncIterable<Arrival>;

export interface ReconnectingOptions {
  /** The source for people, in quotes. */
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
  /** A connection that brings nothing for this long is taken for lost; for protocols that do not see it. */
  readonly silenceMillis?: Millis;
}

const FIRST_BACKOFF_MILLIS: Millis = 500;
const MAX_BACKOFF_MILLIS: Millis = 8000;
/** A connection that lasted this long is good: the next pause is short again. */
const GOOD_AFTER_MILLIS: Millis = 10_000;
/** A source that comes and goes is told of no more often than this. */
const NEWS_EVERY_MILLIS: Millis = 30_000;

/**
 * Reads a source that may be away: connects again, with growing pauses, for as long as the broadcast runs. People
 * are told once when it is away, and once when it is back.
 */
export async function* readReconnecting(
  connect: Connect,
  options: ReconnectingOptions,
): AsyncGenerator<Arrival> {
  const { clock, signal } = options;
  const news = new News(options);
  for (let backoff = FIRST_BACKOFF_MILLIS; !signal.aborted;) {
    const startedAt = clock.now();
    const ending = yield* readOnce(connect, options, news);
    if (signal.aborted) return;
    news.away(ending, clock.now());
    if (clock.now() - startedAt >= GOOD_AFTER_MILLIS) backoff = FIRST_BACKOFF_MILLIS;
    await clock.sleepUntil(clock.now() + backoff, signal);
    backoff = Math.min(2 * (backoff as number), MAX_BACKOFF_MILLIS as number);
  }
}

/** @returns why the connection ended. */
async function* readOnce(
  connect: Connect,
  { clock, signal, silenceMillis }: ReconnectingOptions,
  news: News,
): AsyncGenerator<Arrival, Error | undefined> {
  const attempt = new AbortController();
  const arrivals = connect(linkedSignal(signal, attempt.signal))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(arrivals.next(), silenceMillis, { clock, signal });
      if (!next || next.done) return undefined;
      news.here();
      yield next.value;
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    attempt.abort();
    await arrivals.return?.();
  }
}

/** @returns undefined when the signal aborts. @throws ConnectionProblem after `millis`. */
async function within<Value>(
  work: Promise<Value>,
  millis: Millis | undefined,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Value | undefined> {
  if (millis === undefined) return await unlessAborted(work, signal);
  const done = new AbortController();
  const silence = clock.sleepUntil(clock.now() + millis, linkedSignal(signal, done.signal))
    .then(() => {
      if (signal.aborted || done.signal.aborted) return undefined;
      throw new ConnectionProblem(`sends nothing for ${(millis as number) / 1000} s`);
    });
  silence.catch(() => {});
  work.catch(() => {});
  try {
    return await Promise.race([work, silence]);
  } finally {
    done.abort();
  }
}

/** Tells people that the source is away or back. */
class News {
  readonly #options: Pick<ReconnectingOptions, "name" | "onNotice">;
  /** Whether the last line said that it is away. */
  #isAwayTold = false;
  #hasBeenHere = false;
  #toldAt: Millis = -Infinity;

  constructor(options: Pick<ReconnectingOptions, "name" | "onNotice">) {
    this.#options = options;
  }

  here(): void {
    const what = this.#hasBeenHere ? "is connected again; its data goes on" : "is connected now";
    this.#hasBeenHere = true;
    if (!this.#isAwayTold) return;
    this.#isAwayTold = false;
    this.#options.onNotice(`${this.#options.name} ${what}`);
  }

  /** @param error absent when the other end closed the connection as usual. */
  away(error: Error | undefined, now: Millis): void {
    if (this.#isAwayTold || now - this.#toldAt < NEWS_EVERY_MILLIS) return;
    this.#isAwayTold = true;
    this.#toldAt = now;
    const { name, onNotice } = this.#options;
    const problem = error instanceof ConnectionProblem
      ? error.message
      : error && describeNetworkProblem(error);
    if (!this.#hasBeenHere) {
      onNotice(`${name} ${problem ?? "gives no data"}; trying again until it is there`);
    } else onNotice(`lost the connection to ${name}; connecting again until it is back`);
  }
}
