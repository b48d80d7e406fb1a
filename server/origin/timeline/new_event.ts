import {
  type MatchEvent,
  serializeEvent,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import type { SourcePosition } from "./broadcast_store.ts";
import type { Millis } from "../../../shared/core/units.ts";

/**
 * An event on its way into the timeline. The host's core assigns what only it can know: the count,
 * the sending time, and the id and time of happening where they are absent.
 */
export interface NewEvent {
  readonly type: TimelineEvent["type"];
  readonly content: string;
  /** The score after it, home team first: `1 x 0`. */
  readonly score: string;
  readonly event: Omit<MatchEvent, "id" | "time"> & {
    readonly id?: string;
    readonly time?: Millis;
  };
  /** Where it came from, for a source that a restart reads on behind what it gave already. */
  readonly from?: SourcePosition;
}

/** An event with its place in time, by which an {@linkcode EventSchedule} spaces it. */
export interface TimelineStep extends NewEvent {
  /** On any one scale, such as since the kick-off; absent when it is due as soon as it is known. */
  readonly at?: Millis;
  /** Its place in its source, growing from 1: the line of a file. */
  readonly position?: number;
}

/** What the core will add, at its longest: a ULID, and times with all their fractional digits. */
const LONGEST_ID = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
const LONGEST_TIME = 1763600000000.1234;
const LONGEST_COUNT = 4_294_967_295;
const MAX_CONTENT_LENGTH = 500;
const ELLIPSIS = "…";

/**
 * Shortens `content` at a character until the event fits a datagram whatever the
 * core adds, so that a long comment never costs a goal.
 *
 * @returns the event itself when it fits; undefined when even an empty content would not fit, or
 * something else of it is not as listeners read it.
 */
export function fitEvent(event: NewEvent): NewEvent | undefined {
  if (event.content.length <= MAX_CONTENT_LENGTH && fits(event)) return event;
  const characters = splitCharacters(event.content);
  let shortest = 0;
  let tooLong = Math.min(characters.length, MAX_CONTENT_LENGTH);
  const shortened = (length: number): NewEvent => ({
    ...event,
    content: length === 0 ? "" : characters.slice(0, length).join("").trimEnd() + ELLIPSIS,
  });
  const isShortEnough = (candidate: NewEvent) =>
    candidate.content.length <= MAX_CONTENT_LENGTH && fits(candidate);
  if (!isShortEnough(shortened(0))) return undefined;
  while (tooLong - shortest > 1) {
    const middle = (shortest + tooLong) >> 1;
    if (isShortEnough(shortened(middle))) shortest = middle;
    else tooLong = middle;
  }
  return shortened(shortest);
}

function fits({ type, content, score, event }: NewEvent): boolean {
  const largest = { id: LONGEST_ID, time: LONGEST_TIME, ...event };
  try {
    serializeEvent({
      count: LONGEST_COUNT,
      type,
      score,
      content,
      time: LONGEST_TIME,
      event: largest,
    });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Characters as a reader sees them, so that a flag or an accent is never cut in two. */
function splitCharacters(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
