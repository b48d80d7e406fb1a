import {
  type MatchEvent,
  serializeEvent,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import type { SourcePosition } from "./broadcast_store.ts";
import type { Millis } from "../../../shared/core/units.ts";

/**
 * An event before it is in the timeline. The timeline adds the count and the sending time, and the
 * id and the time of the event if they are absent.
 */
export interface NewEvent {
  readonly type: TimelineEvent["type"];
  readonly content: string;
  /** The score after the event, home team first: `1 x 0`. */
  readonly score: string;
  readonly event: Omit<MatchEvent, "id" | "time"> & {
    readonly id?: string;
    readonly time?: Millis;
  };
  /** Its place in its source; absent when a restart does not continue that source. */
  readonly from?: SourcePosition;
}

/** Knows the match, so that events of several sources lead to one score. */
export interface ScoreKeeper {
  /**
   * The events with the scores that they lead to, as they are about to be stored. Each that is stored comes to
   * `onEntry` before the next call; when the store fails, the call is made again.
   */
  withScores(events: readonly NewEvent[]): NewEvent[];
  onEntry(entry: TimelineEvent): void;
}

/** An event and its time, by which `EventSchedule` spaces events. */
export interface TimelineStep extends NewEvent {
  /**
   * Time on any scale, such as since the kick-off; absent when the event is due as soon as it is
   * known.
   */
  readonly at?: Millis;
  /** The number of the event or line in its source, from 1. */
  readonly position?: number;
}

/**
 * The longest values that the timeline can add: a ULID, a time with all its fractional digits, a
 * count.
 */
const LONGEST_ID = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
const LONGEST_TIME = 1763600000000.1234;
const LONGEST_COUNT = 4_294_967_295;
const MAX_CONTENT_LENGTH = 500;
const ELLIPSIS = "…";

/**
 * Shortens `content` until the event fits a datagram, whatever the timeline adds. So a goal with a
 * long comment is still sent.
 *
 * @returns the event itself when it fits; undefined when it does not fit even without content, or
 * when another field is not valid on the wire.
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

/** Splits at visible characters, so that a flag or an accented letter is never cut in two. */
function splitCharacters(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
