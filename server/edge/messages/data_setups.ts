import type { Millis } from "../../../shared/core/units.ts";
import { type DataSetup, splitDataSetup } from "../../../shared/data/data_setup.ts";
import type { Lane } from "../../../shared/lane/lane.ts";
import { serializeHostMessage } from "../../../shared/lane/messages.ts";
import type { Session } from "../sessions/sessions.ts";

/** A set-up may be larger than a lane's queue: it is told in parts, each when the one before has nearly left. */
const PART_BYTES = 15_000;

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
  #newest: readonly Uint8Array[] = [];
  readonly #told = new WeakMap<Session, Told>();

  /** From now on this one is told. */
  set(setup: DataSetup): void {
    const parts = splitDataSetup(setup, PART_BYTES);
    this.#newest = parts.map((part, index) => {
      const isLast = index === parts.length - 1;
      return serializeHostMessage({ type: "data-setup", setup: part, isLast });
    });
  }

  /** The listener has the first message of its lane, and is told from now on. */
  onAcknowledged(session: Session): void {
    if (!this.#told.has(session)) this.#told.set(session, { parts: [], next: 0 });
  }

  /** Gives the lane as much as it has room for, beside other messages. */
  feed(session: Session, lane: Lane, now: Millis): void {
    const told = this.#told.get(session);
    while (told && lane.bytes.queued < PART_BYTES) {
      const part = this.#partAfter(told);
      if (!part) return;
      lane.send(part, now);
      told.next++;
    }
  }

  #partAfter(told: Told): Uint8Array | undefined {
    if (told.next === told.parts.length && told.parts !== this.#newest) {
      told.parts = this.#newest;
      told.next = 0;
    }
    return told.parts[told.next];
  }
}
