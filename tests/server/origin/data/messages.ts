import assert from "node:assert/strict";
import { SeededRng } from "../../../../shared/core/rng.ts";
import {
  type CheckedMessage,
  type LoadedDraft,
  MessageCheck,
} from "../../../../server/origin/data/message_check.ts";

export function checkedOf(draft: LoadedDraft): CheckedMessage {
  const result = new MessageCheck().check(draft);
  assert.ok(result.ok, result.ok ? "" : result.problem);
  return result.message;
}

/** A message with one value. */
export function numbered(index: number): CheckedMessage {
  return checkedOf({ values: { index } });
}

const NOISE = new SeededRng(9).bytes(1 << 16);

/** Bytes that can't be deflated, other ones for each `index`; made faster than by a generator. */
export function noiseOf(index: number, length: number): Uint8Array {
  const noise = new Uint8Array(length);
  for (let at = 0; at < length; at += NOISE.length) {
    noise.set(NOISE.subarray(0, Math.min(NOISE.length, length - at)), at);
    noise[at] = index;
  }
  return noise;
}

/** A message whose raw picture has `bytes` bytes that can't be deflated. */
export function withNoise(index: number, bytes: number): CheckedMessage {
  const image = {
    kind: "raw",
    width: bytes / 100,
    height: 100,
    format: "gray8",
    bytes: noiseOf(index, bytes),
  } as const;
  return checkedOf({ values: { index }, image });
}
