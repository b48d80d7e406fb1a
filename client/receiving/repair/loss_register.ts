import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { SeenWindow } from "../stats/seen_window.ts";

/** One packet that is not there. */
export interface Missing {
  readonly sequence: ExtendedSequence;
  /** Not asked for before: until then it may just be late. */
  readonly askFrom: Millis;
  /** How often it was asked for. */
  asks: number;
}

export interface LossRegisterOptions {
  /** The number of the first packet that is wanted. */
  readonly first: ExtendedSequence;
  /** Missing packets known at the same time; those after them are looked at as these go. */
  readonly capacity: number;
}

/**
 * Which packets of a stream are missing, as plain data: it knows what was sent and what came, not
 * when to ask. Numbers are extended; a packet is missing once a later one is known to have been sent
 * (or it is expected by now itself) until it comes, by whatever way, or is given up.
 */
export class LossRegister {
  readonly #capacity: number;
  /** Ascending by sequence number: registered so, and only ever taken out of. */
  readonly #missing = new Map<ExtendedSequence, Missing>();
  readonly #came = new SeenWindow();
  /** Up to here each packet came, is missing, or was given up. */
  #registered: ExtendedSequence;
  /** Up to here everything was sent, as far as is known. */
  #sent: ExtendedSequence;

  constructor({ first, capacity }: LossRegisterOptions) {
    this.#capacity = capacity;
    this.#registered = first - 1;
    this.#sent = first - 1;
  }

  /** Missing packets, oldest first. */
  get missing(): Iterable<Missing> {
    return this.#missing.values();
  }

  get size(): number {
    return this.#missing.size;
  }

  /** The highest number known to have been sent, or expected by now. */
  get sent(): ExtendedSequence {
    return this.#sent;
  }

  /**
   * Everything up to `sequence` was sent: what of it did not come is missing.
   *
   * @param askFrom when what is missing newly may be asked for.
   */
  onSent(sequence: ExtendedSequence, askFrom: Millis): void {
    if (sequence > this.#sent) this.#sent = sequence;
    this.#register(askFrom);
  }

  /**
   * A packet came, the first time or sent again.
   *
   * @param askFrom when those before it that are missing newly may be asked for.
   * @returns whether it is here for the first time.
   */
  onCame(sequence: ExtendedSequence, askFrom: Millis): boolean {
    const isFirst = this.#came.mark(sequence);
    this.#missing.delete(sequence);
    this.onSent(sequence, askFrom);
    return isFirst;
  }

  /** It will not come in time any more: it is not asked for again. */
  giveUp(sequence: ExtendedSequence): void {
    this.#missing.delete(sequence);
  }

  /**
   * What was expected after `sequence` was not sent yet after all: the sender paused. It is looked at
   * anew when it is.
   */
  retract(sequence: ExtendedSequence): void {
    for (const expected of [...this.#missing.keys()]) {
      if (expected > sequence) this.#missing.delete(expected);
    }
    this.#registered = Math.min(this.#registered, sequence);
    this.#sent = Math.min(this.#sent, sequence);
  }

  #register(askFrom: Millis): void {
    while (this.#registered < this.#sent && this.#missing.size < this.#capacity) {
      const sequence = ++this.#registered as ExtendedSequence;
      if (!this.#came.has(sequence)) this.#missing.set(sequence, { sequence, askFrom, asks: 0 });
    }
  }
}
