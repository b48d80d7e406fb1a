import { type Millis, millisToTicks, type RtpTicks } from "../../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";

/**
 * Gives frames their times in a file, from 0 on. The time of a broadcast goes on while frames are missing, and
 * so does the file's. It starts anew with another broadcast; the file's time then goes on as the clock did.
 */
export class RecordingTimes {
  /** The broadcast's time at which the file's time is 0. */
  #base: RtpTicks | undefined;
  /** The latest time of a frame, and when that frame came. */
  #latest: RtpTicks = -1;
  #latestAt: Millis = 0;
  /** Of the last key frame: no frame after it is shown before it. */
  #keyTime: RtpTicks = 0;
  #isAnew = false;

  /** The next key frame is of another broadcast, whose time has nothing to do with the one before. */
  beginAnew(): void {
    this.#isAnew = this.#base !== undefined;
  }

  /** @param at when the frame came, by the listener's own clock. */
  timeOf({ ticks, isKey }: ScreenFrame, at: Millis): RtpTicks {
    this.#base ??= ticks;
    if (isKey) this.#onKeyFrame(ticks, at);
    const time = Math.max(ticks - this.#base, this.#keyTime);
    if (time >= this.#latest) {
      this.#latest = time;
      this.#latestAt = at;
    }
    return time;
  }

  #onKeyFrame(ticks: RtpTicks, at: Millis): void {
    const goesBack = ticks - this.#base! <= this.#latest;
    if (this.#isAnew || goesBack) {
      const passed = millisToTicks(at - this.#latestAt, SCREEN_CLOCK_RATE);
      this.#base = ticks - this.#latest - Math.max(passed, 1);
    }
    this.#isAnew = false;
    this.#keyTime = ticks - this.#base!;
  }
}
