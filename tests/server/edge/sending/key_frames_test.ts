import assert from "node:assert/strict";
import { KeyFrames } from "../../../../server/edge/sending/key_frames.ts";

const PART = { bytes: 100, isLast: false, readyAt: 0 };

Deno.test("the last key frame begins with its first packet, and its bytes are counted", () => {
  const frames = new KeyFrames();
  let sequence = 65_534;
  const send = (frameNumber: number, isKey: boolean, packets: number) => {
    for (let at = 0; at < packets; at++) {
      frames.onPacket({ sequence: sequence++, ...PART, isKey, number: frameNumber });
    }
  };
  send(6, false, 2);
  assert.deepEqual([frames.start, frames.count, frames.largestBytes], [undefined, 0, 0]);
  send(7, true, 5);
  assert.deepEqual([frames.start, frames.count, frames.largestBytes], [65_536, 1, 500]);
  send(8, false, 9);
  send(9, true, 1);
  // One that has only begun counts with the one before.
  assert.deepEqual([frames.start, frames.count, frames.largestBytes], [65_550, 2, 500]);
  send(9, true, 2);
  send(10, true, 1);
  assert.deepEqual([frames.start, frames.count, frames.largestBytes], [65_553, 3, 300]);
});
