/**
 * A fixed number of slots addressed by a growing number. Each slot remembers its full key, so an
 * entry that was overwritten is missing rather than mistaken for its successor.
 */
export class Ring<Value> {
  readonly #keys: Float64Array;
  readonly #values: (Value | undefined)[];

  constructor(readonly capacity: number) {
    this.#keys = new Float64Array(capacity).fill(NaN);
    this.#values = new Array(capacity);
  }

  set(key: number, value: Value): void {
    const slot = this.#slot(key);
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  get(key: number): Value | undefined {
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? this.#values[slot] : undefined;
  }

  has(key: number): boolean {
    return this.#keys[this.#slot(key)] === key;
  }

  delete(key: number): void {
    const slot = this.#slot(key);
    if (this.#keys[slot] !== key) return;
    this.#keys[slot] = NaN;
    this.#values[slot] = undefined;
  }

  #slot(key: number): number {
    return ((key % this.capacity) + this.capacity) % this.capacity;
  }
}
