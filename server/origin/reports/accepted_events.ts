/** Events of the timeline that a correction may name; the oldest is forgotten first. */
export const MAX_ACCEPTED = 1000;

export interface StoredAccepted {
  readonly eventId: string;
  /** The event that this one corrects. */
  readonly supersedes?: string;
}

/** The events on the timeline, and which of them correct which. */
export class AcceptedEvents {
  /** Each event and the one that corrects it. */
  readonly #correctedBy = new Map<string, string>();
  readonly #stored = new Map<string, StoredAccepted>();

  constructor(stored: readonly StoredAccepted[] = []) {
    for (const one of stored) this.add(one);
  }

  get size(): number {
    return this.#stored.size;
  }

  has(eventId: string): boolean {
    return this.#stored.has(eventId);
  }

  /** An event has its place on the timeline; one that is known is not changed. */
  add(event: StoredAccepted): void {
    if (this.has(event.eventId)) return;
    // Asked before it is stored: an event that names itself corrects nothing.
    if (event.supersedes !== undefined && this.has(event.supersedes)) {
      this.#correctedBy.set(event.supersedes, event.eventId);
    }
    this.#stored.set(event.eventId, event);
    if (this.#stored.size > MAX_ACCEPTED) this.#forgetOldest();
  }

  /** The event never came to the timeline. */
  remove(eventId: string): void {
    const supersedes = this.#stored.get(eventId)?.supersedes;
    if (supersedes !== undefined) this.#correctedBy.delete(supersedes);
    this.#stored.delete(eventId);
    this.#correctedBy.delete(eventId);
  }

  /** The event that holds now: the last of the corrections of the named one, or itself. */
  latest(eventId: string): string {
    // Each of these was added after the one that it corrects, so this ends.
    let latest = eventId;
    for (let next = this.#correctedBy.get(latest); next; next = this.#correctedBy.get(latest)) {
      latest = next;
    }
    return latest;
  }

  toStored(): StoredAccepted[] {
    return [...this.#stored.values()];
  }

  #forgetOldest(): void {
    for (const eventId of this.#stored.keys()) return this.remove(eventId);
  }
}
