import {
  type ClockRate,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";

/**
 * How far a stream has come, counted in whole samples since its last jump: frames of 26.12 ms add up
 * without a rounding error, however many there are.
 */
export class MediaPosition {
  readonly #clockRate: ClockRate;
  #origin: number = 0;
  #sampleCount = 0;
  #sampleRate = 1;

  constructor(clockRate: ClockRate) {
    this.#clockRate = clockRate;
  }

  /** Since the broadcast's start; has a fraction where the rates are not multiples. */
  get ticks(): RtpTicks {
    return this.#origin + this.#sampleCount * (this.#clockRate as number) / this.#sampleRate;
  }

  get millis(): Millis {
    return ticksToMillis(this.ticks, this.#clockRate);
  }

  advance(sampleCount: number, sampleRate: number): void {
    if (sampleRate !== this.#sampleRate) this.#restart(this.ticks, sampleRate);
    this.#sampleCount += sampleCount;
  }

  jumpTo(millis: Millis): void {
    this.#restart((millis as number) * (this.#clockRate as number) / 1000, this.#sampleRate);
  }

  #restart(ticks: RtpTicks, sampleRate: number): void {
    this.#origin = ticks as number;
    this.#sampleCount = 0;
    this.#sampleRate = sampleRate;
  }
}
