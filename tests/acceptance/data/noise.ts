import { createHash } from "node:crypto";
import { SeededRng } from "../../../shared/core/rng.ts";

/** Messages that follow from their index alone, so that a publisher and a test make the same ones. */
export const PICTURE_EVERY = 10;
export const [WIDTH, HEIGHT] = [400, 300];
const PICTURE_BYTES = WIDTH * HEIGHT;
/** Pictures begin at places in this noise that differ. */
const NOISE = new SeededRng(7).bytes(2 * PICTURE_BYTES);
const STRIDE = 7919;

export function valuesOf(index: number): Record<string, unknown> {
  const wave = Array.from({ length: 50 }, (_, at) => Math.sin((index + at) / 9));
  return { index, energy: 5800 + index % 97 / 7, mode: index % 7 < 5, wave };
}

/** The picture of a message, gray8; undefined for a message without one. */
export function pictureOf(index: number): Uint8Array | undefined {
  if (index % PICTURE_EVERY !== 0) return undefined;
  const from = index * STRIDE % PICTURE_BYTES;
  return NOISE.subarray(from, from + PICTURE_BYTES);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
