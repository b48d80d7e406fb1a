import assert from "node:assert/strict";
import fc from "fast-check";
import { checked } from "../../../../scripts/network/agreement.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { FramePacket } from "../../../../shared/media/video/video_payload.ts";
import { runs } from "../../../runs.ts";
import { STARTS, T0 } from "../../starts.ts";
import { makeScreen, packetsOf, whatIsWrong } from "./made_up_frames.ts";
import { type Delivery, screenInfo, Watching } from "./watching.ts";

/** A key frame each second; forged packets come in the second and the third. */
const SCREEN = { count: 210, keyEvery: 30, sizes: [6000, 3000] } as const;
const [FORGED_FROM, FORGED_MILLIS, CALM_AFTER] = [1000, 2000, 5200];
const REPORT_EVERY = 500;

/** What somebody who knows the group's key may send: a real packet that is changed. */
type Forgery = (packet: FramePacket, rng: SeededRng) => Partial<FramePacket>;

const near = (rng: SeededRng) => Math.floor((rng.float() - 0.3) * 120);

const FORGERIES: readonly Forgery[] = [
  ({ sequence }, rng) => ({ sequence: sequence + near(rng), frameNumber: rng.uint32() }),
  ({ sequence, frameNumber }, rng) => ({
    sequence: sequence + near(rng),
    marker: rng.float() < 0.5,
    frameNumber: Math.max(0, frameNumber + near(rng)),
  }),
  ({ sequence }, rng) => ({ sequence: sequence + rng.uint32() % 100, marker: false }),
  ({ sequence, ticks }, rng) => ({
    sequence: sequence + near(rng),
    ticks: ticks + Math.floor((rng.float() - 0.5) * 1_800_000),
  }),
  ({ sequence }, rng) => ({ sequence: Math.max(0, sequence - rng.uint32() % 16_000) }),
  ({ sequence }, rng) => ({ sequence: sequence + 90 * (rng.uint32() % 100) }),
];

function forge(real: readonly Delivery[], count: number, rng: SeededRng): Delivery[] {
  return Array.from({ length: count }, () => {
    const at = FORGED_FROM + rng.float() * FORGED_MILLIS;
    const { packet } = real.findLast((delivery) => delivery.at <= at)!;
    const change = FORGERIES[rng.uint32() % FORGERIES.length]!;
    const way = rng.float() < 0.3 ? "retransmission" : "original";
    const forged = { ...packet, ...change(packet, rng) };
    return { at, packet: { ...forged, sequence: Math.max(0, forged.sequence) }, way };
  });
}

Deno.test("whatever another listener forges, the ledger adds up, and soon after it ends all frames are right", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.constantFrom(...STARTS),
      fc.constantFrom<ScreenCodec>("h264", "vp8"),
      fc.integer({ min: 1, max: 200 }),
      (seed, start, codec, count) => {
        const rng = new SeededRng(seed);
        const screen = makeScreen({ ...SCREEN, codec, firstSequence: start, seed: seed % 1000 });
        const real = packetsOf(screen).map((packet): Delivery => ({
          at: packet.ticks / 90,
          packet,
        }));
        const forged = new Set(forge(real, count, rng));
        const watching = new Watching(screenInfo(start, { codec }), 200);
        let reportAt = 0;
        for (const delivery of [...real, ...forged].sort((one, other) => one.at - other.at)) {
          watching.runTo(T0 + delivery.at);
          watching.give(delivery.packet, delivery.way);
          if (!forged.has(delivery) && delivery.at >= reportAt) {
            watching.report(delivery.packet.sequence);
            reportAt = delivery.at + REPORT_EVERY;
          }
          if (watching.stream.isDisplaced) watching.streams.restart(watching.stream);
          checked({ at: watching.now, channels: [watching.ledger], junk: {} });
        }
        watching.runTo(watching.now + 1000);
        const calm = watching.frames.filter(({ at }) => at >= T0 + CALM_AFTER);
        const shown = calm.map(({ frame }) => frame);
        const firstKey = shown.findIndex(({ isKey }) => isKey);
        assert.ok(shown.length >= 50, `${shown.length} frames are shown`);
        assert.equal(whatIsWrong(screen, shown.slice(firstKey)), undefined);
        assert.equal(shown.at(-1)!.frameNumber, SCREEN.count - 1);
      },
    ),
    runs(15),
  );
});
