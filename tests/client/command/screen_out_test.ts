import assert from "node:assert/strict";
import { ScreenOut } from "../../../client/command/screen_out.ts";
import { ScreenRecording } from "../../../client/command/screen_recording.ts";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import { AnnexBSplitter } from "../../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../../server/origin/screen/ivf_reader.ts";
import type { ChannelName, ScreenCodec } from "../../../shared/media/channel.ts";
import { canonicalH264 } from "../../../shared/media/video/h264.ts";
import { canonicalBytes, type ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import { bytesOf, PPS } from "../../shared/media/video/frames.ts";
import { type FrameFields, screenFrame } from "../playing/screen/screen_frames.ts";
import { acceptInfo, audioChannel, eventsChannel, HOST } from "../scripted_host.ts";

/** Made by x264 for 640x360. */
const SMALL_SPS = bytesOf("6742c01ed900a02ff970110000030001000003001e0f162e48");

function screenChannel(codec: ScreenCodec) {
  const payloadType = codec === "h264" ? 99 : 101;
  return audioChannel(0, { channel: "screen", kind: "frames", codec, ssrc: 444, payloadType });
}

function joined(codec?: ScreenCodec, broadcastId = "00000000000000bb"): ListenerOutput {
  const channels = [eventsChannel(0), ...(codec ? [screenChannel(codec)] : [])];
  const info = acceptInfo(0, { channels, broadcastId });
  return { kind: "joined", connectionId: "1", info, server: HOST, again: false, secrecy: "plain" };
}

function started(codec: ScreenCodec): ListenerOutput {
  return { kind: "channel-started", channel: "screen", codec, info: screenChannel(codec) };
}

const ended = (codec: ScreenCodec): ListenerOutput => ({
  kind: "channel-ended",
  channel: "screen",
  codec,
});

function shown(frame: ScreenFrame, at = 0, channel: ChannelName = "screen"): ListenerOutput {
  return { kind: "frame", channel, frame, at };
}

const h264 = (number: number, fields: FrameFields = {}) => screenFrame("h264", number, fields);
const vp8 = (number: number, fields: FrameFields = {}) => screenFrame("vp8", number, fields);
const KEY = { isKey: true };

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is recorded of these outputs, and what is said. */
async function record(path: string, outputs: readonly ListenerOutput[]) {
  const notices: string[] = [];
  const files: string[] = [];
  const onNotice = (text: string) => void notices.push(text);
  const recording = new ScreenRecording(path, { onNotice, onBegin: (file) => files.push(file) });
  const screen = new ScreenOut({ recording, isShown: true }, onNotice);
  for (const output of outputs) screen.onOutput(output);
  await screen.close();
  return { notices, files };
}

function framesIn(file: string): string[] {
  const bytes = Deno.readFileSync(file);
  if (file.endsWith(".ivf")) return new IvfReader().push(bytes).map(({ bytes }) => bytes.toHex());
  const splitter = new AnnexBSplitter(30);
  return [...splitter.push(bytes), ...splitter.end()]
    .map(({ nalUnits }) => canonicalH264(nalUnits).toHex());
}

const canonical = (...frames: ScreenFrame[]) =>
  frames.map((frame) => canonicalBytes(frame).toHex());

Deno.test("a recording begins at the first key frame, and has the screen's frames alone", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.h264`;
    const frames = [h264(1, KEY), h264(2), h264(3)];
    const { notices, files } = await record(path, [
      joined("h264"),
      shown(h264(0)),
      shown(frames[0]!),
      shown(h264(9, KEY), 0, "data"),
      shown(frames[1]!),
      shown(frames[2]!),
    ]);
    assert.deepEqual(framesIn(path), canonical(...frames));
    assert.deepEqual([notices, files], [[], [path]]);
  });
});

Deno.test("a screen that ends and begins again in the same codec and size goes on in the same file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.ivf`;
    const { notices, files } = await record(path, [
      joined(),
      started("vp8"),
      shown(vp8(0, KEY)),
      ended("vp8"),
      started("vp8"),
      shown(vp8(90, KEY)),
      shown(vp8(91)),
    ]);
    assert.deepEqual([notices, files], [[], [path]]);
    const pictures = new IvfReader().push(Deno.readFileSync(path));
    assert.deepEqual(pictures.map(({ ticks }) => ticks), [0, 270_000, 273_000]);
  });
});

Deno.test("another broadcast goes on in the file, at the time that has passed", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.ivf`;
    await record(path, [
      joined("vp8", "00000000000000bb"),
      shown(vp8(1000, KEY), 50_000),
      joined("vp8", "00000000000000bb"),
      shown(vp8(1030, KEY), 51_000),
      joined("vp8", "00000000000000cc"),
      shown(vp8(90_000, KEY), 53_000),
    ]);
    const pictures = new IvfReader().push(Deno.readFileSync(path));
    assert.deepEqual(pictures.map(({ ticks }) => ticks), [0, 90_000, 270_000]);
  });
});

Deno.test("another size goes on in a numbered file, which is said", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.h264`;
    const [large, small] = [h264(0, KEY), h264(1, { ...KEY, sets: [SMALL_SPS, PPS] })];
    const { notices, files } = await record(path, [joined("h264"), shown(large), shown(small)]);
    assert.deepEqual(files, [path, `${folder}/a-2.h264`]);
    assert.deepEqual(files.map(framesIn), [canonical(large), canonical(small)]);
    assert.equal(notices.length, 1);
    assert.match(
      notices[0]!,
      /^The screen has another size or codec now: .* continues in .*a-2\.h264$/,
    );
  });
});

Deno.test("a codec that the file can't hold is said once, with what to use, and recorded once it fits", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.ivf`;
    const { notices, files } = await record(path, [
      joined("h264"),
      shown(h264(0, KEY)),
      shown(h264(1)),
      started("h264"),
      shown(h264(2, KEY)),
      started("vp8"),
      shown(vp8(3, KEY)),
    ]);
    assert.deepEqual(notices, [
      `--record-screen ${path} can't hold H.264, so it is not recorded: use a file that ends in .mkv, .mp4, .h264`,
    ]);
    assert.deepEqual(files, [path]);
    assert.deepEqual(framesIn(path), canonical(vp8(3, KEY)));
  });
});

Deno.test("frames without a key frame, or none at all, leave no file behind", async () => {
  await inFolder(async (folder) => {
    await record(`${folder}/a.mkv`, [joined("vp8"), shown(vp8(0)), shown(vp8(1))]);
    await record(`${folder}/b.mp4`, [joined()]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a file with content is left alone for a numbered one, which is said with the flag", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.mp4`;
    Deno.writeTextFileSync(path, "an earlier recording");
    const { notices, files } = await record(path, [joined("h264"), shown(h264(0, KEY))]);
    assert.equal(Deno.readTextFileSync(path), "an earlier recording");
    assert.deepEqual(files, [`${folder}/a-2.mp4`]);
    assert.match(notices[0]!, /^--record-screen .*a\.mp4 exists and is not overwritten/);
  });
});

Deno.test("who sees no screen is told once how to, when there is one", () => {
  const hints = (isShown: boolean, ...outputs: ListenerOutput[]) => {
    const notices: string[] = [];
    const screen = new ScreenOut({ isShown }, (text) => notices.push(text));
    for (const output of outputs) screen.onOutput(output);
    return notices;
  };
  assert.deepEqual(hints(false, joined()), []);
  assert.deepEqual(hints(true, joined("h264")), []);
  const said = ["The host shares a screen: streamer view shows it"];
  assert.deepEqual(hints(false, joined("vp8"), joined("vp8"), started("vp8")), said);
  assert.deepEqual(hints(false, joined(), started("h264"), ended("h264"), started("h264")), said);
});
