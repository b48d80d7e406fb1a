import type { Millis } from "../../shared/core/units.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { TimelineSender } from "../origin/timeline/timeline_sender.ts";
import type { SessionTable } from "../edge/sessions/sessions.ts";
import type { Sound } from "../origin/sound/sound.ts";

/** The start waits no longer than this for a source that gives no sound. */
const LONGEST_WAIT_FOR_SOUND_MILLIS = 2000;
/** The BYE is sent this often, this far apart, since any of them may be lost. */
const GOODBYE_COUNT = 3;
const GOODBYE_INTERVAL_MILLIS = 100;
/** Then it is repeated at this interval while a listener has not answered: it may still miss the end. */
const REMINDER_INTERVAL_MILLIS = 250;
/** A listener that has not answered by then will not: it fell silent before. */
const LONGEST_MILLIS = 5000;

export interface StartAndEndOptions {
  readonly config: Pick<ServerConfig, "waitFor" | "durationMillis">;
  readonly sessions: SessionTable;
  /** Undefined when there is no sound, or none yet. */
  readonly sound: () => Pick<Sound, "isReady" | "endsAt"> | undefined;
  /** Whether sound is expected that has not begun. */
  readonly isSoundAwaited: () => boolean;
  readonly timelineSender: Pick<TimelineSender, "isOver"> | undefined;
  readonly now: Millis;
}

/** Decides when a broadcast starts, and when it is over: at the end of its sources, or of its duration. */
export class StartAndEnd {
  readonly #options: StartAndEndOptions;
  #startedAt: Millis | undefined;

  constructor(options: StartAndEndOptions) {
    this.#options = options;
  }

  get startedAt(): Millis | undefined {
    return this.#startedAt;
  }

  /** When to ask again whether the broadcast starts or is over; earlier if an input arrives. */
  get deadline(): Millis {
    const soundEndsAt = this.#options.sound()?.endsAt ?? Infinity;
    // While events may come, the end of the sound ends nothing, and a deadline in the past would loop.
    const sourcesEndAt = this.#areEventsOver ? soundEndsAt : Infinity;
    return Math.min(this.#startDeadline, this.#timeEndsAt, sourcesEndAt);
  }

  /** @returns whether the broadcast starts now; true once. */
  start(now: Millis): boolean {
    if (now < this.#startDeadline) return false;
    this.#startedAt = now;
    return true;
  }

  /** Why the broadcast is over; undefined while it is not. */
  whyOver(now: Millis): string | undefined {
    if (this.#startedAt === undefined) return undefined;
    if (now >= this.#timeEndsAt) return "duration";
    const sound = this.#options.sound();
    const isSoundOver = sound ? now >= sound.endsAt : !this.#options.isSoundAwaited();
    return this.#areEventsOver && isSoundOver ? "end of broadcast" : undefined;
  }

  /** When it may start: at once, when the wait for sound is over, or (for now or any more) never. */
  get #startDeadline(): Millis {
    const { config, sessions, sound, now: openedAt } = this.#options;
    if (this.#startedAt !== undefined || sessions.joinedCount < config.waitFor) return Infinity;
    const isSoundThere = sound()?.isReady ?? true;
    return openedAt + (isSoundThere ? 0 : LONGEST_WAIT_FOR_SOUND_MILLIS);
  }

  get #timeEndsAt(): Millis {
    return (this.#startedAt ?? Infinity) + (this.#options.config.durationMillis ?? Infinity);
  }

  get #areEventsOver(): boolean {
    return this.#options.timelineSender?.isOver ?? true;
  }
}

/**
 * The end of a broadcast: its reason, and when each BYE is due. The end is over when all listeners have
 * left; until then lost packets are still sent again.
 */
export class GoodbyeSchedule {
  readonly #endsAt: Millis;
  #said = 0;
  #nextAt: Millis;
  #isOver = false;

  constructor(readonly reason: string, now: Millis) {
    this.#nextAt = now;
    this.#endsAt = now + LONGEST_MILLIS;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get deadline(): Millis {
    return this.#isOver ? Infinity : this.#nextAt;
  }

  /**
   * @param listenerCount how many listeners have not left.
   * @returns what to do now; call until undefined.
   */
  poll(listenerCount: number, now: Millis): "say-goodbye" | "end" | undefined {
    if (this.#isOver) return undefined;
    const isSaid = this.#said >= GOODBYE_COUNT;
    if (isSaid && (listenerCount === 0 || now >= this.#endsAt)) {
      this.#isOver = true;
      return "end";
    }
    if (now < this.#nextAt) return undefined;
    this.#said++;
    const isReminder = this.#said >= GOODBYE_COUNT;
    const next = now + (isReminder ? REMINDER_INTERVAL_MILLIS : GOODBYE_INTERVAL_MILLIS);
    this.#nextAt = isReminder ? Math.min(next, Math.max(this.#endsAt, now)) : next;
    return "say-goodbye";
  }
}
