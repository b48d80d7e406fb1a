import { BitReader } from "./bit_reader.ts";
import { NAL_TYPES, nalTypeOf } from "./h264.ts";
import { unescapePayload } from "./h264_sps.ts";

/** H.264 sections 7.4.2.1.1 and 7.4.2.2: ids are below 32 and 256. */
const MAX_SEQUENCE_SETS = 32;
const MAX_PICTURE_SETS = 256;
/** The longest with all scaling lists have about 1 kB. */
const MAX_SET_BYTES = 4096;
/** An id has at most 17 bits and begins behind at most three bytes of profile and level. */
const HEAD_BYTES = 8;

/** The latest parameter sets of a stream, by id. */
export class ParameterSets {
  readonly #sequence = new Map<number, Uint8Array>();
  readonly #picture = new Map<number, Uint8Array>();

  /** Remembers the sets among `nalUnits`; they are copied. Other units have no effect. */
  note(nalUnits: readonly Uint8Array[]): void {
    for (const unit of nalUnits) this.#noteUnit(unit);
  }

  /** Sequence parameter sets, then picture parameter sets, in the order first seen. */
  get all(): Uint8Array[] {
    return [...this.#sequence.values(), ...this.#picture.values()];
  }

  #noteUnit(unit: Uint8Array): void {
    if (unit.length > MAX_SET_BYTES) return;
    switch (nalTypeOf(unit)) {
      case NAL_TYPES.sequenceParameters:
        return remember(this.#sequence, unit, readId(unit, 4), MAX_SEQUENCE_SETS);
      case NAL_TYPES.pictureParameters:
        return remember(this.#picture, unit, readId(unit, 1), MAX_PICTURE_SETS);
    }
  }
}

function remember(
  sets: Map<number, Uint8Array>,
  unit: Uint8Array,
  id: number | undefined,
  maxSets: number,
): void {
  if (id !== undefined && id < maxSets) sets.set(id, unit.slice());
}

function readId(unit: Uint8Array, start: number): number | undefined {
  const reader = new BitReader(unescapePayload(unit.subarray(start, start + HEAD_BYTES)));
  const id = reader.unsigned();
  return reader.isWhole ? id : undefined;
}
