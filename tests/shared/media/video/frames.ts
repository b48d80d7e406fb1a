import fc from "fast-check";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { joinAnnexB, NAL_TYPES, splitAnnexB } from "../../../../shared/media/video/h264.ts";
import { escapePayload } from "./bit_writer.ts";

/** Made by x264: 1280x720, Baseline. */
export const SPS = bytesOf("6742c01fd9005005bb011000000300100000030140f1832480");
export const PPS = bytesOf("68ebe3cb22c0");
/** Another one with id 1, without which its slices can't be read. */
export const PPS_1 = bytesOf("685ce3cb22c0");

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * A NAL unit of `size` bytes, whose content differs from unit to unit and has no start code. Referred to, as
 * parameter sets and slices are.
 */
export function nalUnit(type: number, size: number, seed = size): Uint8Array {
  const unit = new SeededRng(seed).bytes(size).map((byte) => byte | 4);
  if (size > 0) unit[0] = 0x60 | type;
  return unit;
}

export const slice = (size: number, seed?: number) => nalUnit(NAL_TYPES.slice, size, seed);
export const keySlice = (size: number, seed?: number) => nalUnit(NAL_TYPES.keySlice, size, seed);
export const information = (size: number) => nalUnit(NAL_TYPES.information, size);

/** Any unit of a type that exists, mostly small and at times large, with zeros in it. */
export const arbitraryUnit: fc.Arbitrary<Uint8Array> = fc.record({
  type: fc.oneof(fc.constantFrom(1, 1, 1, 6, 9), fc.integer({ min: 1, max: 23 })),
  reference: fc.nat(3),
  size: fc.oneof(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 60 }),
    // Around what fits one packet, and one fragment.
    fc.integer({ min: 1120, max: 1135 }),
    fc.integer({ min: 1, max: 200_000 }),
  ),
  seed: fc.nat(),
}).map(({ type, reference, size, seed }) => {
  const rng = new SeededRng(seed);
  const content = rng.bytes(Math.min(size - 1, 2000)).map((byte) => byte < 128 ? byte & 3 : byte);
  const unit = new Uint8Array(size);
  unit.fill(0x80 | (seed & 0x7f), 1);
  unit.set(escapePayload(content).subarray(0, size - 1), 1);
  unit[0] = reference << 5 | type;
  // The last byte of a unit is never zero.
  if (size > 1) unit[size - 1]! |= 0x80;
  return unit;
});

/** One access unit: some units, at least one of them a slice. */
export const arbitraryAccessUnit: fc.Arbitrary<Uint8Array[]> = fc.tuple(
  fc.array(arbitraryUnit, { maxLength: 5 }),
  arbitraryUnit,
  fc.constantFrom<number>(NAL_TYPES.slice, NAL_TYPES.keySlice),
).map(([others, unit, type]) => [...others, unit.with(0, (unit[0]! & 0x60) | type)]);

/** What {@linkcode splitAnnexB} finds when it is given these units. */
export function throughAnnexB(units: readonly Uint8Array[]): Uint8Array[] {
  return splitAnnexB(joinAnnexB(units));
}

/** A VP8 frame (RFC 6386 section 9.1) of `size` bytes; a key frame has at least 10, others 3. */
export function vp8Frame(size: number, { isKey = false, seed = size } = {}): Uint8Array {
  const frame = new SeededRng(seed).bytes(size);
  // Shown, version 0, a first partition of no bytes.
  frame.set([isKey ? 0x10 : 0x11, 0, 0]);
  // 640 by 360, not scaled.
  if (isKey) frame.set([0x9d, 0x01, 0x2a, 640 & 0xff, 640 >> 8, 360 & 0xff, 360 >> 8], 3);
  return frame;
}

export const arbitraryVp8Frame: fc.Arbitrary<Uint8Array> = fc.record({
  size: fc.oneof(
    fc.integer({ min: 10, max: 100 }),
    fc.integer({ min: 1120, max: 1135 }),
    fc.integer({ min: 10, max: 200_000 }),
  ),
  isKey: fc.boolean(),
  seed: fc.nat(),
}).map(({ size, isKey, seed }) => vp8Frame(size, { isKey, seed }));
