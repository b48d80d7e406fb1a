import type { ExtendedSequence } from "../../../shared/core/units.ts";

/** A packet of a frame, as it is sent. */
export interface FramePacketSent {
  readonly sequence: ExtendedSequence;
  readonly bytes: number;
  readonly isKey: boolean;
  readonly frameNumber: number;
}

/** Where the last key frame of a stream begins, with which a listener can begin. */
export class KeyFrames {
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

  onPacket({ sequence, bytes, isKey, frameNumber }: FramePacketSent): void {
    const isFirst = frameNumber !== this.#frameNumber;
    this.#frameNumber = frameNumber;
    if (!isKey) return;
    if (isFirst) this.#begin(sequence);
    this.#bytes += bytes;
  }

  #begin(sequence: ExtendedSequence): void {
    this.#largest = this.#bytes;
    this.#bytes = 0;
    this.#start = sequence;
    this.#count++;
  }
}
