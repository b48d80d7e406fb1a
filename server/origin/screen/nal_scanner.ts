import { findStartCode, withoutTrailingZeros } from "../../../shared/media/video/h264.ts";
import { ByteQueue } from "./byte_queue.ts";
import { MAX_PICTURE_BYTES } from "./picture.ts";

const START_CODE_BYTES = 3;

/** A NAL unit and where it was. */
export interface ScannedUnit {
  /** A copy. */
  readonly unit: Uint8Array;
  /** Of its start code, in bytes since the beginning of the stream. */
  readonly position: number;
  /** Whether a unit directly before it was dropped. */
  readonly isAfterLoss: boolean;
}

/**
 * Finds the NAL units of a byte stream (H.264 annex B), given in chunks of any size. A unit's end is known
 * with the next start code. What is before the first one is skipped.
 */
export class NalScanner {
  readonly #queue = new ByteQueue();
  /** Of the first byte in the queue, in bytes since the beginning of the stream. */
  #position = 0;
  /** Where the search for a start code goes on. */
  #searched = 0;
  /** Of the start code before the first byte in the queue; undefined outside a unit. */
  #unitPosition: number | undefined;
  #isAfterLoss = false;
  #oversized = 0;

  /** Bytes of the stream so far. */
  get position(): number {
    return this.#position + this.#queue.length;
  }

  /** Units dropped because they were larger than a picture may be. */
  get oversized(): number {
    return this.#oversized;
  }

  push(chunk: Uint8Array): ScannedUnit[] {
    this.#queue.append(chunk);
    const units: ScannedUnit[] = [];
    for (;;) {
      const code = findStartCode(this.#queue.bytes, this.#searched);
      if (code < 0) break;
      this.#finishUnit(code, units);
      this.#unitPosition = this.#position + code;
      this.#drop(code + START_CODE_BYTES);
    }
    this.#keepUnfinished();
    return units;
  }

  /** The stream has ended. @returns the last unit. */
  end(): ScannedUnit[] {
    const units: ScannedUnit[] = [];
    this.#finishUnit(this.#queue.length, units);
    this.#forget();
    return units;
  }

  /** Bytes are missing here: drops the unit under way. */
  reset(): void {
    this.#forget();
    this.#isAfterLoss = true;
  }

  #finishUnit(end: number, units: ScannedUnit[]): void {
    if (this.#unitPosition === undefined) return;
    const unit = withoutTrailingZeros(this.#queue.bytes.subarray(0, end)).slice();
    if (unit.length === 0) return;
    units.push({ unit, position: this.#unitPosition, isAfterLoss: this.#isAfterLoss });
    this.#isAfterLoss = false;
  }

  /** The last two bytes may be the beginning of a start code. */
  #keepUnfinished(): void {
    this.#searched = Math.max(0, this.#queue.length - START_CODE_BYTES + 1);
    const isOversized = this.#unitPosition !== undefined && this.#queue.length > MAX_PICTURE_BYTES;
    if (isOversized) {
      this.#oversized++;
      this.#isAfterLoss = true;
      this.#unitPosition = undefined;
    }
    if (this.#unitPosition === undefined) this.#drop(this.#searched);
  }

  #drop(count: number): void {
    this.#queue.drop(count);
    this.#position += count;
    this.#searched = 0;
  }

  #forget(): void {
    this.#unitPosition = undefined;
    this.#drop(this.#queue.length);
  }
}
