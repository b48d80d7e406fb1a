import assert from "node:assert/strict";
import { AnnexBSplitter } from "../../../../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../../../../server/origin/screen/ivf_reader.ts";
import { MpegTsSplitter } from "../../../../../server/origin/screen/mpeg_ts/mpeg_ts_splitter.ts";
import type { H264Picture } from "../../../../../server/origin/screen/picture.ts";
import { parseMpegAudioHeader } from "../../../../../shared/media/mpeg_audio.ts";
import { parseOpusPacket } from "../../../../../shared/media/opus_packet.ts";
import { canonicalH264, splitAnnexB } from "../../../../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../../../../shared/media/video/h264_sps.ts";
import { parseVp8Header } from "../../../../../shared/media/video/vp8.ts";
import { run, TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { requireTool, testWith } from "../../../../tools.ts";
import { cut } from "../chunks.ts";

const PICTURES = 60;
const RATE = 25;
const SOURCE = [
  ...["-f", "lavfi", "-i", `testsrc2=size=320x244:rate=${RATE}:duration=${PICTURES / RATE}`],
];
const SOUND_SOURCE = ["-f", "lavfi", "-i", `sine=duration=${PICTURES / RATE}`, "-ac", "2"];

const H264_ENCODINGS: readonly (readonly [string, readonly string[]])[] = [
  ["Baseline", ["-profile:v", "baseline"]],
  ["B frames that others refer to", ["-bf", "3", "-g", "20", "-x264-params", "b-pyramid=normal"]],
  ["several slices", ["-x264-params", "slices=4:keyint=15:aud=1"]],
  ["a steady rate with filler", [
    ...["-b:v", "800k", "-minrate", "800k", "-maxrate", "800k", "-bufsize", "80k"],
    ...["-x264-params", "nal-hrd=cbr:force-cfr=1"],
  ]],
  ["interlaced frames", ["-flags", "+ildct+ilme"]],
];

const VP8_ENCODINGS: readonly (readonly [string, readonly string[]])[] = [
  ["for live use", ["-deadline", "realtime", "-cpu-used", "8", "-g", "20"]],
  ["with hidden frames", ["-auto-alt-ref", "1", "-lag-in-frames", "10", "-g", "30"]],
];

/** ffprobe's view of one packet. */
interface Probed {
  readonly pts?: number;
  readonly pos: string;
  readonly size: string;
  readonly flags: string;
}

async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run(requireTool("ffmpeg"), ["-nostdin", "-v", "error", "-y", ...args]);
}

async function probe(file: string, stream = "v:0"): Promise<Probed[]> {
  const text = await run(requireTool("ffprobe"), [
    ...["-v", "error", "-select_streams", stream, "-show_packets", "-of", "json", file],
  ]);
  return JSON.parse(text).packets;
}

const isKeyOf = ({ flags }: Probed) => flags.startsWith("K");

function splitFile(splitter: AnnexBSplitter, bytes: Uint8Array): H264Picture[] {
  return [...cut(bytes, [10_007]).flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

for (const [name, flags] of H264_ENCODINGS) {
  testWith(["ffmpeg", "ffprobe"], `H.264 as ffmpeg sees it, ${name}: byte stream`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.h264");
    await ffmpeg(...SOURCE, "-c:v", "libx264", "-pix_fmt", "yuv420p", ...flags, file);
    const bytes = await Deno.readFile(file);
    const pictures = splitFile(new AnnexBSplitter(RATE), bytes);
    const probed = await probe(file);
    assert.equal(pictures.length, PICTURES);
    assert.deepEqual(pictures.map(({ isKey }) => isKey), probed.map(isKeyOf));
    assert.deepEqual(
      pictures.map(({ nalUnits }) => nalUnits),
      probed.map(({ pos, size }) =>
        splitAnnexB(bytes.subarray(Number(pos), Number(pos) + Number(size)))
      ),
    );
    assert.deepEqual(pictures.map(({ ticks }) => ticks), [...pictures.keys()].map((n) => n * 3600));
    const sps = pictures[0]!.nalUnits.find((unit) => (unit[0]! & 0x1f) === 7)!;
    const { width, height } = parseSequenceParameters(sps)!;
    assert.deepEqual([width, height], [320, 244]);
  });

  testWith(["ffmpeg", "ffprobe"], `H.264 as ffmpeg sees it, ${name}: MPEG-TS`, async () => {
    await using folder = new TemporaryFolder();
    const [bare, file] = [folder.file("a.h264"), folder.file("a.ts")];
    const codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", ...flags];
    await ffmpeg(...SOURCE, ...SOUND_SOURCE, ...codec, "-c:a", "libmp3lame", file);
    await ffmpeg("-i", file, "-map", "0:v", "-c", "copy", bare);
    const splitter = new MpegTsSplitter();
    const outputs = cut(await Deno.readFile(file), [10_007]).map((chunk) => splitter.push(chunk));
    outputs.push(splitter.end());
    const pictures = outputs.flatMap((output) => output.pictures);
    const expected = splitFile(new AnnexBSplitter(RATE), await Deno.readFile(bare));
    assert.deepEqual(
      pictures.map(({ nalUnits }) => canonicalH264(nalUnits)),
      expected.map(({ nalUnits }) => canonicalH264(nalUnits)),
    );
    const probed = await probe(file);
    assert.equal(probed.length, PICTURES);
    assert.deepEqual(pictures.map(({ ticks }) => ticks), probed.map(({ pts }) => pts));
    assert.deepEqual(pictures.map(({ isKey }) => isKey), probed.map(isKeyOf));
    assert.deepEqual([splitter.junkBytes, splitter.faults.get("damagedPicture")], [0, 0]);
    const sounds = outputs.flatMap((output) => output.sounds);
    assert.ok(sounds.length > 0);
    assert.equal(parseMpegAudioHeader(sounds[0]!.parts[0]!)?.layer, 3);
    const heard = await probe(file, "a:0");
    assert.equal(sounds[0]!.ticks, heard[0]!.pts);
    const bytes = sounds.flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0);
    assert.equal(bytes, heard.reduce((sum, { size }) => sum + Number(size), 0));
  });
}

testWith(
  ["ffmpeg", "ffprobe"],
  "Opus in MPEG-TS is that which ffmpeg packed, times as well",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.ts");
    const codecs = ["-c:v", "libx264", "-c:a", "libopus", "-ar", "48000"];
    await ffmpeg(...SOURCE, ...SOUND_SOURCE, ...codecs, file);
    const splitter = new MpegTsSplitter();
    const outputs = [splitter.push(await Deno.readFile(file)), splitter.end()];
    const sounds = outputs.flatMap((output) => output.sounds);
    const packets = sounds.flatMap(({ parts }) => parts);
    const heard = await probe(file, "a:0");
    assert.equal(splitter.streams.sound?.codec, "opus");
    assert.deepEqual(packets.map(({ length }) => String(length)), heard.map(({ size }) => size));
    assert.deepEqual(
      packets.map((packet) => parseOpusPacket(packet)?.sampleCount),
      heard.map(() => 960),
    );
    assert.equal(sounds[0]!.ticks, heard[0]!.pts);
  },
);

for (const [name, flags] of VP8_ENCODINGS) {
  testWith(["ffmpeg", "ffprobe"], `VP8 as ffmpeg sees it, ${name}: IVF`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.ivf");
    await ffmpeg(...SOURCE, "-c:v", "libvpx", "-b:v", "500k", ...flags, file);
    const bytes = await Deno.readFile(file);
    const reader = new IvfReader();
    const pictures = cut(bytes, [10_007]).flatMap((chunk) => reader.push(chunk));
    const probed = await probe(file);
    assert.ok(pictures.length >= PICTURES);
    assert.deepEqual(pictures.map(({ isKey }) => isKey), probed.map(isKeyOf));
    assert.deepEqual(
      pictures.map(({ bytes }) => String(bytes.length)),
      probed.map(({ size }) => size),
    );
    assert.deepEqual(pictures.map(({ ticks }) => ticks), probed.map(({ pts }) => pts! * 3600));
    const { width, height } = parseVp8Header(pictures[0]!.bytes)!;
    assert.deepEqual([width, height, reader.isTruncated], [320, 244, false]);
  });
}
