import assert from "node:assert/strict";
import { openScreenRecorder } from "../../../../client/playing/io/recorder.ts";
import { takeRecordingFile } from "../../../../client/playing/io/recording_file.ts";
import {
  canHold,
  type Container,
  createScreenStreamWriter,
} from "../../../../client/playing/screen/containers.ts";
import { RecordingTimes } from "../../../../client/playing/screen/recording_times.ts";
import type { RecordedFrame } from "../../../../client/playing/screen/screen_stream.ts";
import { IvfReader } from "../../../../server/origin/screen/ivf_reader.ts";
import { MpegTsSplitter } from "../../../../server/origin/screen/mpeg_ts/mpeg_ts_splitter.ts";
import { concat } from "../../../../shared/core/bytes.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { H264Packer, H264Unpacker } from "../../../../shared/media/video/rtp_h264.ts";
import type { ScreenFrame } from "../../../../shared/media/video/screen_frame.ts";
import { run, TemporaryFolder } from "../../../e2e/fixtures.ts";
import { packetsOf, pushAll } from "../../../shared/media/video/streams.ts";
import { requireTool, testWith } from "../../../tools.ts";
import { formatOf } from "../screen/screen_frames.ts";

/** Whether ffmpeg decodes recordings to the source's pictures, at their times, without a warning. */
const RATE = 25;
const PICTURES = 100;
const SOURCE = ["-f", "lavfi", "-i", `testsrc2=size=320x244:rate=${RATE}`];

interface Encoding {
  readonly name: string;
  readonly codec: ScreenCodec;
  readonly flags: readonly string[];
}

const x264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];
const ENCODINGS: readonly Encoding[] = [
  { name: "H.264 Baseline", codec: "h264", flags: [...x264, "-profile:v", "baseline", "-g", "20"] },
  {
    name: "H.264 with B frames that others refer to",
    codec: "h264",
    flags: [...x264, "-bf", "3", "-g", "40", "-x264-params", "b-pyramid=normal"],
  },
  { name: "H.264 with one key frame", codec: "h264", flags: [...x264, "-bf", "2", "-g", "9999"] },
  {
    name: "VP8 for live use",
    codec: "vp8",
    flags: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "20", "-b:v", "1M"],
  },
  {
    name: "VP8 with hidden frames",
    codec: "vp8",
    flags: ["-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "10", "-g", "30"],
  },
];

interface Source {
  readonly frames: readonly ScreenFrame[];
  /** The hash of each picture that ffmpeg decodes them to. */
  readonly pictures: readonly string[];
}

const sources = new Map<Encoding, Promise<Source>>();

/** Encoding takes longer than all else here, so that each test of an encoding uses the same frames. */
function sourceOf(encoding: Encoding): Promise<Source> {
  const source = sources.get(encoding) ?? encode(encoding);
  sources.set(encoding, source);
  return source;
}

async function encode({ codec, flags }: Encoding): Promise<Source> {
  await using folder = new TemporaryFolder();
  const file = folder.file(codec === "h264" ? "source.ts" : "source.ivf");
  const count = ["-frames:v", String(PICTURES)];
  await run(requireTool("ffmpeg"), [
    ...["-nostdin", "-v", "error", ...SOURCE, ...count, ...flags, file],
  ]);
  const bytes = await Deno.readFile(file);
  const frames = codec === "h264" ? h264Frames(bytes) : vp8Frames(bytes);
  return { frames, pictures: await decode(file) };
}

function vp8Frames(file: Uint8Array): ScreenFrame[] {
  return new IvfReader().push(file)
    .map((picture, frameNumber) => ({ codec: "vp8", frameNumber, ...picture }));
}

/** As they come in over RTP, with parameter sets before each key frame. */
function h264Frames(file: Uint8Array): ScreenFrame[] {
  const splitter = new MpegTsSplitter();
  const pictures = [splitter.push(file), splitter.end()].flatMap(({ pictures }) => pictures);
  const packer = new H264Packer();
  const payloads = pictures.map(({ nalUnits }) => packer.pack(nalUnits));
  const { frames } = pushAll(new H264Unpacker(), packetsOf(payloads));
  return frames.map((frame, index) => ({
    ...frame,
    codec: "h264",
    ticks: pictures[index]!.ticks - pictures[0]!.ticks,
  }));
}

function inFile(frames: readonly ScreenFrame[]): RecordedFrame[] {
  const times = new RecordingTimes();
  return frames.map((frame) => ({ frame, time: times.timeOf(frame, 0) }));
}

/** The hash of each picture that a file decodes to. Fails on any warning. */
async function decode(file: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: [
      ...["-nostdin", "-v", "warning", "-i", file, "-fps_mode", "passthrough"],
      ...["-f", "framemd5", "-"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.ok(success);
  const rows = new TextDecoder().decode(stdout).split("\n");
  return rows.filter((row) => /^0,/.test(row)).map((row) => row.split(",").at(-1)!.trim());
}

async function timesOf(file: string): Promise<number[]> {
  const text = await run(requireTool("ffprobe"), [
    ...["-v", "error", "-show_packets", "-of", "json", file],
  ]);
  const packets: { pts_time: string }[] = JSON.parse(text).packets;
  const millis = packets.map(({ pts_time }) => Math.round(Number(pts_time) * 1000));
  const first = Math.min(...millis);
  return millis.map((time) => time - first);
}

for (const encoding of ENCODINGS) {
  testWith(
    ["ffmpeg", "ffprobe"],
    `recorder: ${encoding.name} decodes to the source's pictures, at its times`,
    async () => {
      await using folder = new TemporaryFolder();
      const { frames, pictures: source } = await sourceOf(encoding);
      assert.equal(source.length, PICTURES);
      for (const container of ["mkv", "mp4", "h264", "ivf"] as const) {
        if (!canHold(container, encoding.codec)) continue;
        const recorded = folder.file(`recorded.${container}`);
        await record(recorded, container, frames);
        assert.deepEqual(await decode(recorded), source, container);
        if (container !== "h264") await assertTimes(recorded, frames);
      }
    },
  );
}

async function record(file: string, container: Container, frames: readonly ScreenFrame[]) {
  const format = formatOf(frames[0]!);
  assert.deepEqual([format.width, format.height], [320, 244]);
  const onNotice = (text: string) => assert.fail(text);
  const recorder = openScreenRecorder(takeRecordingFile(file), container, format, { onNotice });
  for (const frame of inFile(frames)) recorder.write(frame);
  await recorder.close();
}

async function assertTimes(file: string, frames: readonly ScreenFrame[]): Promise<void> {
  const times = inFile(frames).map(({ time }) => Math.round(time / 90));
  const drift = (await timesOf(file)).map((time, index) => time - times[index]!);
  assert.ok(drift.every((millis) => Math.abs(millis) <= 1), drift.join(" "));
}

for (const container of ["mkv", "mp4"] as const) {
  testWith(
    ["ffmpeg"],
    `recorder: .${container} that was cut off by a kill decodes, but for about its last second`,
    async () => {
      await using folder = new TemporaryFolder();
      for (const encoding of [ENCODINGS[1]!, ENCODINGS[2]!, ENCODINGS[3]!]) {
        const { frames, pictures: source } = await sourceOf(encoding);
        const writer = createScreenStreamWriter(container, formatOf(frames[0]!));
        const parts = [writer.header()];
        for (const frame of inFile(frames)) parts.push(await writer.write(frame));
        const cut = folder.file(`cut.${container}`);
        await Deno.writeFile(cut, concat(...parts));
        const pictures = await decode(cut);
        assert.ok(pictures.length >= PICTURES - RATE - 5, `only ${pictures.length} pictures`);
        assert.deepEqual(pictures, source.slice(0, pictures.length));
      }
    },
  );
}

testWith(
  ["ffmpeg", "ffprobe"],
  "recorder: after a hold a recording goes on at the next key frame, at its time, and decodes to what was shown",
  async () => {
    for (const encoding of [ENCODINGS[1]!, ENCODINGS[3]!]) {
      await using folder = new TemporaryFolder();
      const { frames, pictures: all } = await sourceOf(encoding);
      const nextKey = frames.findIndex(({ isKey }, index) => isKey && index > 30);
      const shown = [...frames.slice(0, 27), ...frames.slice(nextKey)];
      for (const container of ["mkv", "mp4"] as const) {
        const recorded = folder.file(`recorded.${container}`);
        await record(recorded, container, shown);
        const pictures = await decode(recorded);
        assert.equal(pictures.length, shown.length);
        const isSent = pictures.every((picture) => all.includes(picture));
        assert.ok(isSent, `${container}: a picture that was never sent`);
        assert.deepEqual(pictures.slice(-PICTURES + nextKey), all.slice(nextKey));
        await assertTimes(recorded, shown);
      }
    }
  },
);
