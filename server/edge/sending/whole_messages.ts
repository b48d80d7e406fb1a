import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import { LastMessage } from "../../../shared/data/last_message.ts";
import type { EntryPoint, PartSent } from "./entry_point.ts";

/** Messages under way at the same time; a host sends few. */
const MAX_UNDER_WAY = 64;
/** The largest message is that of the last one or two times as many. */
const MEASURED_MESSAGES = 64;

interface UnderWay {
  bytes: number;
  readonly since: Millis;
}

/** Where the last whole message of a stream begins, with which a listener can begin. */
export class WholeMessages implements EntryPoint {
  readonly #last = new LastMessage();
  readonly #underWay = new BoundedMap<number, UnderWay>(MAX_UNDER_WAY);
  #largest = 0;
  #largestBefore = 0;
  #measured = 0;

  get start(): ExtendedSequence | undefined {
    return this.#last.start;
  }

  get largestBytes(): number {
    return Math.max(this.#largest, this.#largestBefore);
  }

  /** The packets of a large message leave over some time, and it is due as a whole. */
  onPacket({ sequence, bytes, number, isLast, readyAt }: PartSent): Millis {
    const message = this.#underWay.get(number) ?? { bytes: 0, since: readyAt };
    message.bytes += bytes;
    this.#largest = Math.max(this.#largest, message.bytes);
    this.#last.onPacket({ sequence, count: number, isLast });
    if (isLast) this.#onWhole(number);
    else this.#underWay.set(number, message);
    return message.since;
  }

  #onWhole(number: number): void {
    this.#underWay.delete(number);
    if (++this.#measured < MEASURED_MESSAGES) return;
    this.#measured = 0;
    this.#largestBefore = this.#largest;
    this.#largest = 0;
  }
}
