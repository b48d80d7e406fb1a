import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { sourceOf } from "../limits/rate_limit.ts";

/** As long as this a place is kept for a listener that has not reported yet. */
export const UNREPORTED_MILLIS: Millis = 3000;
/**
 * Where no address has more than others, nobody gives way before it had so much time to report: a crowd of
 * honest listeners that comes at once would throw itself out.
 */
const YOUNG_MILLIS: Millis = 1000;
/** Of all places, so many may be taken by listeners that have not reported; */
const LARGEST_SHARE = 0.25;
/** and so many always. */
const ALWAYS_ALLOWED = 16;

/** What the register needs to know of a listener. */
export interface Newcomer {
  readonly address: Address;
}

/** A place whose holder has not reported. */
interface Entry<Of> {
  holder: Of;
  source: string;
  readonly since: Millis;
}

/** Whether there is room for one more that has not reported. */
export type Room<Of extends Newcomer> =
  | { readonly kind: "free" }
  /** This one has to give way. */
  | { readonly kind: "instead-of"; readonly newcomer: Of }
  | { readonly kind: "none" };

/**
 * Listeners that were let in and have not reported yet: whether there is anybody is still to be seen.
 * Nothing here takes longer the more there are.
 */
export class Unreported<Of extends Newcomer = Newcomer> {
  readonly #entries = new Map<Of, Entry<Of>>();
  /** In the order in which they were taken. */
  readonly #inOrder = new Set<Entry<Of>>();
  readonly #bySource = new Map<string, Set<Entry<Of>>>();
  /** The sources that have so many, by that number; the last has some. */
  readonly #sourcesWith: Set<string>[] = [];
  /** Until then the host read nothing of what they said. */
  #deafUntil: Millis = -Infinity;

  get count(): number {
    return this.#entries.size;
  }

  /** When the place of the oldest is free again. */
  get deadline(): Millis {
    for (const entry of this.#inOrder) return this.#overdueAt(entry);
    return Infinity;
  }

  /** The host itself stood still until now: only from here on is silence theirs. */
  excuse(now: Millis): void {
    this.#deafUntil = Math.max(this.#deafUntil, now);
  }

  /** It was let in now; one that is here already was so before. */
  add(newcomer: Of, now: Millis): void {
    if (this.#entries.has(newcomer)) return;
    const source = sourceOf(newcomer.address.hostname);
    const entry = { holder: newcomer, source, since: now };
    this.#entries.set(newcomer, entry);
    this.#inOrder.add(entry);
    this.#enterSource(entry);
  }

  /**
   * Another is let in in its place: the time to report goes on, or whoever joins again and again would have
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
    // Among those of its new address it counts as the newest, which says only who gives way first.
    if (isElsewhere) this.#leaveSource(entry);
    entry.holder = to;
    entry.source = source;
    this.#entries.set(to, entry);
    if (isElsewhere) this.#enterSource(entry);
  }

  /** It has reported, or gone. */
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

  /** @returns those whose time to report is over. */
  overdue(now: Millis): Of[] {
    const overdue: Of[] = [];
    for (const entry of this.#inOrder) {
      if (now < this.#overdueAt(entry)) break;
      overdue.push(entry.holder);
    }
    return overdue;
  }

  /**
   * Whether one more may come from there. Where there are too many the oldest of the address that has most
   * gives way: at once to somebody whose address has less, to others once it had time to report.
   *
   * @param freed how many that have not reported go as it comes.
   * @param isFull whether all places are taken, by whomever.
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
    // Even with the one that comes its address has less.
    const isOutnumbered = this.#bySource.get(oldest.source)!.size > own + 1;
    const mustGive = isOutnumbered || now - this.#silentSince(oldest) >= YOUNG_MILLIS;
    return mustGive ? { kind: "instead-of", newcomer: oldest.holder } : { kind: "none" };
  }

  #overdueAt(entry: Entry<Of>): Millis {
    return this.#silentSince(entry) + UNREPORTED_MILLIS;
  }

  /** In the order in which they came for these too. */
  #silentSince({ since }: Entry<Of>): Millis {
    return Math.max(since, this.#deafUntil);
  }

  #oldestOfMost(): Entry<Of> | undefined {
    const most = this.#sourcesWith.length - 1;
    for (const oldest of this.#inOrder) {
      // Where several addresses have most it is the oldest of all, if it is one of theirs.
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

  /** A source had so many, and now has one more or one less: that is all it takes to know who has most. */
  #rank(source: string, before: number, after: number): void {
    this.#sourcesWith[before]?.delete(source);
    if (after > 0) (this.#sourcesWith[after] ??= new Set()).add(source);
    while (this.#sourcesWith.length > 0 && !this.#sourcesWith.at(-1)?.size) this.#sourcesWith.pop();
  }
}
