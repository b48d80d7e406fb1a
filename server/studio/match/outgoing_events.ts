import type { Millis } from "../../../shared/core/units.ts";
import { MAX_WAITING, UNDO_MILLIS } from "../../../shared/studio/match_messages.ts";
import type { Draft } from "./drafts.ts";

/** As many as may wait for a start or a full disk (server/origin/timeline/event_intake.ts). */
const MAX_SENT = 1000;

export interface WaitingDraft {
  readonly draft: Draft;
  /** When it goes out. */
  readonly until: Millis;
}

/** The studio's events that are not in the timeline yet: those that can be undone, then those that went out. */
export class OutgoingEvents {
  /** In the order in which they were pressed, which is that in which they go out. */
  #waiting: readonly WaitingDraft[] = [];
  /** Went out and were not accepted yet, oldest first. */
  #sent: readonly Draft[] = [];

  get deadline(): Millis {
    return this.#waiting[0]?.until ?? Infinity;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** Whether one of them names a team. */
  get nameTeams(): boolean {
    return this.all.some(({ event }) => event.event.origin !== "");
  }

  get waiting(): readonly WaitingDraft[] {
    return this.#waiting;
  }

  get sent(): readonly Draft[] {
    return this.#sent;
  }

  /** In the order in which the timeline will have them. */
  get all(): readonly Draft[] {
    return [...this.#sent, ...this.#waiting.map(({ draft }) => draft)];
  }

  /** An event that went out and was not accepted yet. */
  findSent(id: string | undefined): Draft | undefined {
    return this.#sent.find((draft) => idOf(draft) === id);
  }

  findWaiting(id: string): Draft | undefined {
    return this.#waiting.find(({ draft }) => idOf(draft) === id)?.draft;
  }

  /** The caller has looked at {@linkcode isFull}. */
  push(draft: Draft, now: Millis): void {
    this.#waiting = [...this.#waiting, { draft, until: now + UNDO_MILLIS }];
  }

  /** Changes an event that waits; it goes out when it would have gone. */
  replace(changed: Draft): void {
    this.#waiting = this.#waiting.map(({ draft, until }) => ({
      draft: idOf(draft) === idOf(changed) ? changed : draft,
      until,
    }));
  }

  /** The event never goes out. */
  remove(id: string): void {
    this.#waiting = this.#waiting.filter(({ draft }) => idOf(draft) !== id);
  }

  /** @returns the events that go out now, at most `room`. */
  take(now: Millis, room: number): readonly Draft[] {
    const due = this.#waiting.filter(({ until }) => until <= now).slice(0, Math.max(room, 0));
    this.#waiting = this.#waiting.slice(due.length);
    const taken = due.map(({ draft }) => draft);
    this.#sent = [...this.#sent, ...taken].slice(-MAX_SENT);
    return taken;
  }

  /**
   * The entry with this id is in the timeline. Events leave in order, so those that went out before it and were
   * not accepted never will be.
   *
   * @returns whether it is an event of the studio.
   */
  accept(id: string): boolean {
    const index = this.#sent.findIndex((draft) => idOf(draft) === id);
    this.#sent = this.#sent.slice(index + 1);
    return index >= 0;
  }
}

export function idOf({ event }: Draft): string {
  return event.event.id;
}
