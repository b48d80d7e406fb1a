import assert from "node:assert/strict";
import {
  ScreenSound,
  type SoundTurn,
} from "../../../../../server/origin/screen/io/screen_sound.ts";
import type { TimedFrame } from "../../../../../server/origin/screen/io/screen_turn.ts";
import type { Clock } from "../../../../../shared/driver/clock.ts";
import type { AudioFormat, EncodedFrame } from "../../../../../shared/media/channel.ts";

const FORMAT: AudioFormat = { codec: "opus", sampleRate: 48_000, channelCount: 1 };
const TICKS_IN_FRAME = 1800;
const [SECOND, START] = [90_000, 500_000];

/** A clock on which every wait is over at once. */
const CLOCK: Clock = {
  now: () => 0,
  sleepUntil: () => Promise.resolve(),
  giveWay: () => Promise.resolve(),
};

/** 20 ms of Opus; its last byte tells it from silence. */
function frameAt(ticks: number): TimedFrame {
  const bytes = Uint8Array.of(31 << 3, 1, 2, 3);
  return { frame: { bytes, sampleCount: 960, sampleRate: 48_000 }, ticks };
}

/** @param waitsAfter sound that does not come before `go` after so many frames. */
async function* framesOf(count: number, waitsAfter = Infinity, go?: Promise<void>) {
  for (let index = 0; index < count; index++) {
    if (index === waitsAfter) await go;
    yield frameAt(START + index * TICKS_IN_FRAME);
  }
}

function open(turns: readonly SoundTurn[]) {
  const ends: number[] = [];
  let stops = 0;
  const sound = new ScreenSound({ format: FORMAT, frames: () => framesOf(0) }, {
    isLive: true,
    clock: CLOCK,
    turns: {
      turn: (index) => Promise.resolve(turns[index]),
      end: (index, end) => void (ends[index] = end),
      stop: () => void stops++,
    },
  });
  return { sound, ends, stops: () => stops };
}

function turnOf(frames: () => AsyncGenerator<TimedFrame>, base = 0): SoundTurn {
  return { sound: { format: FORMAT, frames }, firstTicks: START, base };
}

const isSilence = ({ bytes }: EncodedFrame) => bytes.length === 3;

Deno.test("the sound of each turn follows the one before, and both ends are told", async () => {
  const { sound, ends, stops } = open([
    turnOf(() => framesOf(50)),
    turnOf(() => framesOf(50), SECOND),
  ]);
  const all = await Array.fromAsync(sound.frames());
  assert.deepEqual([all.length, all.filter(isSilence).length], [100, 0]);
  assert.deepEqual(ends, [SECOND, 2 * SECOND]);
  assert.equal(stops(), 1);
});

Deno.test("a turn whose pictures last longer is filled up with silence before the next one's sound", async () => {
  const { sound } = open([turnOf(() => framesOf(25)), turnOf(() => framesOf(1), SECOND)]);
  const all = await Array.fromAsync(sound.frames());
  assert.deepEqual(all.map(isSilence).lastIndexOf(true), 49);
  assert.deepEqual([all.length, all.filter(isSilence).length], [51, 25]);
});

Deno.test("sound that stops coming is silence up to half a second behind the pictures, then goes on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { sound } = open([turnOf(() => framesOf(150, 50, promise))]);
  const all: EncodedFrame[] = [];
  for await (const frame of sound.frames()) {
    all.push(frame);
    if (all.length === 50) sound.noteProgress(2.5 * SECOND);
    if (all.length === 100) resolve();
  }
  assert.equal(all.filter(isSilence).length, 50);
  assert(all.slice(50, 100).every(isSilence), "from 1 s to 2 s");
  // The frames of that second came too late, but for the last 60 ms, which are tolerated.
  assert.equal(all.length, 50 + 50 + 50 + 3);
});

Deno.test("a source that fails ends the sound with its error, and no turn waits for it", async () => {
  const { sound, stops } = open([turnOf(async function* () {
    yield frameAt(START);
    throw new Error("the disk is gone");
  })]);
  await assert.rejects(Array.fromAsync(sound.frames()), /the disk is gone/);
  assert.equal(stops(), 1);
});
