import type { Millis } from "../../shared/core/units.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { TimelineSender } from "../origin/timeline/timeline_sender.ts";
import type { SessionTable } from "../edge/sessions/sessions.ts";
import type { Sound } from "../origin/sound/sound.ts";

/** A source that gives nothing holds the broadcast up no longer than this. */
const LONGEST_WAIT_FOR_SOUND_MILLIS = 2000;
/** The last word is said this often, this far apart, since it may be lost. */
const GOODBYE_COUNT = 3;
const GOODBYE_INTERVAL_MILLIS = 100;
/** Then again this often, to those who did not say goodbye themselves: they may still miss the end. */
const REMINDER_INTERVAL_MILLIS = 250;
/** Who is not gone by now won't go: it fell silent before. */
const LONGEST_MILLIS = 5000;

export interface StartAndEndOptions {
  readonly config: Pick<ServerConfig, "waitFor" | "durationMillis">;
  readonly sessions: SessionTable;
  /** Undefined when there is none, or none yet. */
  readonly sound: () => Pick<Sound, "isReady" | "endsAt"> | undefined;
  /** Whether it is still to come. */
  readonly isSoundAwaited: () => boolean;
  readonly timelineSender: Pick<TimelineSender, "isOver"> | undefined;
  readonly now: Millis;
}

/** When a broadcast starts, and when it is over: its sources end it, or the time it was given. */
export class StartAndEnd {
  readonly #options: StartAndEndOptions;
  #startedAt: Millis | undefined;

  constructor(options: StartAndEndOptions) {
    this.#options = options;
  }

  get startedAt(): Millis | undefined {
    return this.#startedAt;
  }

  /** When it is to be asked anew whether it starts or is over, as things stand. */
  get deadline(): Millis {
    const soundEndsAt = this.#options.sound()?.endsAt ?? Infinity;
    // While events may come the end of the sound ends nothing: it must not wake us over and over.
    const sourcesEndAt = this.#areEventsOver ? soundEndsAt : Infinity;
    return Math.min(this.#startDeadline, this.#timeEndsAt, sourcesEndAt);
  }

  /** @returns whether it starts now. */
  start(now: Millis): boolean {
    if (now < this.#startDeadline) return false;
    this.#startedAt = now;
    return true;
  }

  /** Why it is over; undefined while it is not. */
  whyOver(now: Millis): string | undefined {
    if (this.#startedAt === undefined) return undefined;
    if (now >= this.#timeEndsAt) return "duration";
    const sound = this.#options.sound();
    const isSoundOver = sound ? now >= sound.endsAt : !this.#options.isSoundAwaited();
    return this.#areEventsOver && isSoundOver ? "end of broadcast" : undefined;
  }

  /** When it may start, as things stand: at once, when the sound is given up on, or never (again). */
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
 * The end of a broadcast: its reason, and when the goodbyes are due. It is over when everybody has
 * gone; until then what they miss of the end is sent again.
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
   * @param listenerCount how many have not gone.
   * @returns what is to be done now; call until undefined.
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
