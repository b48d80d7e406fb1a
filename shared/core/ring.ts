/**
 * A map from growing numbers to values, with a fixed number of slots: a new entry overwrites the one
 * `capacity` before it. Each slot keeps its full key, so an overwritten entry is reported as missing.
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
