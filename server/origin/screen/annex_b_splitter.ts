import type { RtpTicks } from "../../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import { isKeyAccessUnit } from "../../../shared/media/video/h264.ts";
import { type AccessUnit, AccessUnits } from "./access_units.ts";
import { NalScanner } from "./nal_scanner.ts";
import type { H264Picture } from "./picture.ts";

/**
 * Cuts a byte stream (H.264 annex B), given in chunks of any size, into its pictures. The stream has no
 * times: pictures follow each other at the given rate, in decoding order. A picture is given out when the
 * next one begins.
 */
export class AnnexBSplitter {
  readonly #scanner = new NalScanner();
  readonly #accessUnits = new AccessUnits();
  readonly #ticksPerPicture: number;
  #count = 0;

  /** @param rate pictures per second, above 0; a fraction, as 30000 / 1001, is kept exactly. */
  constructor(rate: number) {
    this.#ticksPerPicture = SCREEN_CLOCK_RATE / rate;
  }

  /** What was dropped, by reason. */
  get faults() {
    return this.#accessUnits.faults;
  }

  push(chunk: Uint8Array): H264Picture[] {
    const finished = this.#scanner.push(chunk).map((unit) => this.#accessUnits.push(unit));
    return this.#toPictures(finished);
  }

  /** The stream has ended. @returns the last picture. */
  end(): H264Picture[] {
    const finished = this.#scanner.end().map((unit) => this.#accessUnits.push(unit));
    return this.#toPictures([...finished, this.#accessUnits.end()]);
  }

  #toPictures(accessUnits: readonly (AccessUnit | undefined)[]): H264Picture[] {
    return accessUnits.filter((accessUnit) => accessUnit !== undefined)
      .map(({ nalUnits, gapBefore }) => {
        const isKey = isKeyAccessUnit(nalUnits);
        return { nalUnits, gapBefore, isKey, ticks: this.#nextTicks() };
      });
  }

  #nextTicks(): RtpTicks {
    return Math.round(this.#count++ * this.#ticksPerPicture);
  }
}
