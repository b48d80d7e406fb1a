import type { Millis } from "../../../shared/core/units.ts";
import type { NewEvent, TimelineStep } from "./new_event.ts";

/**
 * When events are due: one every `interval`, the first at the start; or spaced by their times,
 * `speed` times as fast, counted from the first event.
 */
export type ScheduleMode = { readonly interval: Millis } | { readonly speed: number };

/** The most steps that may wait for their time. */
const MAX_WAITING = 256;
/** A longer wait is reported to the host; half-time is shorter. */
const LONG_WAIT: Millis = 30 * 60_000;

interface WaitingStep {
  readonly step: TimelineStep;
  readonly knownAt: Millis;
}

/**
 * Decides which events are due, on an absolute schedule: a late call returns all events that became
 * due and does not shift later ones. Steps are pulled one at a time from a generator, or pushed as
 * a file or a pipe is read.
 */
export class EventSchedule {
  readonly #pace: Pace;
  readonly #source: Iterator<TimelineStep>;
  readonly #waiting: WaitingStep[] = [];
  readonly #isSpacedByTime: boolean;
  #isSourceOpen: boolean;
  #startedAt: Millis | undefined;
  /** The step whose long wait was reported. */
  #reported: TimelineStep | undefined;

  /**
   * @param steps all steps, pulled lazily; without it the caller uses {@linkcode push} and
   * {@linkcode end}.
   */
  constructor(mode: ScheduleMode, steps?: Iterable<TimelineStep>) {
    this.#pace = "interval" in mode ? new IntervalPace(mode.interval) : new SpeedPace(mode.speed);
    this.#isSpacedByTime = "speed" in mode;
    this.#source = (steps ?? [])[Symbol.iterator]();
    this.#isSourceOpen = steps === undefined;
    this.#refill();
  }

  /**
   * Whether {@linkcode push} accepts another step; while it does not, reading the source pauses.
   */
  get hasRoom(): boolean {
    return this.#waiting.length < MAX_WAITING;
  }

  /** Whether every event was returned and no more will come. */
  get isFinished(): boolean {
    return this.#waiting.length === 0 && !this.#isSourceOpen;
  }

  /** Adds a step. @throws RangeError without room, see {@linkcode hasRoom}. */
  push(step: TimelineStep, now: Millis): void {
    if (!this.hasRoom) throw new RangeError(`More than ${MAX_WAITING} events wait for their time`);
    this.#waiting.push({ step, knownAt: now });
  }

  /** The source has ended: no more steps will be pushed. */
  end(): void {
    this.#isSourceOpen = false;
  }

  start(now: Millis): void {
    this.#startedAt ??= now;
  }

  /** The events due by `now`, in order, at most `limit`; the others stay due. */
  due(now: Millis, limit = Infinity): NewEvent[] {
    const events: NewEvent[] = [];
    for (let time = this.deadline; time !== undefined && time <= now; time = this.deadline) {
      if (events.length >= limit) break;
      const { step } = this.#waiting.shift()!;
      this.#pace.pass(step, time, this.#startedAt!);
      events.push(withoutTime(step));
      this.#refill();
    }
    return events;
  }

  /** When the next event is due; undefined before the start and while no event waits. */
  get deadline(): Millis | undefined {
    const next = this.#waiting[0];
    if (next === undefined || this.#startedAt === undefined) return undefined;
    const knownAt = Math.max(next.knownAt, this.#startedAt);
    return this.#pace.timeOf(next.step, knownAt, this.#startedAt);
  }

  /** @returns the next step and how long it still waits, if that is long; once for each step. */
  takeLongWait(now: Millis): { readonly step: TimelineStep; readonly millis: Millis } | undefined {
    const step = this.#waiting[0]?.step;
    const millis = (this.deadline ?? now) - now;
    if (!step || !this.#isSpacedByTime || millis <= LONG_WAIT || step === this.#reported) {
      return undefined;
    }
    this.#reported = step;
    return { step, millis };
  }

  #refill(): void {
    if (this.#waiting.length > 0) return;
    const next = this.#source.next();
    if (!next.done) this.#waiting.push({ step: next.value, knownAt: -Infinity });
  }
}

interface Pace {
  /** When `step` is due, if it is the next step. */
  timeOf(step: TimelineStep, knownAt: Millis, startedAt: Millis): Millis;
  /** `step` was returned; it was due at `time`. */
  pass(step: TimelineStep, time: Millis, startedAt: Millis): void;
}

class IntervalPace implements Pace {
  readonly #interval: Millis;
  #nextSlot = 0;

  constructor(interval: Millis) {
    if (!(interval > 0)) throw new RangeError(`An interval must be above 0, not ${interval}`);
    this.#interval = interval;
  }

  /** The first free slot after the step became known. Missed slots stay empty. */
  timeOf(_step: TimelineStep, knownAt: Millis, startedAt: Millis): Millis {
    const slot = Math.max(this.#nextSlot, Math.ceil((knownAt - startedAt) / this.#interval));
    return startedAt + slot * this.#interval;
  }

  pass(_step: TimelineStep, time: Millis, startedAt: Millis): void {
    this.#nextSlot = Math.round((time - startedAt) / this.#interval) + 1;
  }
}

class SpeedPace implements Pace {
  readonly #speed: number;
  /** Maps the times of the steps to the core's time; set by the first step that has a time. */
  #anchor: { readonly at: Millis; readonly time: Millis } | undefined;

  constructor(speed: number) {
    if (!(speed > 0)) throw new RangeError(`A speed must be above 0, not ${speed}`);
    this.#speed = speed;
  }

  /**
   * May be earlier than the previous step's time; the step is then due right after the previous
   * one.
   */
  timeOf({ at }: TimelineStep, knownAt: Millis): Millis {
    if (at === undefined || this.#anchor === undefined) return knownAt;
    return this.#anchor.time + (at - this.#anchor.at) / this.#speed;
  }

  pass({ at }: TimelineStep, time: Millis): void {
    if (at !== undefined) this.#anchor ??= { at, time };
  }
}

function withoutTime({ type, content, score, event, from }: TimelineStep): NewEvent {
  return { type, content, score, event, ...(from && { from }) };
}
