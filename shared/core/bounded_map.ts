/**
 * A map that holds at most `capacity` entries. When another key is added, the oldest entry is dropped.
 * The age counts from when the key was added, or from its latest {@linkcode renew}.
 */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** The oldest first. */
  values(): Value[] {
    return [...this.#entries.values()];
  }

  /** A key that is already there keeps its age. */
  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= this.capacity) return;
    for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest);
  }

  /** Makes the entry the newest one. */
  renew(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.set(key, value);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
