import type { RtpTicks } from "../../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import { isKeyAccessUnit, NAL_TYPES, nalTypeOf } from "../../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../../shared/media/video/h264_sps.ts";
import { type AccessUnit, AccessUnits } from "./access_units.ts";
import { NalScanner } from "./nal_scanner.ts";
import type { H264Picture } from "./picture.ts";

/** Pictures in a second where neither the stream nor anybody else says how many. */
export const USUAL_RATE = 25;
/** A stream that says to have more or fewer is not believed. */
const POSSIBLE_RATES = { lowest: 0.1, highest: 1000 };

/**
 * Cuts a byte stream (H.264 annex B), given in chunks of any size, into its pictures. The stream has no
 * times: pictures follow each other at the given rate, else at the one that the stream says, in decoding order.
 * A picture is given out when the next one begins.
 */
export class AnnexBSplitter {
  readonly #scanner = new NalScanner();
  readonly #accessUnits = new AccessUnits();
  readonly #isRateGiven: boolean;
  #rate: number | undefined;
  /** The time of the first picture at this rate, and how many had it since. */
  #base = 0;
  #count = 0;

  /** @param rate pictures per second, above 0; a fraction, as 30000 / 1001, is kept exactly. */
  constructor(rate?: number) {
    this.#isRateGiven = rate !== undefined;
    this.#rate = rate;
  }

  /** Whether the rate was given, or the stream has said it. */
  get hasRate(): boolean {
    return this.#rate !== undefined;
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
        if (!this.#isRateGiven) this.#noteRate(nalUnits);
        return { nalUnits, gapBefore, isKey, ticks: this.#nextTicks() };
      });
  }

  #noteRate(nalUnits: readonly Uint8Array[]): void {
    const set = nalUnits.find((unit) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters);
    const rate = set && parseSequenceParameters(set)?.pictureRate;
    if (rate === undefined || rate === this.#rate) return;
    if (rate < POSSIBLE_RATES.lowest || rate > POSSIBLE_RATES.highest) return;
    this.#base = this.#timeOfNext;
    this.#count = 0;
    this.#rate = rate;
  }

  get #timeOfNext(): number {
    return this.#base + this.#count * SCREEN_CLOCK_RATE / (this.#rate ?? USUAL_RATE);
  }

  #nextTicks(): RtpTicks {
    const ticks = Math.round(this.#timeOfNext);
    this.#count++;
    return ticks;
  }
}
