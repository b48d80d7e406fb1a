import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { EntryPoint, PartSent } from "./entry_point.ts";

/** Where the last key frame of a stream begins, with which a listener can begin. */
export class KeyFrames implements EntryPoint {
  #start: ExtendedSequence | undefined;
  #count = 0;
  #bytes = 0;
  #largest = 0;
  #frameNumber: number | undefined;

  /** The number of the first packet of the last key frame; undefined before there is one. */
  get start(): ExtendedSequence | undefined {
    return this.#start;
  }

  /** How many key frames have begun. */
  get count(): number {
    return this.#count;
  }

  /** The bytes of the largest key frame of late: a new one that is smaller counts with the last one. */
  get largestBytes(): number {
    return Math.max(this.#largest, this.#bytes);
  }

  onPacket({ sequence, bytes, isKey, number, readyAt }: PartSent): Millis {
    const isFirst = number !== this.#frameNumber;
    this.#frameNumber = number;
    if (!isKey) return readyAt;
    if (isFirst) this.#begin(sequence);
    this.#bytes += bytes;
    return readyAt;
  }

  #begin(sequence: ExtendedSequence): void {
    this.#largest = this.#bytes;
    this.#bytes = 0;
    this.#start = sequence;
    this.#count++;
  }
}
