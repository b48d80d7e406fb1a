import type { TimelineEvent } from "../../../../../shared/event/event.ts";

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
