import assert from "node:assert/strict";
import type { EncodedPicture, ScreenFormat } from "../../../../server/origin/screen/picture.ts";
import { type DueFrame, Screen } from "../../../../server/origin/screen/screen.ts";
import { H264Unpacker } from "../../../../shared/media/video/rtp_h264.ts";
import { Vp8Unpacker } from "../../../../shared/media/video/rtp_vp8.ts";
import {
  keySlice,
  nalUnit,
  PPS,
  slice,
  SPS,
  vp8Frame,
} from "../../../shared/media/video/frames.ts";
import { START } from "../../kit.ts";

const H264: ScreenFormat = { codec: "h264", parameterSets: [SPS, PPS] };
const VP8: ScreenFormat = { codec: "vp8" };
const STEP = 3000;

function openScreen(format: ScreenFormat = H264, next = 0) {
  const warnings: string[] = [];
  const numbers = { next };
  const screen = new Screen({ format, numbers, warn: (text) => warnings.push(text) });
  return { screen, warnings, numbers };
}

/** Pictures of a source, by `K` for a key frame, `d` for another, `-` before one for a gap. */
function source(text: string, size = 1000): EncodedPicture[] {
  return [...text.matchAll(/(-?)([Kd])/g)].map(([_all, gap, kind], index) => {
    const isKey = kind === "K";
    const unit = isKey ? keySlice(size, index) : slice(size, index);
    return { nalUnits: [unit], ticks: index * STEP, isKey, gapBefore: gap === "-" };
  });
}

function play(screen: Screen, pictures: readonly EncodedPicture[]): DueFrame[] {
  screen.start(START);
  for (const picture of pictures) screen.push(picture, START);
  return screen.due(START + 600_000);
}

/** The numbers in the source of the pictures that were sent. */
const sentOf = (frames: readonly DueFrame[]) =>
  frames.map(({ ticks }) => (ticks as number - 27_000) / STEP);

Deno.test("pictures before the first key frame are left out, and those after a gap up to the next", () => {
  const { screen, numbers } = openScreen(H264, 70);
  const frames = play(screen, source("ddKddd-dddKdd-Kd"));
  assert.deepEqual(sentOf(frames), [2, 3, 4, 5, 9, 10, 11, 12, 13]);
  // What nobody gets has no number: a missing number would be a lost frame.
  assert.deepEqual(
    frames.map(({ frameNumber }) => frameNumber),
    [...Array(9).keys()].map((n) => n + 70),
  );
  assert.equal(numbers.next, 79);
});

Deno.test("a picture that is too large is told by its number, and left out with those that refer to it", () => {
  const { screen, warnings } = openScreen();
  const pictures = source("KdddKd");
  const huge = { ...pictures[2]!, nalUnits: [slice(4_700_000, 1)] } as EncodedPicture;
  const frames = play(screen, pictures.with(2, huge));
  assert.deepEqual(sentOf(frames), [0, 1, 4, 5]);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^Picture 3 of the screen has 4700064 bytes and a frame holds at most 4620288/,
  );
});

Deno.test("a picture without content has no number and breaks nothing", () => {
  const { screen, warnings } = openScreen();
  const pictures = source("Kddd");
  const filler = { ...pictures[2]!, nalUnits: [nalUnit(12, 50)] } as EncodedPicture;
  const frames = play(screen, pictures.with(2, filler));
  assert.deepEqual(sentOf(frames), [0, 1, 3]);
  assert.deepEqual(frames.map(({ frameNumber }) => frameNumber), [0, 1, 2]);
  assert.deepEqual(warnings, []);
});

Deno.test("a source without key frames is warned about, once, with what to do", () => {
  const { screen, warnings } = openScreen();
  play(screen, source("d".repeat(900)));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /no key frame for 300 pictures.*force_key_frames/);
});

Deno.test("times that go back are told once", () => {
  const { screen, warnings } = openScreen();
  const pictures = source("K" + "d".repeat(60)).map((picture, index) => ({
    ...picture,
    ticks: (picture.ticks as number) - (index > 30 ? 200_000_000 : 0) -
      (index > 40 ? 200_000_000 : 0),
  }));
  assert.equal(play(screen, pictures).length, 61);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /go back/);
});

Deno.test("a late source is told with the length of the gap, as the sound's is", () => {
  const { screen, warnings } = openScreen();
  const pictures = source("Kdd");
  screen.start(START);
  for (const picture of pictures.slice(0, 2)) screen.push(picture, START);
  screen.due(START + 1000);
  screen.push(pictures[2]!, START + 2000);
  assert.match(warnings[0]!, /^The screen came too late: a gap of /);
});

for (const format of [H264, VP8]) {
  Deno.test(`the payloads of ${format.codec} give the pictures back`, () => {
    const isVp8 = format.codec === "vp8";
    const { screen } = openScreen(format);
    const pictures = source("KdddKdd", 5000).map((picture, index): EncodedPicture =>
      isVp8 ? { ...picture, bytes: vp8Frame(3000 + index, { isKey: picture.isKey }) } : picture
    );
    const unpacker = isVp8 ? new Vp8Unpacker() : new H264Unpacker();
    let sequence = 65_530;
    const got = play(screen, pictures).flatMap(({ payloads, ticks, frameNumber, isKey }) =>
      payloads.flatMap(({ payload, marker }) => {
        const packet = { payload, marker, ticks, frameNumber, sequence: sequence++ };
        const { frame } = unpacker.push(packet);
        if (frame) assert.equal(frame.isKey, isKey);
        return frame ? [frame] : [];
      })
    );
    assert.equal(got.length, 7);
    for (const [index, frame] of got.entries()) {
      const picture = pictures[index]!;
      if ("bytes" in frame) assert.deepEqual(frame.bytes, "bytes" in picture && picture.bytes);
      else assert.deepEqual(frame.nalUnits.at(-1), "nalUnits" in picture && picture.nalUnits[0]);
    }
  });
}

Deno.test("it ends when its last picture was shown, and a source that gave none ends at once", () => {
  const { screen } = openScreen();
  play(screen, source("Kdd"));
  assert.equal(screen.endsAt, Infinity);
  screen.end();
  assert.equal(screen.endsAt, START + 300 + 100);
  const none = openScreen().screen;
  none.start(START);
  none.end();
  assert.deepEqual([none.isReady, none.endsAt], [true, START]);
});
