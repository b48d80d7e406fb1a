import type { Millis } from "../../../shared/core/units.ts";
import { AddressCount } from "./voting_rule.ts";

/** Whoever has reported so lately is a reporter; at exactly five minutes no longer. */
export const ACTIVE_FOR: Millis = 300_000;
/** Reporters at once. */
export const MAX_REPORTERS = 10_000;
/** Of them, at one public address: many identities of one person must not use up what is there for all. */
export const MAX_OF_ADDRESS = 100;
/** One report a second, and up to ten at once. */
const INTERVAL: Millis = 1000;
const BURST = 10;

export interface StoredReporters {
  /** Those who reported lately, the longest silent first. */
  readonly active: readonly {
    readonly reporter: string;
    readonly address?: string;
    readonly reportedAt: Millis;
  }[];
  /** Until when the reports so far would last at one a second, the longest silent first. */
  readonly paces: readonly { readonly reporter: string; readonly busyUntil: Millis }[];
}

interface Active {
  readonly address?: string;
  readonly reportedAt: Millis;
}

/** Who has reported lately, and how fast. */
export class Reporters {
  readonly #active = new Map<string, Active>();
  readonly #count: AddressCount;
  /** The longest silent first, which is dropped first. */
  readonly #paces = new Map<string, Millis>();

  constructor(votesPerAddress: number, stored?: StoredReporters) {
    this.#count = new AddressCount(votesPerAddress);
    for (const { reporter, address, reportedAt } of stored?.active ?? []) {
      this.#set(reporter, address, reportedAt);
    }
    for (const { reporter, busyUntil } of stored?.paces ?? []) this.#pace(reporter, busyUntil);
  }

  /** How many reported in the last five minutes; of one address at most as many as its votes that count. */
  get count(): number {
    return this.#count.total;
  }

  /** How many are stored. */
  get size(): number {
    return this.#active.size;
  }

  /** When the next one is silent for five minutes. */
  get deadline(): Millis {
    for (const { reportedAt } of this.#active.values()) return reportedAt + ACTIVE_FOR;
    return Infinity;
  }

  /**
   * Counts a report against the reporter's rate: a virtual schedule (ITU-T I.371, GCRA), which needs one number.
   *
   * @returns false when it is too fast; it is then not counted.
   */
  takePace(reporter: string, now: Millis): boolean {
    const busyUntil = Math.max(this.#paces.get(reporter) ?? now, now);
    if (busyUntil - now > (BURST - 1) * INTERVAL) return false;
    this.#pace(reporter, busyUntil + INTERVAL);
    return true;
  }

  /** Whether there is room for this reporter. */
  hasRoom(reporter: string, address: string | undefined): boolean {
    if (this.#active.has(reporter)) return true;
    if (address !== undefined && this.#count.of(address) >= MAX_OF_ADDRESS) return false;
    return this.#active.size < MAX_REPORTERS;
  }

  /** The reporter has reported; ask {@linkcode hasRoom} before. */
  note(reporter: string, address: string | undefined, now: Millis): void {
    this.#remove(reporter);
    this.#set(reporter, address, now);
  }

  /** Forgets those who are silent for five minutes. */
  forget(now: Millis): void {
    for (const [reporter, { reportedAt }] of this.#active) {
      if (reportedAt + ACTIVE_FOR > now) return;
      this.#remove(reporter);
    }
  }

  toStored(): StoredReporters {
    return {
      active: Array.from(this.#active, ([reporter, active]) => ({ reporter, ...active })),
      paces: Array.from(this.#paces, ([reporter, busyUntil]) => ({ reporter, busyUntil })),
    };
  }

  #pace(reporter: string, busyUntil: Millis): void {
    this.#paces.delete(reporter);
    this.#paces.set(reporter, busyUntil);
    if (this.#paces.size <= MAX_REPORTERS) return;
    for (const silent of this.#paces.keys()) return void this.#paces.delete(silent);
  }

  #set(reporter: string, address: string | undefined, reportedAt: Millis): void {
    this.#active.set(reporter, { ...(address !== undefined && { address }), reportedAt });
    this.#count.add(address);
  }

  #remove(reporter: string): void {
    const active = this.#active.get(reporter);
    if (!active) return;
    this.#active.delete(reporter);
    this.#count.remove(active.address);
  }
}
