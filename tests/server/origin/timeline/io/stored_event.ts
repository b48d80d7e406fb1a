import type {
  BroadcastStore,
  EntryBatch,
  SourcePosition,
} from "../../../../../server/origin/timeline/broadcast_store.ts";
import {
  parseEvent,
  serializeEvent,
  type TimelineEvent,
} from "../../../../../shared/event/event.ts";

/** An entry large enough to span several pages of the database. */
export function storedEvent(count: number): TimelineEvent {
  return {
    count,
    type: 17,
    score: "1 x 0",
    content: `Número ${count}: ${"é".repeat(200)}`,
    time: 1_763_600_000_000 + count,
    event: {
      id: `event-${count}`,
      type: "event",
      title: "Note",
      origin: "",
      time: 1_763_600_000_000.25 + count,
      clock: "12:34",
      period: 1,
    },
  };
}

/** What stores one entry alone. */
export function batchOf(entry: TimelineEvent, from?: SourcePosition): EntryBatch {
  return { entries: [{ entry, json: serializeEvent(entry), ...(from && { from }) }], blocks: [] };
}

/** All entries of a store. */
export function entriesOf(store: BroadcastStore): TimelineEvent[] {
  return Array.from(store.load().timeline.entriesFrom(1), ({ json }) => {
    const entry = parseEvent(json);
    if (!entry.ok) throw new Error(entry.junk);
    return entry.value;
  });
}
