/**
 * The turns of a source, one behind the other, without end where it is repeated. Pictures and sound are read apart
 * from each other: a turn is opened when the first of them needs it, and the one before is then forgotten.
 */
export class Turns<Turn> {
  readonly #openAfter: (before: Turn) => Promise<Turn | undefined>;
  readonly #kept = new Map<number, Promise<Turn | undefined>>();

  /** @param openAfter waits until nobody reads the turn before, then opens the next; undefined when there is none. */
  constructor(openAfter: (before: Turn) => Promise<Turn | undefined>) {
    this.#openAfter = openAfter;
  }

  /** Begins with this turn, which has the number 0. */
  begin(first: Turn): void {
    this.#kept.set(0, Promise.resolve(first));
  }

  /** The turns that may still be read: at most two. */
  get kept(): Promise<Turn | undefined>[] {
    return [...this.#kept.values()];
  }

  /** A turn that was opened before and may still be read. */
  get(index: number): Promise<Turn | undefined> | undefined {
    return this.#kept.get(index);
  }

  /** The turn with this number, the next after one that was opened, or that one; undefined behind the last. */
  open(index: number): Promise<Turn | undefined> {
    let turn = this.#kept.get(index);
    if (!turn) this.#kept.set(index, turn = this.#openNext(index));
    return turn;
  }

  async #openNext(index: number): Promise<Turn | undefined> {
    const before = await this.#kept.get(index - 1);
    const turn = before && await this.#openAfter(before);
    this.#kept.delete(index - 1);
    return turn;
  }
}
