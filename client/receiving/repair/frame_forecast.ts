import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { Foresight } from "./forecast.ts";
import type { Missing } from "./loss_register.ts";
import type { Arrival } from "../stats/arrival.ts";

export interface FrameForecastOptions {
  readonly times: { readonly targetMillis: Millis };
  /** Packets before this one are of no use any more. */
  readonly wantedFrom: () => ExtendedSequence;
}

/** A frame's next packet is overdue this long after the one before, and later where the host spaces them. */
const LEAST_LATENESS: Millis = 15;
const SPACINGS = 4;
const SPACING_GAIN = 1 / 8;
/** A missing packet is urgent for this long after its playout time, while the picture stands still. */
const URGENT_LATE: Millis = 300;
/** After that long the next key frame is likelier than this packet. */
const LONGEST_LATE: Millis = 2000;

/**
 * Predicts the packets of a stream of frames. How many packets a frame has is not known, and a screen that does
 * not change sends none; but a packet without the marker is followed by another of its frame. A packet that comes
 * after its playout time still completes its frame, so that it is requested until a later frame is shown.
 */
export class FrameForecast implements Foresight {
  readonly #options: FrameForecastOptions;
  #newest: Arrival | undefined;
  /** Between two packets of a frame, on average. */
  #spacing: Millis = 0;

  constructor(options: FrameForecastOptions) {
    this.#options = options;
  }

  get isSure(): boolean {
    return this.#newest !== undefined && !this.#newest.marker;
  }

  onOriginal(arrival: Arrival): boolean {
    const newest = this.#newest;
    if (newest && newest.frameNumber === arrival.frameNumber) {
      const packets = arrival.sequence - newest.sequence;
      const spacing = Math.max(arrival.arrivedAt - newest.arrivedAt, 0) / packets;
      if (packets > 0) this.#spacing += (spacing - this.#spacing) * SPACING_GAIN;
    }
    this.onRepaired(arrival);
    return false;
  }

  onRepaired(arrival: Arrival): void {
    if (!this.#newest || arrival.sequence > this.#newest.sequence) this.#newest = arrival;
  }

  expectedAt(sequence: ExtendedSequence): Millis {
    const newest = this.#newest;
    if (!newest || newest.marker || sequence !== newest.sequence + 1) return Infinity;
    return newest.arrivedAt + LEAST_LATENESS + SPACINGS * this.#spacing;
  }

  readonly unevenMillis = 0;

  isUrgent({ requestFrom }: Missing, now: Millis): boolean {
    return now < requestFrom + this.#options.times.targetMillis + URGENT_LATE;
  }

  uselessFrom({ sequence, requestFrom }: Missing): Millis {
    if (sequence < this.#options.wantedFrom()) return -Infinity;
    return requestFrom + this.#options.times.targetMillis + LONGEST_LATE;
  }
}
