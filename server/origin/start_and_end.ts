import type { Millis } from "../../shared/core/units.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { TimelineSender } from "./timeline/timeline_sender.ts";

/** The start waits no longer than this for a source that gives no sound, or no pictures. */
const LONGEST_WAIT_FOR_MEDIA_MILLIS = 2000;

/** The sound, or the screen. */
export interface Medium {
  /** Whether enough of it waits for the broadcast to start. */
  readonly isReady: boolean;
  /** Infinity while there is more of it, or may be. */
  readonly endsAt: Millis;
}

export interface StartAndEndOptions {
  readonly config: Pick<OriginConfig, "waitFor" | "durationMillis">;
  /** How many listeners have joined, at all edges. */
  readonly joinedCount: () => number;
  /** Those that have begun. */
  readonly media: () => readonly Medium[];
  /** Whether sound or a screen is expected that has not begun, or may come back. */
  readonly isMediaAwaited: () => boolean;
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
    // While events or media may come, the end of a medium ends nothing, and a deadline in the past would loop.
    const sourcesEndAt = this.#areEventsOver ? this.#mediaEndAt : Infinity;
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
    const { media, isMediaAwaited } = this.#options;
    const isMediaOver = !isMediaAwaited() && media().every(({ endsAt }) => now >= endsAt);
    return this.#areEventsOver && isMediaOver ? "end of broadcast" : undefined;
  }

  /** When it may start: at once, when the wait for sound and pictures is over, or (for now or any more) never. */
  get #startDeadline(): Millis {
    const { config, joinedCount, media, now: openedAt } = this.#options;
    if (this.#startedAt !== undefined || joinedCount() < config.waitFor) return Infinity;
    const areThere = media().every(({ isReady }) => isReady);
    return openedAt + (areThere ? 0 : LONGEST_WAIT_FOR_MEDIA_MILLIS);
  }

  /** When all media have ended; Infinity when there are none, or more may come. */
  get #mediaEndAt(): Millis {
    const ends = this.#options.media().map(({ endsAt }) => endsAt as number);
    return ends.length === 0 || this.#options.isMediaAwaited() ? Infinity : Math.max(...ends);
  }

  get #timeEndsAt(): Millis {
    return (this.#startedAt ?? Infinity) + (this.#options.config.durationMillis ?? Infinity);
  }

  get #areEventsOver(): boolean {
    return this.#options.timelineSender?.isOver ?? true;
  }
}
