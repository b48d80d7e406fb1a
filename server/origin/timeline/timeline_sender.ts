/*
 * The timeline: the ordered list of the events of a match. No entry is ever changed or lost.
 *
 * In: events, from a file, a pipe or standard input (`io/event_source.ts`) or from the simulated
 * match (`../simulation/`), each when `event_schedule.ts` says that it is due.
 * Out: entries with their count, id and time: first written to the store (`broadcast_store.ts`),
 * then sent as the payload of one RTP packet each.
 *
 * The way of an event: `io/event_source.ts` reads bytes, `event_lines.ts` cuts them into lines,
 * `event_line.ts` parses one line (with `titles.ts` and `event_times.ts`; `resume.ts` skips what an
 * earlier run has stored), `event_schedule.ts` spaces the events, `event_intake.ts` holds them
 * until they can be stored, `timeline.ts` numbers them, and this file sends them. Read
 * `new_event.ts` next: the event as it is before the timeline numbers it.
 */

import {
  type ClockRate,
  type Millis,
  millisToTicks,
  type RtpTicks,
} from "../../../shared/core/units.ts";
import { serializeEvent, type TimelineEvent } from "../../../shared/event/event.ts";
import { EventIntake } from "./event_intake.ts";
import { fitEvent, type NewEvent } from "./new_event.ts";
import type { ServerOutput } from "../../interface/output.ts";
import type { Timeline } from "./timeline.ts";

export interface TimelineSenderOptions {
  /** Of the channel that the events are sent in. */
  readonly clockRate: ClockRate;
  readonly timeline: Timeline;
  readonly now: Millis;
  /** Adds the host's signature when the broadcast is encrypted; else returns the event as it is. */
  readonly sign: (event: Uint8Array) => Uint8Array;
  /** Sends an entry to all listeners. */
  readonly send: (payload: Uint8Array, ticks: RtpTicks) => void;
  /** Numbers an entry from before a restart, which listeners may still request. */
  readonly restore: (payload: Uint8Array, ticks: RtpTicks) => void;
  readonly say: (output: ServerOutput) => void;
  /** Warns the host why events wait or are skipped. */
  readonly warn: (text: string, now: Millis) => void;
}

/** Stores each event in the timeline, then sends it. */
export class TimelineSender {
  readonly #options: TimelineSenderOptions;
  readonly #intake: EventIntake;
  #startedAt: Millis = Infinity;
  #hasEnded = false;

  constructor(options: TimelineSenderOptions) {
    this.#options = options;
    const { warn } = options;
    this.#intake = new EventIntake({ accept: (event, at) => this.#send(event, at), warn });
    this.#restore();
  }

  /** When to call {@linkcode retry}; Infinity when no event waits for the store. */
  get deadline(): Millis {
    return this.#intake.deadline;
  }

  /** Why events that are due are not sent; undefined when all are sent. */
  get problem(): string | undefined {
    return this.#intake.problem;
  }

  /** Whether all events are sent and no more will come. */
  get isOver(): boolean {
    return this.#hasEnded && this.#intake.isEmpty;
  }

  /** Stores an event, then sends it; before the start the event waits. */
  push(event: NewEvent, now: Millis): void {
    this.#intake.push(event, now);
  }

  start(now: Millis): void {
    this.#startedAt = now;
    this.#intake.open(now);
  }

  retry(now: Millis): void {
    this.#intake.retry(now);
  }

  /** The source has ended: no more events will be pushed. */
  end(): void {
    this.#hasEnded = true;
  }

  #send(newEvent: NewEvent, now: Millis): void {
    const { clockRate, timeline, send, say, warn } = this.#options;
    const { event: { id } } = newEvent;
    const copied = id === undefined ? undefined : timeline.countOf(id);
    if (copied !== undefined) {
      return warn(`An event is left out: event ${copied} already has its id ${id}`, now);
    }
    const fitting = fitEvent(newEvent);
    if (!fitting) {
      const why =
        "An event is too large for a datagram, or has a field that listeners do not accept";
      return warn(`${why}: it is left out (score ${newEvent.score})`, now);
    }
    const event = timeline.append(fitting, now);
    send(this.#write(event), millisToTicks(now - this.#startedAt, clockRate));
    say({ kind: "event-sent", event });
  }

  /**
   * Gives the entries from before a restart the first sequence numbers of the stream, so that
   * `sequence number - sequenceBase + 1` is always the count.
   */
  #restore(): void {
    const { clockRate, timeline, now, restore } = this.#options;
    for (const entry of timeline.entries) {
      restore(this.#write(entry), millisToTicks(entry.time - now, clockRate));
    }
  }

  #write(event: TimelineEvent): Uint8Array {
    return this.#options.sign(serializeEvent(event));
  }
}
