import type { Millis } from "../../shared/core/units.ts";
import type { CaptureControl } from "../../shared/studio/capture_messages.ts";
import { type LossSummary, ScreenBitrate } from "../origin/screen/desktop/bitrate.ts";

/** Follows the listeners with the bitrate of the page's screen. */
export class ScreenSteering {
  readonly #usual: number;
  #given: number | undefined;
  #bearable: ScreenBitrate | undefined;

  /** @param usual bits per second, for a page that does not say what it was given. */
  constructor(usual: number) {
    this.#usual = usual;
  }

  /**
   * A page begins, or begins again, to bring the screen.
   *
   * @returns what to tell it, when the listeners can't take the bitrate that it was given.
   */
  begin(given = this.#usual): CaptureControl | undefined {
    if (given !== this.#given || !this.#bearable) this.#bearable = new ScreenBitrate(given);
    this.#given = given;
    return this.#bearable.bitrate === given ? undefined : this.#control(this.#bearable);
  }

  /** The host has stopped to share. */
  stop(): void {
    this.#bearable = undefined;
  }

  /** @returns what to tell the page, when the bitrate has changed. */
  noteLosses(losses: LossSummary, now: Millis): CaptureControl | undefined {
    const bearable = this.#bearable;
    return bearable?.noteLosses(losses, now) ? this.#control(bearable) : undefined;
  }

  #control({ bitrate }: ScreenBitrate): CaptureControl {
    return { kind: "screen-control", bitrate };
  }
}
