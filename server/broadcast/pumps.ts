import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";
import type { Alarm } from "./alarm.ts";
import type { EventSchedule } from "../origin/timeline/event_schedule.ts";
import type { NewEvent, TimelineStep } from "../origin/timeline/new_event.ts";

/** Sound is read this far ahead of the network, and again when half of it is gone. */
const READ_AHEAD_MILLIS = 2000;

export interface SoundSink {
  readonly backlog: Millis;
  /** Whether it takes no more. */
  readonly isClosed: boolean;
  push(frame: EncodedFrame): void;
}

/** Reads sound as fast as it is sent, and a little ahead. */
export async function pumpSound(
  frames: AsyncIterable<EncodedFrame>,
  sink: SoundSink,
  { clock, alarm, signal }: { clock: Clock; alarm: Alarm; signal: AbortSignal },
): Promise<void> {
  for await (const frame of frames) {
    // A closed sink holds nothing back, and sound that loops would be read for ever.
    if (sink.isClosed) return;
    sink.push(frame);
    while (sink.backlog > READ_AHEAD_MILLIS && !signal.aborted) {
      await alarm.wait(clock.now() + sink.backlog - READ_AHEAD_MILLIS / 2);
    }
    if (signal.aborted) return;
  }
}

/** Fills the schedule as steps become known, never further ahead than it has room. */
export async function pumpSteps(
  steps: AsyncIterable<TimelineStep>,
  schedule: EventSchedule,
  { clock, filled, emptied, signal }: {
    clock: Clock;
    /** Rung when the schedule has something new. */
    filled: Alarm;
    /** Rings when it has room again. */
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

/** Hands out events when they are due, until there are no more. */
export async function pumpEvents(
  schedule: EventSchedule,
  onEvent: (event: NewEvent) => void,
  { clock, filled, emptied, signal, onLongWait }: {
    clock: Clock;
    filled: Alarm;
    emptied: Alarm;
    signal: AbortSignal;
    /** Told of an event that keeps those behind it waiting for long, so that silence is no riddle. */
    onLongWait?: (step: TimelineStep, millis: Millis) => void;
  },
): Promise<void> {
  while (!schedule.isFinished && !signal.aborted) {
    const wait = schedule.takeLongWait(clock.now());
    if (wait) onLongWait?.(wait.step, wait.millis);
    await filled.wait(schedule.deadline);
    for (const event of schedule.due(clock.now())) onEvent(event);
    emptied.ring();
  }
}
