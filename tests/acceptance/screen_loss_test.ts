import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { HOST } from "../fakes/virtual_world.ts";
import { bursts, percentile } from "../loopback/repair_cell.ts";
import { assertExact } from "../loopback/scenario.ts";
import { ScreenScene, USUAL } from "../loopback/screen_scene.ts";

const SECONDS = 60;
const SEEDS = [1, 2, 3];

interface Cell {
  readonly name: string;
  readonly loss: Pick<NetemOptions, "loss" | "burst">;
  readonly share: number;
  /** The most frames, of all, that may be dropped; that may be late; the most of the time that may be frozen. */
  readonly most: { readonly dropped: number; readonly late: number; readonly frozen: number };
}

const CELLS: readonly Cell[] = [
  { name: "5 %", share: 0.05, loss: { loss: 0.05 }, most: { dropped: 0, late: 0, frozen: 0 } },
  {
    name: "10 %",
    share: 0.1,
    loss: { loss: 0.1 },
    most: { dropped: 0.001, late: 0.001, frozen: 0.001 },
  },
  {
    name: "20 %",
    share: 0.2,
    loss: { loss: 0.2 },
    most: { dropped: 0.01, late: 0.01, frozen: 0.01 },
  },
  {
    name: "10 % in bursts of 4",
    share: 0.1,
    loss: { burst: bursts(0.1, 4) },
    most: { dropped: 0.01, late: 0.01, frozen: 0.01 },
  },
];

/** Bytes to the listener: of the screen's first transmissions, and of its retransmissions and parity. */
function watchBytes(scene: ScreenScene) {
  const bytes = { first: 0, again: 0 };
  const { ssrc } = scene.host.core.channels.find(({ name }) => name === "screen")!;
  scene.world.net.watch((datagram, from) => {
    const kind = demux(datagram);
    if (from.port !== HOST.port || !kind.ok || kind.value !== "rtp") return;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    if (view.getUint32(8) === ssrc) bytes.first += datagram.length;
    // Payload types of the screen's retransmissions and of parity.
    else if ([112, 120].includes(datagram[1]! & 0x7f)) bytes.again += datagram.length;
  });
  return bytes;
}

for (const { name, loss, share, most } of CELLS) {
  for (const seed of SEEDS) {
    Deno.test(`a minute of a screen of 1.5 Mbit/s through losses of ${name}, latency 200 ms, seed ${seed}`, () => {
      const path = { ...loss, delayMillis: 10, jitterMillis: 5 };
      const world = { seed, towardsListener: () => path, towardsHost: () => path };
      const scene = new ScreenScene(USUAL, world, { waitFor: 1 });
      const listener = scene.addListener({ latency: 200 });
      const bytes = watchBytes(scene);
      scene.run(SECONDS * 1000);
      scene.finish();
      assertExact(scene.world, listener);
      const shown = scene.shownBy(listener);
      const dueAt = percentile(shown.map(({ number, at }) => at - number * 1000 / USUAL.rate), 0.5);
      const late = shown.filter(({ number, at }) => at - number * 1000 / USUAL.rate > dueAt + 5);
      const screen = scene.world.channel(listener, "screen");
      const sound = scene.world.channel(listener, "audio");
      const { framesDropped = 0, totalFreezesDuration = 0, freezeCount, pliCount } = screen;
      const overhead = bytes.again / bytes.first / (share / (1 - share));
      console.log(
        `${name}, seed ${seed}: ${shown.length} frames, ${framesDropped} dropped, ${late.length} late, ` +
          `${freezeCount} freezes of ${totalFreezesDuration.toFixed(2)} s, ${pliCount} PLI; ` +
          `${screen.networkLost} of ${screen.packetsExpected} packets lost, ${screen.residualLost} in the end, ` +
          `${screen.packetsRepaired.fec} by parity; repair ${overhead.toFixed(2)} times p/(1-p); ` +
          `sound ${sound.residualLost} of ${sound.packetsExpected}`,
      );
      assert.ok(shown.length > (SECONDS - 2) * USUAL.rate);
      assert.ok(framesDropped <= most.dropped * shown.length, `${framesDropped} dropped`);
      assert.ok(late.length <= most.late * shown.length, `${late.length} late`);
      assert.ok(totalFreezesDuration <= most.frozen * SECONDS, `${totalFreezesDuration} s frozen`);
      assert.ok(sound.residualLost <= 0.002 * sound.packetsExpected);
    });
  }
}
