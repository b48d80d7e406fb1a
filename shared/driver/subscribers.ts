/**
 * Hands each output to all subscribers, in order. Outputs that come before the first subscriber are kept
 * for that one alone, up to a limit; later ones are dropped then.
 */
export class Subscribers<Output> {
  readonly #maxEarlyOutputs: number;
  readonly #subscribers = new Set<(output: Output) => void>();
  /** Undefined once somebody has subscribed. */
  #early: Output[] | undefined = [];

  constructor(maxEarlyOutputs: number) {
    this.#maxEarlyOutputs = maxEarlyOutputs;
  }

  /** Whether somebody has ever subscribed, so that nothing is kept any more. */
  get hasBegun(): boolean {
    return this.#early === undefined;
  }

  /** @returns a function that ends the subscription. */
  subscribe(subscriber: (output: Output) => void): () => void {
    this.#subscribers.add(subscriber);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const output of early) subscriber(output);
    return () => void this.#subscribers.delete(subscriber);
  }

  tell(output: Output): void {
    if (this.#early && this.#early.length < this.#maxEarlyOutputs) this.#early.push(output);
    for (const subscriber of this.#subscribers) subscriber(output);
  }
}
