import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FrameLines } from "../../../client/console/frame_lines.ts";
import type { OutputReader } from "../../../shared/driver/machine.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { PPS, SPS } from "../../shared/media/video/frames.ts";
import { screenFrame } from "../playing/screen/screen_frames.ts";

function set(reader?: OutputReader) {
  const terminal = Object.assign(new FakeTerminal(), { reader });
  const notices: string[] = [];
  const lines = new FrameLines(terminal, {
    timeOfDay: (at) => at + 3000.4,
    onNotice: (text) => notices.push(text),
  });
  const show = (frame: ScreenFrame, at = 0) =>
    lines.onFrame({ kind: "frame", channel: "screen", frame, at });
  return { terminal, notices, lines, show };
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("each line is the contract's, in its order of names", () => {
  const { terminal, show } = set();
  const unit = Uint8Array.of(0x65, 0x88, 1, 2);
  const delimiter = Uint8Array.of(9, 0x10);
  const nalUnits = [delimiter, SPS, PPS, unit];
  show({ codec: "h264", frameNumber: 7, ticks: 2 ** 33, isKey: true, nalUnits }, 1000);
  const bytes = Uint8Array.of(1, 0, 0, 9);
  show({ codec: "vp8", frameNumber: 2 ** 32, ticks: 5, isKey: false, bytes }, 1001.5);
  assert.deepEqual(terminal.lines, [
    JSON.stringify({
      kind: "frame",
      channel: "screen",
      frame: 7,
      timestamp: 2 ** 33,
      isKey: true,
      bytes: 8,
      sha256: sha256(Uint8Array.of(0, 0, 0, 1, ...unit)),
      shownAt: 4000,
    }),
    JSON.stringify({
      kind: "frame",
      channel: "screen",
      frame: 2 ** 32,
      timestamp: 5,
      isKey: false,
      bytes: 4,
      sha256: sha256(bytes),
      shownAt: 4002,
    }),
  ]);
});

/** A reader that is behind until it is told that it has caught up. */
class SlowReader implements OutputReader {
  isBehind = false;
  #wake = () => {};

  catchUp(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  async hasCaughtUp(): Promise<void> {
    this.isBehind = false;
    this.#wake();
    await Promise.resolve();
  }
}

Deno.test("while the reader is behind frames have no line; how many is said, and lines go on", async () => {
  const reader = new SlowReader();
  const { terminal, notices, show } = set(reader);
  for (let number = 0; number < 3; number++) show(screenFrame("vp8", number));
  reader.isBehind = true;
  for (let number = 3; number < 8; number++) show(screenFrame("vp8", number));
  await reader.hasCaughtUp();
  show(screenFrame("vp8", 8));
  reader.isBehind = true;
  show(screenFrame("vp8", 9));
  await reader.hasCaughtUp();
  const numbers = terminal.lines.map((line) => JSON.parse(line).frame);
  assert.deepEqual(numbers, [0, 1, 2, 8]);
  assert.deepEqual(notices, [
    "5 frames have no line: standard output is read too slowly",
    "1 frame has no line: standard output is read too slowly",
  ]);
});

Deno.test("what was left out is said at the end, once", async () => {
  const reader = new SlowReader();
  reader.isBehind = true;
  const { notices, lines, show } = set(reader);
  show(screenFrame("vp8", 0));
  lines.end();
  lines.end();
  await reader.hasCaughtUp();
  assert.equal(notices.length, 1);
});
