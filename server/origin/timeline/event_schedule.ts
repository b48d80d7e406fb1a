import type { Millis } from "../../../shared/core/units.ts";
import type { NewEvent, TimelineStep } from "./new_event.ts";

/**
 * When events are due: one each `interval`, the first at the start; or spaced as they happened,
 * `speed` times as fast, counted from the first of them.
 */
export type ScheduleMode = { readonly interval: Millis } | { readonly speed: number };

/** Steps that a source may be ahead of the schedule. */
const MAX_WAITING = 256;
/** What is due later than that is told: half-time is over sooner. */
const LONG_WAIT: Millis = 30 * 60_000;

interface WaitingStep {
  readonly step: TimelineStep;
  readonly knownAt: Millis;
}

/**
 * Says which events are due, on an absolute schedule: a late call gives all that were due in the
 * meantime and shifts nothing that follows. It reads no clock. Steps come from a generator, which is
 * asked for one at a time, or are pushed as a file or a pipe tells them.
 */
export class EventSchedule {
  readonly #pace: Pace;
  readonly #source: Iterator<TimelineStep>;
  readonly #waiting: WaitingStep[] = [];
  readonly #isSpacedByTime: boolean;
  #isSourceOpen: boolean;
  #startedAt: Millis | undefined;
  /** Whose wait was told. */
  #told: TimelineStep | undefined;

  /**
   * @param steps all steps, taken lazily; without them they are told by {@linkcode push} until
   * {@linkcode end}.
   */
  constructor(mode: ScheduleMode, steps?: Iterable<TimelineStep>) {
    this.#pace = "interval" in mode ? new IntervalPace(mode.interval) : new SpeedPace(mode.speed);
    this.#isSpacedByTime = "speed" in mode;
    this.#source = (steps ?? [])[Symbol.iterator]();
    this.#isSourceOpen = steps === undefined;
    this.#refill();
  }

  /** Whether {@linkcode push} takes another step; a source waits while it does not. */
  get hasRoom(): boolean {
    return this.#waiting.length < MAX_WAITING;
  }

  /** Whether every event was given out and no more will come. */
  get isFinished(): boolean {
    return this.#waiting.length === 0 && !this.#isSourceOpen;
  }

  /** Adds a step; whoever pushes without asking {@linkcode hasRoom} first breaks the bound. */
  push(step: TimelineStep, now: Millis): void {
    if (!this.hasRoom) throw new RangeError(`More than ${MAX_WAITING} events wait for their time`);
    this.#waiting.push({ step, knownAt: now });
  }

  /** Says that nothing more will be pushed. */
  end(): void {
    this.#isSourceOpen = false;
  }

  start(now: Millis): void {
    this.#startedAt ??= now;
  }

  /** Every event whose time has come, in order. */
  due(now: Millis): NewEvent[] {
    const events: NewEvent[] = [];
    for (let time = this.deadline; time !== undefined && time <= now; time = this.deadline) {
      const { step } = this.#waiting.shift()!;
      this.#pace.pass(step, time, this.#startedAt!);
      events.push(withoutTime(step));
      this.#refill();
    }
    return events;
  }

  /** When the next event is due; undefined before the start and while none is known. */
  get deadline(): Millis | undefined {
    const next = this.#waiting[0];
    if (next === undefined || this.#startedAt === undefined) return undefined;
    const knownAt = Math.max(next.knownAt, this.#startedAt);
    return this.#pace.timeOf(next.step, knownAt, this.#startedAt);
  }

  /** @returns the next step and how long it waits for its own time, if that is long; once for each. */
  takeLongWait(now: Millis): { readonly step: TimelineStep; readonly millis: Millis } | undefined {
    const step = this.#waiting[0]?.step;
    const millis = (this.deadline ?? now) - now;
    if (!step || !this.#isSpacedByTime || millis <= LONG_WAIT || step === this.#told) {
      return undefined;
    }
    this.#told = step;
    return { step, millis };
  }

  #refill(): void {
    if (this.#waiting.length > 0) return;
    const next = this.#source.next();
    if (!next.done) this.#waiting.push({ step: next.value, knownAt: -Infinity });
  }
}

interface Pace {
  /** When `step` is due if it is the next one. */
  timeOf(step: TimelineStep, knownAt: Millis, startedAt: Millis): Millis;
  /** Takes note that `step` was given out for `time`. */
  pass(step: TimelineStep, time: Millis, startedAt: Millis): void;
}

class IntervalPace implements Pace {
  readonly #interval: Millis;
  #nextSlot = 0;

  constructor(interval: Millis) {
    if (!(interval > 0)) throw new RangeError(`An interval must be above 0, not ${interval}`);
    this.#interval = interval;
  }

  /** The first free slot that is not over when the step becomes known: missed slots stay empty. */
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
  /** Where the steps' scale of time lies on ours: set by the first step that has a time. */
  #anchor: { readonly at: Millis; readonly time: Millis } | undefined;

  constructor(speed: number) {
    if (!(speed > 0)) throw new RangeError(`A speed must be above 0, not ${speed}`);
    this.#speed = speed;
  }

  /** May lie before an earlier step's, and is then due right after it. */
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
