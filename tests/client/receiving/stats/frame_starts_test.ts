import assert from "node:assert/strict";
import { FrameStarts } from "../../../../client/receiving/stats/frame_starts.ts";
import type { Arrival } from "../../../../client/receiving/stats/arrival.ts";
import { STARTS, T0 } from "../../starts.ts";

function arrival(sequence: number, frameNumber: number, ticks: number): Arrival {
  return { sequence, frameNumber, ticks, arrivedAt: T0 + sequence, payload: new Uint8Array(1) };
}

for (const start of STARTS) {
  Deno.test(`the first packet of each frame tells of the path, from ${start}`, () => {
    const starts = new FrameStarts();
    const packets = [0, 0, 0, 1, 2, 2].map((frame, index) =>
      arrival(start + index, frame, frame * 3000)
    );
    const timed = packets.map((packet) => starts.onOriginal(packet)?.arrival.sequence);
    assert.deepEqual(timed, [start, undefined, undefined, start + 3, start + 4, undefined]);
  });

  Deno.test(`a packet that was overtaken tells nothing, from ${start}`, () => {
    const starts = new FrameStarts();
    starts.onOriginal(arrival(start + 5, 2, 6000));
    assert.equal(starts.onOriginal(arrival(start + 3, 1, 3000)), undefined);
    assert.equal(starts.onOriginal(arrival(start + 6, 3, 9000))?.isAnew, false);
  });

  Deno.test(`with B-frames, only frames before one that is shown later were sent at their time, from ${start}`, () => {
    const starts = new FrameStarts();
    const order = [0, 3, 1, 2, 6, 4, 5, 11, 9, 7, 8, 10, 12];
    const timed = order.map((place, index) =>
      starts.onOriginal(arrival(start + index, index, place * 3000))
    );
    const places = timed.map((one) => one && one.arrival.ticks / 3000);
    // 3 is taken before it is known; then 1 corrects it.
    const none = undefined;
    assert.deepEqual(places, [0, 3, none, 1, 2, none, 4, 5, none, none, 7, 8, 10]);
    const anew = timed.flatMap((one, index) => one?.isAnew ? [index] : []);
    assert.deepEqual(anew, [3], "what 3 told is wrong");
  });
}
