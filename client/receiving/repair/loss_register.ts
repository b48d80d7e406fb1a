import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { SeenWindow } from "../stats/seen_window.ts";

/** A missing packet. */
export interface Missing {
  readonly sequence: ExtendedSequence;
  /** It is not requested earlier, because it may only be late. */
  readonly requestFrom: Millis;
  /** How often it was requested. */
  readonly requests: number;
}

interface Entry extends Missing {
  requests: number;
}

export interface LossRegisterOptions {
  /** The number of the first wanted packet. */
  readonly first: ExtendedSequence;
  /** The most missing packets registered at a time; later ones are registered when these go. */
  readonly capacity: number;
}

/**
 * Which packets of one stream are missing, and when the next of them is to be requested. A packet is
 * missing from the moment it is known to have been sent (a later one came, a sender report says so, or
 * it is overdue) until it comes or is given up. Numbers are extended.
 *
 * A packet that came but cannot be opened yet is *held*: it stays missing but is not requested.
 */
export class LossRegister {
  readonly #capacity: number;
  /** Ascending by sequence number, because entries are added in that order. */
  readonly #missing = new Map<ExtendedSequence, Entry>();
  /** The missing packets never requested and not held, ascending by `requestFrom`. */
  #unrequested: Entry[] = [];
  /** How many missing packets were requested before and are not held. */
  #requestedCount = 0;
  /** Until when each held packet is held. They need not be missing. */
  readonly #heldUntil = new Map<ExtendedSequence, Millis>();
  readonly #came = new SeenWindow();
  /** Every packet up to this number came, is missing, or was given up. */
  #registered: ExtendedSequence;
  /** The highest number known to have been sent. */
  #sent: ExtendedSequence;

  constructor({ first, capacity }: LossRegisterOptions) {
    this.#capacity = capacity;
    this.#registered = first - 1;
    this.#sent = first - 1;
  }

  /** The missing packets, ascending by number. */
  get missing(): Iterable<Missing> {
    return this.#missing.values();
  }

  get size(): number {
    return this.#missing.size;
  }

  /** The highest number known to have been sent, or overdue. */
  get sent(): ExtendedSequence {
    return this.#sent;
  }

  /** Whether the packet is missing and was requested. */
  isRequested(sequence: ExtendedSequence): boolean {
    return (this.#missing.get(sequence)?.requests ?? 0) > 0;
  }

  /**
   * When the next missing packet is to be requested; Infinity if none is. It does not visit every
   * missing packet, because it is read for each datagram.
   *
   * @param repeatAt when packets requested before are to be requested again.
   */
  nextRequestAt(repeatAt: Millis): Millis {
    let earliest = this.#unrequested[0]?.requestFrom ?? Infinity;
    if (this.#requestedCount > 0) earliest = Math.min(earliest, repeatAt);
    for (const [sequence, until] of this.#heldUntil) {
      const held = this.#missing.get(sequence);
      if (!held) continue;
      const at = held.requests === 0 ? held.requestFrom : repeatAt;
      earliest = Math.min(earliest, Math.max(at, until));
    }
    return earliest;
  }

  /** The missing packets that may be requested now. Holds that have expired end first. */
  due(now: Millis): readonly Missing[] {
    for (const [sequence, until] of this.#heldUntil) {
      if (until <= now) this.#release(sequence);
    }
    return [...this.#missing.values()].filter(({ sequence, requestFrom }) =>
      requestFrom <= now && !this.#heldUntil.has(sequence)
    );
  }

  /** Those packets, which {@linkcode due} returned, were requested. */
  onRequested(sequences: readonly ExtendedSequence[]): void {
    for (const sequence of sequences) {
      const entry = this.#missing.get(sequence)!;
      if (entry.requests++ === 0) this.#requestedCount++;
    }
    this.#unrequested = this.#unrequested.filter(({ requests }) => requests === 0);
  }

  /** The packet is here but cannot be opened before its key comes: it is not requested until then. */
  hold(sequence: ExtendedSequence, until: Millis): void {
    this.#release(sequence);
    const entry = this.#missing.get(sequence);
    if (entry) this.#unschedule(entry);
    this.#heldUntil.set(sequence, until);
  }

  /**
   * Every packet up to `sequence` was sent. Those of them that did not come are missing.
   *
   * @param requestFrom when the newly missing packets may be requested.
   */
  onSent(sequence: ExtendedSequence, requestFrom: Millis): void {
    if (sequence > this.#sent) this.#sent = sequence;
    this.#register(requestFrom);
  }

  /**
   * A packet came: an original, a retransmission or one recovered from parity.
   *
   * @param requestFrom when the newly missing packets before it may be requested.
   * @returns whether it came for the first time.
   */
  onCame(sequence: ExtendedSequence, requestFrom: Millis): boolean {
    this.#release(sequence);
    const isFirst = this.#came.mark(sequence);
    this.giveUp(sequence);
    this.onSent(sequence, requestFrom);
    return isFirst;
  }

  /** The packet is not requested any more. */
  giveUp(sequence: ExtendedSequence): void {
    const entry = this.#missing.get(sequence);
    if (!entry) return;
    this.#missing.delete(sequence);
    if (!this.#heldUntil.has(sequence)) this.#unschedule(entry);
  }

  /** The first wanted packet is a later one: those before it are not missing. */
  beginAt(first: ExtendedSequence): void {
    for (const sequence of [...this.#missing.keys()]) {
      if (sequence < first) this.giveUp(sequence);
    }
    this.#registered = Math.max(this.#registered, first - 1);
    this.onSent(this.#registered, -Infinity);
  }

  /**
   * The packets after `sequence` that were overdue have not been sent, because the sender paused. They
   * are registered again once they are known to have been sent.
   */
  retract(sequence: ExtendedSequence): void {
    for (const expected of [...this.#missing.keys()]) {
      if (expected > sequence) this.giveUp(expected);
    }
    this.#registered = Math.min(this.#registered, sequence);
    this.#sent = Math.min(this.#sent, sequence);
  }

  #register(requestFrom: Millis): void {
    while (this.#registered < this.#sent && this.#missing.size < this.#capacity) {
      const sequence = ++this.#registered as ExtendedSequence;
      if (this.#came.has(sequence)) continue;
      const entry = { sequence, requestFrom, requests: 0 };
      this.#missing.set(sequence, entry);
      if (!this.#heldUntil.has(sequence)) this.#schedule(entry);
    }
  }

  #release(sequence: ExtendedSequence): void {
    if (!this.#heldUntil.delete(sequence)) return;
    const entry = this.#missing.get(sequence);
    if (entry) this.#schedule(entry);
  }

  #schedule(entry: Entry): void {
    if (entry.requests > 0) {
      this.#requestedCount++;
      return;
    }
    // Nearly always the end: losses are registered in the order of their times.
    let index = this.#unrequested.length;
    while (index > 0 && this.#unrequested[index - 1]!.requestFrom > entry.requestFrom) index--;
    this.#unrequested.splice(index, 0, entry);
  }

  #unschedule(entry: Entry): void {
    if (entry.requests > 0) this.#requestedCount--;
    else this.#unrequested.splice(this.#unrequested.indexOf(entry), 1);
  }
}
