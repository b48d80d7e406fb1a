import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { sourceOf } from "../limits/rate_limit.ts";

/** The place of a listener that has not reported is kept this long. */
export const UNREPORTED_MILLIS: Millis = 3000;
/**
 * The time to report that each listener gets before it gives way to one whose address has as many: otherwise
 * a crowd of honest listeners that comes at once would push out its own.
 */
const YOUNG_MILLIS: Millis = 1000;
/** The share of all places that listeners may take that have not reported. */
const LARGEST_SHARE = 0.25;
/** The number of such listeners that is always allowed. */
const ALWAYS_ALLOWED = 16;

/** A listener that has not reported. */
export interface Newcomer {
  readonly address: Address;
}

/** The place of a listener that has not reported. */
interface Entry<Of> {
  holder: Of;
  source: string;
  readonly since: Millis;
}

/** Whether there is room for one more listener that has not reported. */
export type Room<Of extends Newcomer> =
  | { readonly kind: "free" }
  /** There is, if this one gives way. */
  | { readonly kind: "instead-of"; readonly newcomer: Of }
  | { readonly kind: "none" };

/**
 * Listeners that were admitted and have not reported yet, so that it is not known whether they exist. They
 * may take only some of the places. The cost of each call does not grow with their number.
 */
export class Unreported<Of extends Newcomer = Newcomer> {
  readonly #entries = new Map<Of, Entry<Of>>();
  /** In the order in which the places were taken. */
  readonly #inOrder = new Set<Entry<Of>>();
  readonly #bySource = new Map<string, Set<Entry<Of>>>();
  /** At index n: the sources that have n listeners. The last entry is never empty. */
  readonly #sourcesWith: Set<string>[] = [];
  /** Until then the host did not read its socket. */
  #unreadUntil: Millis = -Infinity;

  get count(): number {
    return this.#entries.size;
  }

  /** When the time to report of the oldest one is over. */
  get deadline(): Millis {
    for (const entry of this.#inOrder) return this.#overdueAt(entry);
    return Infinity;
  }

  /** The host did not read its socket until now: each time to report begins again. */
  excuse(now: Millis): void {
    this.#unreadUntil = Math.max(this.#unreadUntil, now);
  }

  /** Takes a listener that was admitted now; one that is here already keeps its time. */
  add(newcomer: Of, now: Millis): void {
    if (this.#entries.has(newcomer)) return;
    const source = sourceOf(newcomer.address.hostname);
    const entry = { holder: newcomer, source, since: now };
    this.#entries.set(newcomer, entry);
    this.#inOrder.add(entry);
    this.#enterSource(entry);
  }

  /**
   * Another listener is admitted in its place. The time to report goes on; otherwise repeated JOINs would keep
   * a place for ever.
   */
  takeOver(from: Of, to: Of): void {
    const entry = this.#entries.get(from);
    if (!entry || from === to) return;
    if ((this.#entries.get(to)?.since ?? Infinity) <= entry.since) return;
    this.delete(to);
    const source = sourceOf(to.address.hostname);
    const isElsewhere = source !== entry.source;
    this.#entries.delete(from);
    // It counts as the newest one of its new source, which only decides which one gives way first.
    if (isElsewhere) this.#leaveSource(entry);
    entry.holder = to;
    entry.source = source;
    this.#entries.set(to, entry);
    if (isElsewhere) this.#enterSource(entry);
  }

  /** The listener has reported or left. */
  delete(newcomer: Of): void {
    const entry = this.#entries.get(newcomer);
    if (!entry) return;
    this.#entries.delete(newcomer);
    this.#inOrder.delete(entry);
    this.#leaveSource(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#inOrder.clear();
    this.#bySource.clear();
    this.#sourcesWith.length = 0;
  }

  /** @returns the listeners whose time to report is over. */
  overdue(now: Millis): Of[] {
    const overdue: Of[] = [];
    for (const entry of this.#inOrder) {
      if (now < this.#overdueAt(entry)) break;
      overdue.push(entry.holder);
    }
    return overdue;
  }

  /**
   * Whether one more may be admitted from there. If there are too many, the oldest one of the source that has
   * most gives way: at once to a source that has fewer, to others once it had time to report.
   *
   * @param freed how many listeners that have not reported end as the new one begins.
   * @param isFull whether all places are taken, by reported listeners or not.
   */
  roomFor(
    { hostname }: Address,
    { capacity, freed, isFull }: { capacity: number; freed: number; isFull: boolean },
    now: Millis,
  ): Room<Of> {
    const limit = Math.max(ALWAYS_ALLOWED, Math.floor(capacity * LARGEST_SHARE));
    if (!isFull && this.count - freed < limit) return { kind: "free" };
    const oldest = this.#oldestOfMost();
    if (!oldest) return { kind: "none" };
    const own = this.#bySource.get(sourceOf(hostname))?.size ?? 0;
    // The newcomer's source has fewer, even with the newcomer.
    const isOutnumbered = this.#bySource.get(oldest.source)!.size > own + 1;
    const mustGive = isOutnumbered || now - this.#silentSince(oldest) >= YOUNG_MILLIS;
    return mustGive ? { kind: "instead-of", newcomer: oldest.holder } : { kind: "none" };
  }

  #overdueAt(entry: Entry<Of>): Millis {
    return this.#silentSince(entry) + UNREPORTED_MILLIS;
  }

  /** Never decreases along `#inOrder`. */
  #silentSince({ since }: Entry<Of>): Millis {
    return Math.max(since, this.#unreadUntil);
  }

  #oldestOfMost(): Entry<Of> | undefined {
    const most = this.#sourcesWith.length - 1;
    for (const oldest of this.#inOrder) {
      // If several sources have most, it is the oldest listener of all, provided it is one of theirs.
      if (this.#bySource.get(oldest.source)!.size === most) return oldest;
      break;
    }
    for (const source of this.#sourcesWith.at(-1) ?? []) {
      for (const oldest of this.#bySource.get(source)!) return oldest;
    }
  }

  #enterSource(entry: Entry<Of>): void {
    const { source } = entry;
    const those = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, those);
    this.#rank(source, those.size, those.size + 1);
    those.add(entry);
  }

  #leaveSource(entry: Entry<Of>): void {
    const { source } = entry;
    const those = this.#bySource.get(source)!;
    this.#rank(source, those.size, those.size - 1);
    those.delete(entry);
    if (those.size === 0) this.#bySource.delete(source);
  }

  /** Files a source under its new number of listeners, so that the source with most is always known. */
  #rank(source: string, before: number, after: number): void {
    this.#sourcesWith[before]?.delete(source);
    if (after > 0) (this.#sourcesWith[after] ??= new Set()).add(source);
    while (this.#sourcesWith.length > 0 && !this.#sourcesWith.at(-1)?.size) this.#sourcesWith.pop();
  }
}
