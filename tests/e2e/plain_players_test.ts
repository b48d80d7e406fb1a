import assert from "node:assert/strict";
import { requireTool, testWith } from "../tools.ts";
import {
  COMMENTARY_MP3,
  COMMENTARY_OPUS,
  freeEvenPort,
  run,
  sleep,
  TemporaryFolder,
} from "./fixtures.ts";
import { serve } from "./streamer.ts";

/** What an ordinary player of RTP, told no more than the SDP file, makes of `serve --rtp-to`. */
const RECORDINGS = { mp3: COMMENTARY_MP3, opus: COMMENTARY_OPUS } as const;
type Codec = keyof typeof RECORDINGS;

/** Of sound to be decoded before a player passes. */
const SECONDS = 3;
/** Speech over a crowd; silence would be far below. */
const AUDIBLE_DECIBELS = -40;

for (const codec of ["mp3", "opus"] as const) {
  testWith(["ffmpeg"], `ffmpeg decodes plain ${codec} from the SDP without an error`, async () => {
    await using stage = await openStage(codec);
    const wave = stage.folder.file("heard.wav");
    const errors = await ffmpegErrors([
      ...["-protocol_whitelist", "file,udp,rtp", "-i", stage.sdp],
      ...["-t", String(SECONDS), wave],
    ]);
    assert.equal(errors, "");
    await assertAudible(wave);
  });

  testWith(["ffmpeg"], `ffmpeg gets plain ${codec} bit for bit`, async () => {
    await using stage = await openStage(codec);
    const copy = stage.folder.file(`heard.${codec}`);
    const args = ["-protocol_whitelist", "file,udp,rtp", "-i", stage.sdp];
    // Without tags and a header frame of its own, which ffmpeg would add to MP3.
    const bare = codec === "mp3" ? ["-write_xing", "0", "-id3v2_version", "0"] : [];
    const what = ["-t", String(SECONDS), "-c", "copy", ...bare, copy];
    assert.equal(await ffmpegErrors([...args, ...what]), "");
    const [heard, sent] = [await frameHashes(copy), await frameHashes(RECORDINGS[codec])];
    assert(heard.length > SECONDS * 35, `only ${heard.length} frames`);
    // ffmpeg may come in late: what it heard is one piece of what was sent.
    assert(sent.join().includes(heard.join()));
  });

  testWith(["ffmpeg", "gst-launch-1.0"], `GStreamer decodes plain ${codec}`, async () => {
    await using stage = await openStage(codec);
    const wave = stage.folder.file("heard.wav");
    await runGStreamer(codec, stage.port, wave);
    await assertAudible(wave);
  });
}

interface Stage extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly sdp: string;
  readonly port: number;
}

async function openStage(codec: Codec): Promise<Stage> {
  const folder = new TemporaryFolder();
  const port = freeEvenPort();
  const sdp = folder.file("session.sdp");
  const plain = ["--rtp-to", `127.0.0.1:${port}`, "--sdp", sdp];
  const { host } = await serve(["--audio", RECORDINGS[codec], "--loop", ...plain]);
  return {
    folder,
    sdp,
    port,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function ffmpegErrors(args: readonly string[]): Promise<string> {
  const { stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-nostdin", "-v", "error", "-xerror", ...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  return new TextDecoder().decode(stderr).trim();
}

/** Runs until the file holds enough sound; interrupted, with -e, the pipeline ends its file well. */
async function runGStreamer(codec: Codec, port: number, wave: string): Promise<void> {
  const encoding = codec === "mp3"
    ? "clock-rate=90000,encoding-name=MPA,payload=14"
    : "clock-rate=48000,encoding-name=OPUS,payload=97";
  const decoder = codec === "mp3"
    ? ["rtpmpadepay", "!", "mpegaudioparse", "!", "mpg123audiodec"]
    : ["rtpopusdepay", "!", "opusdec"];
  const pipeline = [
    ...["udpsrc", "address=127.0.0.1", `port=${port}`],
    ...[`caps=application/x-rtp,media=audio,${encoding}`, "!", "rtpjitterbuffer", "!"],
    ...decoder,
    ...["!", "audioconvert", "!", "audioresample"],
    ...["!", "audio/x-raw,format=S16LE,rate=48000,channels=1"],
    ...["!", "wavenc", "!", "filesink", `location=${wave}`],
  ];
  const process = new Deno.Command(requireTool("gst-launch-1.0"), {
    args: ["-e", ...pipeline],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = process.output();
  try {
    await untilFileHas(wave, SECONDS * 2 * 48_000);
  } finally {
    process.kill("SIGINT");
  }
  const { stderr } = await ended;
  assert.doesNotMatch(new TextDecoder().decode(stderr), /ERROR|WARN/);
}

/** Fails after a minute and a half, which a busy machine may need to start a player. */
async function untilFileHas(path: string, bytes: number): Promise<void> {
  for (let attempt = 0; attempt < 900; attempt++) {
    await sleep(100);
    const size = await Deno.stat(path).then((stat) => stat.size, () => 0);
    if (size >= bytes) return;
  }
  assert.fail(`${path} never got ${bytes} bytes`);
}

async function assertAudible(wave: string): Promise<void> {
  const { stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-nostdin", "-hide_banner", "-i", wave, "-af", "volumedetect", "-f", "null", "-"],
    stdout: "null",
    stderr: "piped",
  }).output();
  const report = new TextDecoder().decode(stderr);
  const mean = Number(/mean_volume: (-?[\d.]+) dB/.exec(report)?.[1]);
  assert(mean > AUDIBLE_DECIBELS, `mean volume ${mean} dB\n${report}`);
}

/** Size and hash of every frame; times are left out. */
async function frameHashes(file: string): Promise<string[]> {
  const text = await run(requireTool("ffmpeg"), [
    ...["-v", "error", "-i", file, "-map", "0:a:0", "-c", "copy"],
    ...["-f", "framehash", "-hash", "md5", "-"],
  ]);
  const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return rows.map((row) => row.split(",").slice(-2).join());
}
