import type { Millis } from "../../shared/core/units.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { TimelineSender } from "../origin/timeline/timeline_sender.ts";
import type { SessionTable } from "../edge/sessions/sessions.ts";
import type { Sound } from "../origin/sound/sound.ts";

/** A source that gives nothing holds the broadcast up no longer than this. */
const LONGEST_WAIT_FOR_SOUND_MILLIS = 2000;

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
