import assert from "node:assert/strict";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { checked } from "../../../../scripts/network/agreement.ts";
import { STARTS, T0 } from "../../starts.ts";
import { type MadeScreen, makeScreen, whatIsWrong } from "./made_up_frames.ts";
import { deliver, type Delivery, screenInfo, Watching } from "./watching.ts";

const CODECS: readonly ScreenCodec[] = ["h264", "vp8"];
const LATENCY = 200;
/** Between two frames, and between two packets of a frame. */
const [FRAME, SPACING] = [1000 / 30, 1];

const upTo = (end: number, first = 0) =>
  Array.from({ length: end - first }, (_, index) => first + index);

/** All packets when they are sent; the path takes no time. */
function sent({ frames }: MadeScreen): Delivery[] {
  return frames.flatMap(({ ticks, packets }) =>
    packets.map((packet, index) => ({ at: ticks / 90 + index * SPACING, packet }))
  );
}

function addsUp(watching: Watching): void {
  checked({ at: watching.now, channels: [watching.ledger], junk: {} });
}

for (const codec of CODECS) {
  for (const start of STARTS) {
    for (const firstNumber of [0, 2 ** 32 - 4]) {
      const at = `${codec}, from packet ${start} and frame ${firstNumber}`;
      const screen = makeScreen({ codec, count: 60, firstSequence: start, firstNumber });
      const watch = () => new Watching(screenInfo(start, { codec }), LATENCY);

      Deno.test(`frames are shown at their times, and the ledger says so: ${at}`, () => {
        const watching = watch();
        deliver(watching, sent(screen));
        watching.runTo(watching.now + 1000);
        assert.deepEqual(watching.shown, upTo(60).map((index) => firstNumber + index));
        assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
        for (const [index, { at, channel }] of watching.frames.entries()) {
          assert.ok(Math.abs(at - T0 - index * FRAME - LATENCY) < 0.01);
          assert.equal(channel, "screen");
        }
        assert.deepEqual(watching.held, [true, false], "until the first frame");
        const { ledger } = watching;
        addsUp(watching);
        assert.deepEqual(
          [ledger.framesReceived, ledger.keyFramesReceived, ledger.framesDropped],
          [60, 6, 0],
        );
        assert.deepEqual(
          [ledger.freezeCount, ledger.totalFreezesDuration, ledger.pliCount],
          [0, 0, 0],
        );
        assert.deepEqual([ledger.residualLost, ledger.packetsDiscarded], [0, 0]);
        assert.deepEqual(watching.junk.snapshot(), {});
      });
    }
  }
}
