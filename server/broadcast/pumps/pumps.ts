/*
 * Loops that read a source and give what they read to a sink in time. broadcast.ts makes the sink, which gives
 * it to the core.
 */

import type { Clock } from "../../../shared/driver/clock.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { EventSchedule } from "../../origin/timeline/event_schedule.ts";
import type { NewEvent, TimelineStep } from "../../origin/timeline/new_event.ts";

/** Sound and pictures are read this far ahead of what is sent; reading goes on when half of that is left. */
const READ_AHEAD_MILLIS = 2000;
/** How often to look whether a full sink has room for events again. */
const ROOM_WAIT_MILLIS = 100;

/** A sleep that {@linkcode Alarm.ring} ends early, and the signal ends for good. */
export class Alarm {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #sleep = new AbortController();
  #hasRung = false;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#sleep.abort(), { once: true });
  }

  /** Resolves at `deadline`, or earlier at a ring; at once when a ring came since the last call. */
  async wait(deadline: Millis = Infinity): Promise<void> {
    if (!this.#hasRung && !this.#signal.aborted) {
      this.#sleep = new AbortController();
      await this.#clock.sleepUntil(deadline, this.#sleep.signal);
    }
    this.#hasRung = false;
  }

  ring(): void {
    this.#hasRung = true;
    this.#sleep.abort();
  }
}

/** Takes frames of sound, or pictures. */
export interface MediaSink<Part> {
  /** How much it holds that is not sent yet. */
  readonly backlog: Millis;
  /** Whether it accepts no more. */
  readonly isClosed: boolean;
  push(part: Part): void;
}

/** Reads sound or pictures at the pace at which they are sent, and a little ahead. Ends with them or the signal. */
export async function pumpMedia<Part>(
  parts: AsyncIterable<Part>,
  sink: MediaSink<Part>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  for await (const part of parts) {
    // A closed sink has no backlog that would slow the reading of what loops.
    if (sink.isClosed) return;
    sink.push(part);
    while (sink.backlog > READ_AHEAD_MILLIS && !signal.aborted) {
      await clock.sleepUntil(clock.now() + sink.backlog - READ_AHEAD_MILLIS / 2, signal);
    }
    if (signal.aborted) return;
  }
}

/** Puts steps into the schedule as they come; waits while the schedule is full. */
export async function pumpSteps(
  steps: AsyncIterable<TimelineStep>,
  schedule: EventSchedule,
  { clock, filled, emptied, signal }: {
    clock: Clock;
    /** Rung here when the schedule got a step. */
    filled: Alarm;
    /** Rung elsewhere when the schedule may have room again. */
    emptied: Alarm;
    signal: AbortSignal;
  },
): Promise<void> {
  for await (const step of steps) {
    while (!schedule.hasRoom && !signal.aborted) await emptied.wait();
    if (signal.aborted) return;
    schedule.push(step, clock.now());
    filled.ring();
  }
}

export interface EventSink {
  /** How many events it takes now. */
  readonly room: number;
  /** Takes events that are due together. */
  push(events: readonly NewEvent[]): void;
}

/** Gives out events when they are due and the sink has room for them, until there are no more. */
export async function pumpEvents(
  schedule: EventSchedule,
  sink: EventSink,
  { clock, filled, emptied, signal, onLongWait }: {
    clock: Clock;
    filled: Alarm;
    emptied: Alarm;
    signal: AbortSignal;
    /** Told of an event that is due much later, since all events after it wait as well. */
    onLongWait?: (step: TimelineStep, millis: Millis) => void;
  },
): Promise<void> {
  while (!schedule.isFinished && !signal.aborted) {
    const wait = schedule.takeLongWait(clock.now());
    if (wait) onLongWait?.(wait.step, wait.millis);
    await filled.wait(sink.room > 0 ? schedule.deadline : clock.now() + ROOM_WAIT_MILLIS);
    const events = schedule.due(clock.now(), sink.room);
    if (events.length > 0) sink.push(events);
    emptied.ring();
    // The lines of one read come in one by one, and a push may take milliseconds, because it is stored on
    // disk. So the next lines gather for one push, and datagrams are received between two pushes.
    if (events.length > 0) await clock.giveWay(signal);
  }
}
