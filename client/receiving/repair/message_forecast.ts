import { FRAGMENT_BYTES, parseFragment } from "../../../shared/data/fragments.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { Foresight } from "./forecast.ts";
import type { Missing } from "./loss_register.ts";
import type { Arrival } from "../stats/arrival.ts";

export interface MessageForecastOptions {
  readonly times: { readonly targetMillis: Millis };
  /** What was sent before, by its arrival, belongs to messages that are given out or dropped. */
  readonly supersededAt: () => Millis;
  /** The age up to which the host can retransmit. */
  readonly maxAge: Millis;
}

/** A fragment without the marker is followed by others; the next is overdue so long after the newest packet. */
const LEAST_LATENESS: Millis = 15;
const SPACINGS = 4;
const SPACING_GAIN = 1 / 8;
/** A missing packet is urgent for this long after its message was due. */
const URGENT_LATE: Millis = 300;
/** So many messages that have begun are followed. The host has one or two under way. */
const MAX_OPEN = 16;

/** A message whose marker has not come. */
interface OpenMessage {
  /** Where the part ends that came with the highest number. */
  readonly end: number;
  readonly length: number;
  readonly sequence: ExtendedSequence;
  /** So many packets after that one are missing, and may be its own. */
  missing: number;
}

/**
 * Predicts the packets of a stream of messages. Its packets are numbered without gaps, while those of several
 * messages take turns; so it is known how many packets an unfinished message needs at least. To which message a
 * missing packet belongs is not known, but it was sent before its loss was noticed. So it is requested until a
 * message is given out that was numbered after that: no newer message can have had it.
 */
export class MessageForecast implements Foresight {
  readonly #options: MessageForecastOptions;
  readonly #open = new Map<number, OpenMessage>();
  #newest: { readonly sequence: ExtendedSequence; readonly arrivedAt: Millis } | undefined;
  /** Between two packets of a message, on average. */
  #spacing: Millis = 0;

  constructor(options: MessageForecastOptions) {
    this.#options = options;
  }

  get isSure(): boolean {
    return this.#following > 0;
  }

  onOriginal(arrival: Arrival): boolean {
    const newest = this.#newest;
    // Nothing is under way between two messages.
    if (newest && this.isSure && arrival.sequence > newest.sequence) {
      const packets = arrival.sequence - newest.sequence;
      const spacing = Math.max(arrival.arrivedAt - newest.arrivedAt, 0) / packets;
      this.#spacing += (spacing - this.#spacing) * SPACING_GAIN;
    }
    this.onRepaired(arrival);
    return false;
  }

  onRepaired(arrival: Arrival): void {
    const { sequence, arrivedAt } = arrival;
    const newest = this.#newest;
    const isNewest = !newest || sequence > newest.sequence;
    if (isNewest) {
      const missing = newest ? sequence - newest.sequence - 1 : 0;
      for (const message of this.#open.values()) message.missing += missing;
      this.#newest = { sequence, arrivedAt };
    }
    this.#follow(arrival, isNewest);
  }

  expectedAt(sequence: ExtendedSequence): Millis {
    const newest = this.#newest;
    if (!newest) return Infinity;
    const ahead = sequence - newest.sequence;
    if (ahead < 1 || ahead > this.#following) return Infinity;
    return newest.arrivedAt + LEAST_LATENESS + (SPACINGS + ahead - 1) * this.#spacing;
  }

  readonly unevenMillis = 0;

  isUrgent({ requestFrom }: Missing, now: Millis): boolean {
    return now < requestFrom + this.#options.times.targetMillis + URGENT_LATE;
  }

  uselessFrom({ requestFrom }: Missing): Millis {
    const { times, supersededAt, maxAge } = this.#options;
    if (requestFrom < supersededAt()) return -Infinity;
    return requestFrom + times.targetMillis + maxAge;
  }

  /** How many packets after the newest were sent for certain, or will be. */
  get #following(): number {
    let following = 0;
    for (const { end, length, missing } of this.#open.values()) {
      following += Math.max(Math.ceil((length - end) / FRAGMENT_BYTES) - missing, 0);
    }
    return following;
  }

  #follow({ sequence, marker = false, payload }: Arrival, isNewest: boolean): void {
    const fragment = parseFragment(payload);
    if (!fragment.ok) return;
    const { wrappedNumber, offset, length, bytes } = fragment.value;
    const known = this.#open.get(wrappedNumber);
    if (known && known.sequence >= sequence) return;
    const isBegin = known !== undefined || isNewest;
    this.#open.delete(wrappedNumber);
    if (marker || !isBegin) return;
    // One that was overtaken was counted as missing.
    const missing = isNewest ? 0 : Math.max(known!.missing - 1, 0);
    this.#open.set(wrappedNumber, { end: offset + bytes.length, length, sequence, missing });
    // One whose end was lost with all that followed.
    for (const oldest of this.#open.keys()) {
      if (this.#open.size > MAX_OPEN) this.#open.delete(oldest);
    }
  }
}
