import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { requireTool, testWith } from "../../../../tools.ts";

/** The output of real encoders, compared with ffprobe: size and hash of each frame. */
interface EncodedCase {
  readonly name: string;
  readonly encoder: "lame" | "opusenc" | "ffmpeg";
  readonly args: readonly string[];
  readonly channelCount: 1 | 2;
  readonly expectedRate: number;
}

/** A picture far larger than any buffer for frames, full of bytes that look like sound. */
const PICTURE_BYTES = 900_000;

const mp3 = (
  name: string,
  args: readonly string[],
  expectedRate: number,
  channelCount: 1 | 2 = 2,
): EncodedCase => ({ name, encoder: "lame", args, channelCount, expectedRate });

const opus = (name: string, args: readonly string[], channelCount: 1 | 2 = 2): EncodedCase => ({
  name,
  encoder: "opusenc",
  args,
  channelCount,
  expectedRate: 48_000,
});

const CASES: readonly EncodedCase[] = [
  mp3("MPEG-1, 128 kbit/s", ["-b", "128", "--cbr"], 44_100),
  mp3("MPEG-1, 320 kbit/s, 48 kHz", ["-b", "320", "--resample", "48"], 48_000),
  mp3(
    "MPEG-1, 320 kbit/s, 32 kHz: frames over one packet",
    ["-b", "320", "--resample", "32"],
    32_000,
  ),
  mp3("MPEG-1, 32 kbit/s, mono", ["-b", "32", "-m", "m", "--resample", "44.1"], 44_100, 1),
  mp3("MPEG-1, best VBR", ["-V", "0"], 44_100),
  mp3("MPEG-1, smallest VBR", ["-V", "9", "--resample", "44.1"], 44_100),
  mp3("MPEG-1, average bitrate", ["--abr", "100", "--resample", "44.1"], 44_100),
  mp3("MPEG-1, plain stereo", ["-m", "s", "-b", "160"], 44_100),
  mp3("MPEG-1, with checksums", ["-p", "-b", "96", "--resample", "44.1"], 44_100),
  mp3("MPEG-1, no Info frame, no tag", ["-t", "-b", "128"], 44_100),
  mp3("MPEG-2, 64 kbit/s, 22.05 kHz", ["-b", "64", "--resample", "22.05"], 22_050),
  mp3("MPEG-2, 160 kbit/s, 16 kHz, mono", ["-b", "160", "-m", "m", "--resample", "16"], 16_000, 1),
  mp3("MPEG-2, VBR, 24 kHz", ["-V", "5", "--resample", "24"], 24_000),
  mp3("MPEG-2.5, 8 kbit/s, 8 kHz, mono", ["-b", "8", "-m", "m", "--resample", "8"], 8000, 1),
  mp3("MPEG-2.5, 64 kbit/s, 11.025 kHz", ["-b", "64", "--resample", "11.025"], 11_025),
  mp3("MPEG-2.5, VBR, 12 kHz, mono", ["-V", "3", "-m", "m", "--resample", "12"], 12_000, 1),
  mp3("ID3v1 alone", ["-b", "128", "--id3v1-only", "--tt", "Title"], 44_100),
  mp3("ID3v1 and ID3v2", ["-b", "128", "--add-id3v2", "--tt", "Title", "--ta", "Us"], 44_100),
  mp3("ID3v2 with a large picture", ["-b", "128", "--tt", "Title", "--ti", "PICTURE"], 44_100),
  opus("2.5 ms", ["--framesize", "2.5", "--bitrate", "96"]),
  opus("5 ms", ["--framesize", "5", "--bitrate", "96"]),
  opus("10 ms, mono", ["--framesize", "10", "--bitrate", "32", "--downmix-mono"], 1),
  opus("20 ms", ["--framesize", "20", "--bitrate", "64"]),
  opus("40 ms, mono, low", ["--framesize", "40", "--bitrate", "12", "--downmix-mono"], 1),
  opus("60 ms, constant", ["--framesize", "60", "--hard-cbr", "--bitrate", "48"]),
  opus("a large picture", ["--bitrate", "48", "--picture", "PICTURE"]),
  {
    name: "120 ms",
    encoder: "ffmpeg",
    args: ["-c:a", "libopus", "-b:a", "32k", "-frame_duration", "120"],
    channelCount: 2,
    expectedRate: 48_000,
  },
];

for (const one of CASES) {
  const tools = ["ffprobe", "ffmpeg", one.encoder] as const;
  testWith(tools, `source: ${one.encoder}, ${one.name}: the frames ffprobe finds`, async () => {
    await inFolder(async (folder) => {
      const path = await encode(folder, one);
      const expected = await packetsOf(path);
      assert(expected.length > 8);
      for (const [copies, paths] of [[1, [path]], [2, [path, path]]] as const) {
        const { format, frames, notices } = await read(paths);
        assert.deepEqual(frames, Array.from({ length: copies }, () => expected).flat());
        assert.equal(format.sampleRate, one.expectedRate);
        assert.equal(format.channelCount, one.channelCount);
        assert.deepEqual(notices, []);
      }
    });
  });
}

testWith(
  ["ffmpeg", "ffprobe", "lame"],
  "source: a free-format MP3 is refused by name",
  async () => {
    await inFolder(async (folder) => {
      const args = ["--freeformat", "-b", "200"];
      const path = await encode(folder, mp3("free format", args, 44_100));
      await assert.rejects(read([path]), /is a free-format MP3, /);
    });
  },
);

testWith(["ffmpeg"], "source: surround sound in Ogg is refused by name", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/surround.opus`;
    const tone = ["-f", "lavfi", "-i", "sine=d=1", "-af", "pan=5.1|c0=c0|c1=c0|c2=c0"];
    await run("ffmpeg", [...tone, "-c:a", "libopus", path]);
    await assert.rejects(read([path]), /holds Opus of 6 channels in 4 streams/);
  });
});

const FOREIGN = {
  "ogg (Vorbis)": ["-c:a", "libvorbis", "OUT.ogg", /holds Vorbis; .* convert it/],
  "ogg (FLAC)": ["-c:a", "flac", "OUT.ogg", /holds FLAC; /],
  "flac": ["-c:a", "flac", "OUT.flac", /is FLAC; /],
  "m4a": ["-c:a", "aac", "OUT.m4a", /is MP4 \(AAC\); /],
  "mp2": ["-c:a", "mp2", "OUT.mp2", /is MP2 /],
  "aac": ["-c:a", "aac", "OUT.aac", /is AAC; /],
} as const;

for (const [name, [flag, codec, output, message]] of Object.entries(FOREIGN)) {
  testWith(["ffmpeg"], `source: ${name} is refused, and named`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/${output}`;
      await run("ffmpeg", ["-f", "lavfi", "-i", "anoisesrc=d=2:a=0.3", flag, codec, path]);
      await assert.rejects(read([path]), message);
    });
  });
}

async function read(paths: readonly string[]) {
  const signal = new AbortController().signal;
  const source = await openAudioSource(paths, { loop: false, signal });
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  const frames: string[] = [];
  for await (const { bytes } of source.frames()) {
    frames.push(`${bytes.length} ${createHash("md5").update(bytes).digest("hex")}`);
  }
  return { format: source.format, frames, notices };
}

async function encode(folder: string, { encoder, args }: EncodedCase): Promise<string> {
  const wave = `${folder}/sound.wav`;
  const sweep = "aevalsrc=0.4*sin(900*t*t)+0.1*random(0)|0.4*sin(700*t*t):s=44100:d=1.5";
  await run("ffmpeg", ["-f", "lavfi", "-i", sweep, wave]);
  const picture = `${folder}/picture.jpg`;
  Deno.writeFileSync(picture, jpeg());
  const filled = args.map((arg) => arg === "PICTURE" ? picture : arg);
  if (encoder === "lame") {
    await run("lame", ["--quiet", ...filled, wave, `${folder}/sound.mp3`]);
    return `${folder}/sound.mp3`;
  }
  const path = `${folder}/sound.opus`;
  await (encoder === "opusenc"
    ? run("opusenc", ["--quiet", ...filled, wave, path])
    : run("ffmpeg", ["-i", wave, ...filled, path]));
  return path;
}

/** A small JPEG header, then bytes that look like frames. A reader must not take them for frames. */
function jpeg(): Uint8Array {
  const bytes = new Uint8Array(PICTURE_BYTES);
  for (let position = 0; position + 4 < bytes.length; position += 417) {
    bytes.set([0xff, 0xfb, 0x90, 0x64], position);
  }
  // deno-fmt-ignore
  bytes.set([
    0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0,
    0xff, 0xc0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0,
  ]);
  return bytes;
}

async function packetsOf(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(requireTool("ffprobe"), {
    args: [
      ...["-v", "quiet", "-select_streams", "a", "-show_data_hash", "md5"],
      ...["-show_entries", "packet=size,data_hash", "-of", "json", path],
    ],
  }).output();
  const { packets } = JSON.parse(new TextDecoder().decode(stdout)) as {
    packets: readonly { size: string; data_hash: string }[];
  };
  return packets.map(({ size, data_hash }) => `${size} ${data_hash.replace("MD5:", "")}`);
}

async function run(program: "ffmpeg" | "lame" | "opusenc", args: readonly string[]): Promise<void> {
  const quiet = program === "ffmpeg" ? ["-nostdin", "-v", "error", "-y"] : [];
  const { success, stderr } = await new Deno.Command(requireTool(program), {
    args: [...quiet, ...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
