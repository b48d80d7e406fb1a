import type { Millis } from "../../../shared/core/units.ts";
import { type DataSetup, splitDataSetup } from "../../../shared/data/data_setup.ts";
import type { Lane } from "../../../shared/lane/lane.ts";
import { serializeHostMessage } from "../../../shared/lane/messages.ts";
import type { Session } from "../sessions/sessions.ts";

/** A set-up may be larger than a lane's queue: it is told in parts, each when the one before has nearly left. */
const PART_BYTES = 15_000;

/** Before there is a set-up; each has at least one part. */
const NOTHING: readonly Uint8Array[] = [];

/** What a listener was told. */
interface Told {
  /** Of one set-up. */
  parts: readonly Uint8Array[];
  /** The next of them. */
  next: number;
}

/**
 * The set-up of the live data, and how much of it each listener was told. Where it changes faster than it can be
 * told, a listener is told the newest one after the one that has begun.
 */
export class DataSetups {
  #newest = NOTHING;
  readonly #told = new WeakMap<Session, Told>();

  /** From now on this one is told. */
  set(setup: DataSetup): void {
    const parts = splitDataSetup(setup, PART_BYTES);
    this.#newest = parts.map((part, index) => {
      const isLast = index === parts.length - 1;
      return serializeHostMessage({ type: "data-setup", setup: part, isLast });
    });
  }

  /** The listener has acknowledged the description, and all that followed it: from now on it is told the set-up. */
  onIdle(session: Session): void {
    if (!this.#told.has(session)) this.#told.set(session, { parts: NOTHING, next: 0 });
  }

  /** Whether the lane has room, beside other messages, for what the listener is still to be told. */
  canFeed(session: Session, lane: Lane): boolean {
    const told = this.#told.get(session);
    const hasMore = told && (told.next < told.parts.length || told.parts !== this.#newest);
    return hasMore === true && lane.bytes.queued < PART_BYTES;
  }

  /** Gives the lane as much as it has room for. */
  feed(session: Session, lane: Lane, now: Millis): void {
    while (this.canFeed(session, lane)) {
      const told = this.#told.get(session)!;
      if (told.next === told.parts.length) Object.assign(told, { parts: this.#newest, next: 0 });
      lane.send(told.parts[told.next++]!, now);
    }
  }
}
