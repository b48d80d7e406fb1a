import type { Millis } from "../../shared/core/units.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { Sound } from "./sound/sound.ts";
import type { TimelineSender } from "./timeline/timeline_sender.ts";

/** The start waits no longer than this for a source that gives no sound. */
const LONGEST_WAIT_FOR_SOUND_MILLIS = 2000;

export interface StartAndEndOptions {
  readonly config: Pick<OriginConfig, "waitFor" | "durationMillis">;
  /** How many listeners have joined, at all edges. */
  readonly joinedCount: () => number;
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
    const { config, joinedCount, sound, now: openedAt } = this.#options;
    if (this.#startedAt !== undefined || joinedCount() < config.waitFor) return Infinity;
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
