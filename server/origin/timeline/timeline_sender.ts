/*
 * The timeline: the ordered list of the events of a match. No entry is ever changed or lost.
 *
 * In: events, from a file, a pipe or standard input (`io/event_source.ts`) or from the simulated
 * match (`../simulation/`), each when `event_schedule.ts` says that it is due.
 * Out: entries with their count, id and time: first written to the store (`broadcast_store.ts`),
 * then sent as the payload of one RTP packet each.
 *
 * The way of an event: `io/event_source.ts` reads bytes, `event_lines.ts` cuts them into lines,
 * `event_line.ts` parses one line (with `event_times.ts`; `resume.ts` skips what an
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
import { EventIntake } from "./event_intake.ts";
import { fitEvent, type NewEvent, type ScoreKeeper } from "./new_event.ts";
import type { ServerOutput } from "../../interface/output.ts";
import type { Timeline } from "./timeline.ts";

export interface TimelineSenderOptions {
  /** Of the channel that the events are sent in. */
  readonly clockRate: ClockRate;
  readonly timeline: Timeline;
  readonly scores?: ScoreKeeper | undefined;
  /** Sends an entry to all listeners. */
  readonly send: (payload: Uint8Array, ticks: RtpTicks) => void;
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
  #refused = 0;

  constructor(options: TimelineSenderOptions) {
    this.#options = options;
    const { warn } = options;
    this.#intake = new EventIntake({ accept: (events, at) => this.#send(events, at), warn });
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

  /** How many events may be pushed now. */
  get room(): number {
    return this.#intake.room;
  }

  /** How many events were left out because the timeline was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Stores events together, then sends them; before the start they wait. */
  push(events: readonly NewEvent[], now: Millis): void {
    this.#intake.push(events, now);
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

  #send(events: readonly NewEvent[], now: Millis): void {
    const { clockRate, timeline, scores, send, say } = this.#options;
    const fitting = this.#leaveOut(events, now);
    const accepted = fitting.slice(0, timeline.room);
    const sent = timeline.appendAll(scores?.withScores(accepted) ?? accepted, now);
    for (const { entry } of sent) scores?.onEntry(entry);
    this.#refuse(fitting.length - accepted.length, now);
    const ticks = millisToTicks(now - this.#startedAt, clockRate);
    for (const { entry, payload } of sent) {
      send(payload, ticks);
      say({ kind: "event-sent", event: entry });
    }
  }

  /** @returns the events without copies of earlier ones and without those that no listener could read. */
  #leaveOut(events: readonly NewEvent[], now: Millis): NewEvent[] {
    const { timeline, warn } = this.#options;
    const counts = new Map<string, number>();
    const fitting: NewEvent[] = [];
    for (const event of events) {
      const { event: { id } } = event;
      const copied = id === undefined ? undefined : timeline.countOf(id) ?? counts.get(id);
      const fit = copied === undefined ? fitEvent(event) : undefined;
      if (copied !== undefined) {
        warn(`An event is left out: event ${copied} already has its id ${id}`, now);
      } else if (fit) {
        fitting.push(fit);
        if (id !== undefined) counts.set(id, timeline.head.count + fitting.length);
      } else {
        const why =
          "An event is too large for a datagram, or has a field that listeners do not accept";
        warn(`${why}: it is left out (score ${event.score})`, now);
      }
    }
    return fitting;
  }

  /** Further events are refused too, so this is said once. */
  #refuse(count: number, now: Millis): void {
    if (count > 0 && this.#refused === 0) {
      const { timeline: { head }, warn } = this.#options;
      warn(`The timeline is full with ${head.count} events: further ones are left out`, now);
    }
    this.#refused += count;
  }
}
