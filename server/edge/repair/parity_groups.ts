import type { Millis } from "../../../shared/core/units.ts";
import type { Protection } from "../../../shared/rtp/fec.ts";
import type { Session } from "../sessions/sessions.ts";
import type { ParityEncoder } from "./parity_encoder.ts";

/** The listeners that get the same parity. */
export class ParityGroup {
  /** When the block that has begun ends at the latest; Infinity for a stream of regular packets. */
  closesAt: Millis = Infinity;
  readonly #members = new Set<Session>();
  #list: readonly Session[] | undefined;

  constructor(readonly protection: Protection, readonly encoder: ParityEncoder) {}

  get size(): number {
    return this.#members.size;
  }

  /** A new list after each change; a list once returned never changes, since it is read when the parity is sent. */
  get members(): readonly Session[] {
    return this.#list ??= [...this.#members];
  }

  add(session: Session): void {
    this.#members.add(session);
    this.#list = undefined;
  }

  delete(session: Session): void {
    this.#members.delete(session);
    this.#list = undefined;
  }
}

/** Which listener is in which group. Nothing here looks at all of them. */
export class ParityGroups {
  readonly #groups = new Map<string, ParityGroup>();
  readonly #groupOf = new WeakMap<Session, ParityGroup>();
  readonly #open: (protection: Protection) => ParityEncoder;

  /** @param open makes the encoder of a new group. */
  constructor(open: (protection: Protection) => ParityEncoder) {
    this.#open = open;
  }

  /** Those that have members. */
  get all(): Iterable<ParityGroup> {
    return this.#groups.values();
  }

  /** Moves a listener to the group with this protection; without one, or when it has left, to none. */
  put(session: Session, protection: Protection | undefined): void {
    const key = protection && !session.hasLeft ? keyOf(protection) : undefined;
    const before = this.#groupOf.get(session);
    if (before && key === keyOf(before.protection)) return;
    this.remove(session);
    if (protection && key) this.#enter(session, key, protection);
  }

  /** A group without members is closed. */
  remove(session: Session): void {
    const group = this.#groupOf.get(session);
    if (!group) return;
    this.#groupOf.delete(session);
    group.delete(session);
    if (group.size === 0) this.#groups.delete(keyOf(group.protection));
  }

  #enter(session: Session, key: string, protection: Protection): void {
    const group = this.#groups.get(key) ?? new ParityGroup(protection, this.#open(protection));
    this.#groups.set(key, group);
    this.#groupOf.set(session, group);
    group.add(session);
  }
}

function keyOf({ columns, rows, hasRowParity }: Protection): string {
  return `${columns} ${rows} ${hasRowParity}`;
}
