import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from "mediabunny";
import type { ScreenCodec } from "../../shared/media/channel.ts";
import { requireTool } from "../tools.ts";
import { run } from "./fixtures.ts";

/** A frame in the form in which frames are compared, as mediabunny finds it in a file. */
export interface ClipFrame {
  readonly bytes: number;
  readonly sha256: string;
  readonly isKey: boolean;
  /** 90 kHz ticks since the first frame. */
  readonly ticks: number;
}

export interface ClipOptions {
  readonly codec: ScreenCodec;
  /** Frames in a second. */
  readonly rate: number;
  readonly seconds: number;
}

const SOURCE = "testsrc2=size=1280x720";
const ENCODERS: Readonly<Record<ScreenCodec, readonly string[]>> = {
  h264: ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-bf", "2"],
  vp8: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
};

/** Makes a clip of 720p with a key frame every two seconds, at 1.5 Mbit/s. */
export async function makeClip(file: string, { codec, rate, seconds }: ClipOptions): Promise<void> {
  await run(requireTool("ffmpeg"), [
    ...["-nostdin", "-v", "error", "-f", "lavfi", "-i", `${SOURCE}:rate=${rate}`],
    ...["-frames:v", String(rate * seconds), ...ENCODERS[codec]],
    ...["-b:v", "1500k", "-g", String(2 * rate), file],
  ]);
}

/** All frames of a MP4, Matroska or WebM file in decoding order. */
export async function framesOf(file: string, codec: ScreenCodec): Promise<ClipFrame[]> {
  const input = new Input({ source: new FilePathSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  assert.ok(track !== null, `${file} has no picture`);
  const frames: ClipFrame[] = [];
  let start: number | undefined;
  for await (const { data, type, timestamp } of new EncodedPacketSink(track).packets()) {
    start ??= timestamp;
    const ticks = Math.round((timestamp - start) * 90_000);
    const bytes = codec === "h264" ? inByteStream(data) : data;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    frames.push({ bytes: bytes.length, sha256, isKey: type === "key", ticks });
  }
  input.dispose();
  return frames;
}

/** Parameter sets, delimiters and filler are not compared. */
const NOT_COMPARED: readonly number[] = [7, 8, 9, 12];

/** A length of four bytes before each NAL unit becomes a start code of four bytes. */
function inByteStream(sample: Uint8Array): Uint8Array {
  const view = new DataView(sample.buffer, sample.byteOffset, sample.byteLength);
  const parts: number[] = [];
  for (let at = 0; at < sample.length;) {
    const end = at + 4 + view.getUint32(at);
    const unit = sample.subarray(at + 4, end);
    if (!NOT_COMPARED.includes(unit[0]! & 0x1f)) parts.push(0, 0, 0, 1, ...unit);
    at = end;
  }
  return Uint8Array.from(parts);
}

/**
 * The hash of each picture that ffmpeg decodes from a file, in the order in which they are shown.
 *
 * @param how what ffmpeg must be told to read it.
 */
export async function picturesOf(
  file: string,
  how: readonly string[] = [],
): Promise<{ readonly pictures: string[]; readonly warnings: string }> {
  const { stdout, stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: [
      ...["-nostdin", "-v", "warning", ...how, "-i", file, "-fps_mode", "passthrough"],
      ...["-f", "framemd5", "-"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [text, warnings] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { pictures: hashesIn(text!), warnings: warnings! };
}

/** The last column of the rows of ffmpeg's framemd5. */
export function hashesIn(text: string): string[] {
  const rows = text.split("\n").filter((row) => /^0,/.test(row));
  return rows.map((row) => row.split(",").at(-1)!.trim());
}
