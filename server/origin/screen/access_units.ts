import { Counters } from "../../../shared/core/counters.ts";
import { isNalUnit, NAL_TYPES, nalTypeOf } from "../../../shared/media/video/h264.ts";
import type { ScannedUnit } from "./nal_scanner.ts";
import { MAX_NAL_UNITS, MAX_PICTURE_BYTES, type PictureFault } from "./picture.ts";

/** The NAL units of one picture. */
export interface AccessUnit {
  readonly nalUnits: readonly Uint8Array[];
  /** Of its first start code, in bytes since the beginning of the stream. */
  readonly position: number;
  readonly gapBefore: boolean;
}

/** Types that begin an access unit when they come behind a picture (H.264 section 7.4.1.2.3). */
const LEADING_TYPES: ReadonlySet<number> = new Set([
  NAL_TYPES.information,
  NAL_TYPES.sequenceParameters,
  NAL_TYPES.pictureParameters,
  NAL_TYPES.delimiter,
  14,
  15,
  16,
  17,
  18,
]);
/** Slices that begin with their picture's first macroblock: data partition A (2) as well. */
const SLICE_TYPES: ReadonlySet<number> = new Set([NAL_TYPES.slice, 2, NAL_TYPES.keySlice]);

/**
 * Groups NAL units into access units (H.264 section 7.4.1.2.3). A slice that begins with macroblock 0 begins
 * a new picture, which holds for all streams but those with arbitrary slice order or redundant slices. Each
 * field of an interlaced stream is a picture of its own.
 */
export class AccessUnits {
  #units: Uint8Array[] = [];
  #bytes = 0;
  #position = 0;
  #hasPicture = false;
  /** Something of the present picture was dropped. */
  #isDamaged = false;
  #gapBefore = false;
  readonly faults = new Counters<PictureFault | "unsendableUnit">();

  /** @returns the access unit before this unit, when the unit begins another. */
  push({ unit, position, isAfterLoss }: ScannedUnit): AccessUnit | undefined {
    if (isAfterLoss) this.#restart(beginsPicture(unit));
    if (!isNalUnit(unit)) {
      this.faults.add("unsendableUnit");
      return undefined;
    }
    const finished = this.#hasPicture && beginsPicture(unit) ? this.#finish() : undefined;
    this.#add(unit, position);
    return finished;
  }

  /** The stream has ended. @returns the last access unit. */
  end(): AccessUnit | undefined {
    return this.#hasPicture ? this.#finish() : undefined;
  }

  /** @param isBeginning whether the first unit behind the loss begins a picture. */
  #restart(isBeginning: boolean): void {
    if (this.#units.length > 0) this.#isDamaged = true;
    this.#finish();
    this.#gapBefore = true;
    this.#isDamaged = !isBeginning;
  }

  #add(unit: Uint8Array, position: number): void {
    if (this.#units.length === 0) this.#position = position;
    if (SLICE_TYPES.has(nalTypeOf(unit))) this.#hasPicture = true;
    this.#bytes += unit.length;
    const isOversized = this.#bytes > MAX_PICTURE_BYTES || this.#units.length >= MAX_NAL_UNITS;
    if (!isOversized) {
      this.#units.push(unit);
      return;
    }
    if (!this.#isDamaged) this.faults.add("oversizedPicture");
    this.#isDamaged = true;
    this.#units = [];
  }

  #finish(): AccessUnit | undefined {
    const [nalUnits, position, gapBefore] = [this.#units, this.#position, this.#gapBefore];
    const isDamaged = this.#isDamaged;
    this.#gapBefore = isDamaged;
    this.#units = [];
    this.#bytes = 0;
    this.#hasPicture = false;
    this.#isDamaged = false;
    if (!isDamaged) return { nalUnits, position, gapBefore };
    this.faults.add("damagedPicture");
    return undefined;
  }
}

/** The first number of a slice is that of its first macroblock, and 0 is the single bit 1. */
function beginsPicture(unit: Uint8Array): boolean {
  const type = nalTypeOf(unit);
  if (LEADING_TYPES.has(type)) return true;
  return SLICE_TYPES.has(type) && ((unit[1] ?? 0) & 0x80) !== 0;
}
