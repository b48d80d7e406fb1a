/** A part of a message, and what the caller knows of it. */
export interface Part<Tag> {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly tag: Tag;
}

/** A whole message, as one choice among its parts gives it. */
export interface Whole<Tag> {
  readonly bytes: Uint8Array;
  readonly parts: readonly Part<Tag>[];
}

/** So many different parts of one place are kept: the host's, and forged ones. */
const MAX_RIVALS = 3;
/** So many choices are tried in all; each costs a hash of the whole message. */
const MAX_TRIES = 32;
/** Where so few places are contested, all choices of an oldest or a newest part are tried. */
const MAX_COMBINED = 3;

type Choose<Tag> = (rivals: Part<Tag>[]) => Part<Tag>;

/**
 * The parts of one message that have come. Another listener can forge a part, but cannot take back the one that the
 * host sends: both are kept, and a message is whole with either, so that its signature can decide.
 */
export class MessageParts<Tag> {
  readonly #length: number;
  /** By their offsets; at least one each, the oldest first. */
  readonly #places = new Map<number, Part<Tag>[]>();
  #bytes = 0;
  #tries = 0;

  /** @param length of the whole message. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Of all parts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether no further choice is tried. */
  get isExhausted(): boolean {
    return this.#tries >= MAX_TRIES;
  }

  /** @returns false for a copy, and for one rival too many. */
  add(part: Part<Tag>): boolean {
    const rivals = this.#places.get(part.offset) ?? [];
    const isCopy = rivals.some(({ bytes }) => areEqual(bytes, part.bytes));
    if (isCopy || rivals.length === MAX_RIVALS) return false;
    this.#places.set(part.offset, [...rivals, part]);
    this.#bytes += part.bytes.length;
    return true;
  }

  /**
   * @param latest the part that came now: only choices with it are new.
   * @returns the choices that are whole: all newest parts, all oldest ones, and those between where few are contested.
   */
  *wholes(latest: Part<Tag>): Generator<Whole<Tag>> {
    if (this.#bytes < this.#length) return;
    const tried: Part<Tag>[][] = [];
    for (const choose of this.#choices()) {
      if (this.isExhausted) return;
      const parts = this.#walk((rivals) => rivals.includes(latest) ? latest : choose(rivals));
      if (!parts?.includes(latest) || tried.some((other) => areSame(other, parts))) continue;
      tried.push(parts);
      this.#tries++;
      yield { bytes: this.#join(parts), parts };
    }
  }

  /** An attacker is either faster than the host each time, or slower. */
  *#choices(): Generator<Choose<Tag>> {
    yield (rivals) => rivals.at(-1)!;
    yield (rivals) => rivals[0]!;
    const contested = [...this.#places.values()].filter(({ length }) => length > 1);
    if (contested.length > MAX_COMBINED) return;
    for (let newest = 0; newest < 2 ** contested.length; newest++) {
      yield (rivals) => {
        const place = contested.indexOf(rivals);
        return place >= 0 && (newest >> place & 1) === 1 ? rivals.at(-1)! : rivals[0]!;
      };
    }
  }

  /** The parts from the beginning to the end; undefined where one is missing. */
  #walk(choose: Choose<Tag>): Part<Tag>[] | undefined {
    const parts: Part<Tag>[] = [];
    for (let offset = 0; offset < this.#length;) {
      const fitting = this.#places.get(offset)?.filter((part) => this.#isFollowed(part)) ?? [];
      if (fitting.length === 0) return undefined;
      const all = this.#places.get(offset)!;
      const chosen = choose(all);
      const part = fitting.includes(chosen) ? chosen : fitting[0]!;
      parts.push(part);
      offset += part.bytes.length;
    }
    return parts;
  }

  #isFollowed({ offset, bytes }: Part<Tag>): boolean {
    const end = offset + bytes.length;
    return end === this.#length || this.#places.has(end);
  }

  #join(parts: readonly Part<Tag>[]): Uint8Array {
    const whole = new Uint8Array(this.#length);
    for (const { offset, bytes } of parts) whole.set(bytes, offset);
    return whole;
  }
}

function areSame<Item>(some: readonly Item[], others: readonly Item[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
