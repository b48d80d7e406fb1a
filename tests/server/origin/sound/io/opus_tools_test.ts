import assert from "node:assert/strict";
import { concat } from "../../../../../shared/core/bytes.ts";
import { createAudioStreamWriter } from "../../../../../client/playing/audio_stream.ts";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { SoundSplitter } from "../../../../../server/origin/sound/io/sound_splitter.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { MAX_PAYLOAD_BYTES, splitOpus } from "../../../../../shared/media/payload.ts";
import { parseOggPage } from "../../../../../shared/media/ogg.ts";
import { requireTool, testWith } from "../../../../tools.ts";

/** Encodings whose packets are too large for a datagram, but whose pieces fit. */
const LARGE: readonly (readonly [name: string, "ffmpeg" | "opusenc", flags: readonly string[]])[] =
  [
    ["120 ms, 96 kbit/s, constant", "ffmpeg", [
      ...["-b:a", "96k", "-vbr", "off", "-frame_duration", "120"],
    ]],
    ["120 ms, 128 kbit/s, variable", "ffmpeg", ["-b:a", "128k", "-frame_duration", "120"]],
    ["60 ms, 256 kbit/s, variable", "ffmpeg", ["-b:a", "256k", "-frame_duration", "60"]],
    ["60 ms, 256 kbit/s, mono", "ffmpeg", ["-b:a", "256k", "-frame_duration", "60", "-ac", "1"]],
    ["40 ms, 256 kbit/s", "opusenc", ["--bitrate", "256", "--framesize", "40"]],
    ["60 ms, 192 kbit/s, constant", "opusenc", [
      "--bitrate",
      "192",
      "--framesize",
      "60",
      "--hard-cbr",
    ]],
  ];

for (const [name, encoder, flags] of LARGE) {
  testWith(
    ["ffmpeg", encoder],
    `opus in pieces decodes to the same samples: ${encoder}, ${name}`,
    async () => {
      await inFolder(async (folder) => {
        const path = await encode(folder, encoder, flags);
        const { format, frames } = await read(path);
        const pieces = frames.flatMap(splitOpus);
        assert(pieces.length > frames.length, "nothing had to be split");
        assert(pieces.every(({ bytes }) => bytes.length <= MAX_PAYLOAD_BYTES));
        const writer = createAudioStreamWriter(format);
        const copy = `${folder}/pieces.opus`;
        Deno.writeFileSync(
          copy,
          concat(writer.header(), writer.write(pieces), writer.end()),
        );
        const [whole, inPieces] = [await decode(path), await decode(copy)];
        // Only the last page of the source cuts the padding that the encoder added at the end.
        assert(whole.length > 48_000 * 2 && inPieces.length >= whole.length);
        assert.deepEqual(inPieces.subarray(0, whole.length), whole);
      });
    },
  );
}

testWith(
  ["ffmpeg"],
  "opus above 456 kbit/s is refused with the command that mends it",
  async () => {
    await inFolder(async (folder) => {
      // Silence first: the frames that do not fit come later.
      const path = await encode(folder, "ffmpeg", ["-b:a", "510k", "-af", "adelay=2000:all=1"]);
      const { message } = await read(path).then(
        () => assert.fail("it was taken"),
        (error) => error,
      );
      const told =
        /^--audio "(.*)" has Opus frames of 1[12]\d\d bytes, and a datagram holds 1140; .*: ffmpeg (.*)$/;
      const [, place, command] = told.exec(message) ?? assert.fail(message);
      assert.equal(place, path);
      const mended = `${folder}/mended.opus`;
      await run("ffmpeg", command!.replace("FILE", path).replace("OUT.opus", mended).split(" "));
      const { frames } = await read(mended);
      assert(frames.length > 100);
    });
  },
);

testWith(
  ["ffmpeg", "ffprobe"],
  "of two Opus tracks the first is sent, as ffprobe finds it",
  async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/two.opus`;
      const tone = (hertz: number) => ["-f", "lavfi", "-i", `sine=${hertz}:d=2`];
      const maps = ["-map", "0:a", "-map", "1:a"];
      await run("ffmpeg", [...tone(440), ...tone(880), ...maps, "-c:a", "libopus", path]);
      const { frames, notices } = await read(path);
      assert.deepEqual(await hashesOf(frames), await packetHashes(path));
      assert.deepEqual(notices, [`"${path}" has 2 Opus tracks; the first is sent`]);
    });
  },
);

testWith(
  ["gst-launch-1.0", "ffprobe"],
  "a skeleton stream before Opus, in small reads, is Opus",
  async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/skeleton.opus`;
      const sound = ["audiotestsrc", "num-buffers=100", "!", "opusenc", "!"];
      const sink = ["oggmux", "skeleton=true", "!", "filesink", `location=${path}`];
      await run("gst-launch-1.0", ["-q", ...sound, ...sink]);
      const file = Deno.readFileSync(path);
      const packets = await packetHashes(path);
      // GStreamer announces Opus first; other muxers, the skeleton.
      const first = parseOggPage(file, 0) as { length: number };
      const second = parseOggPage(file, first.length) as { length: number };
      const end = first.length + second.length;
      const order = [file.subarray(first.length, end), file.subarray(0, first.length)];
      const bytes = concat(...order, file.subarray(end));
      const splitter = new SoundSplitter();
      const frames: EncodedFrame[] = [];
      for (let position = 0; position < bytes.length; position += 50) {
        frames.push(...splitter.push(bytes.subarray(position, position + 50)));
        assert(!splitter.isUnsupported, splitter.describeProblem(path));
      }
      assert.deepEqual(await hashesOf(frames), packets);
    });
  },
);

async function hashesOf(frames: readonly EncodedFrame[]): Promise<string[]> {
  return await Promise.all(frames.map(async ({ bytes }) => {
    const hash = await crypto.subtle.digest("SHA-256", bytes.slice());
    return `${bytes.length} ${new Uint8Array(hash).toHex()}`;
  }));
}

/** Size and hash of the packets of the first track. */
async function packetHashes(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(requireTool("ffprobe"), {
    args: [
      ...["-v", "quiet", "-select_streams", "a:0", "-show_data_hash", "sha256"],
      ...["-show_entries", "packet=size,data_hash", "-of", "json", path],
    ],
  }).output();
  const { packets } = JSON.parse(new TextDecoder().decode(stdout)) as {
    packets: readonly { size: string; data_hash: string }[];
  };
  assert(packets.length > 50);
  return packets.map(({ size, data_hash }) => `${size} ${data_hash.replace("SHA256:", "")}`);
}

async function encode(
  folder: string,
  encoder: "ffmpeg" | "opusenc",
  flags: readonly string[],
): Promise<string> {
  const [wave, path] = [`${folder}/noise.wav`, `${folder}/noise.opus`];
  const noise = "aevalsrc=0.7*random(0)+0.2*sin(900*t*t)|0.7*random(1):s=48000:d=2";
  await run("ffmpeg", ["-f", "lavfi", "-i", noise, wave]);
  await (encoder === "opusenc"
    ? run("opusenc", ["--quiet", ...flags, wave, path])
    : run("ffmpeg", ["-i", wave, "-c:a", "libopus", ...flags, path]));
  return path;
}

async function read(path: string) {
  const { signal } = new AbortController();
  const source = await openAudioSource([path], { loop: false, signal });
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  const frames: EncodedFrame[] = [];
  for await (const frame of source.frames()) frames.push(frame);
  return { format: source.format, frames, notices };
}

/** By the reference decoder, which is in ffmpeg beside its own. */
async function decode(path: string): Promise<Uint8Array> {
  const { stdout } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-v", "error", "-c:a", "libopus", "-i", path, "-f", "s16le", "-"],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return stdout;
}

async function run(
  program: "ffmpeg" | "opusenc" | "gst-launch-1.0",
  args: readonly string[],
): Promise<void> {
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
