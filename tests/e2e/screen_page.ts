import type { Page } from "playwright-core";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { CODECS, type ScreenCodec } from "../../shared/media/channel.ts";
import type { ScreenFrame } from "../../shared/media/video/screen_frame.ts";
import { AnnexBSplitter } from "../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../server/origin/screen/ivf_reader.ts";
import { openViewer } from "../../viewer/command/run.ts";
import { requireTool } from "../tools.ts";
import { FakeSession } from "../viewer/fakes/fake_session.ts";
import { acceptInfo, channelLedger, joined, SCREEN } from "../viewer/fakes/outputs.ts";
import { buildPage } from "./browser.ts";
import { run, TemporaryFolder } from "./fixtures.ts";

export const RATE = 15;

/** A clip for the page, with the pictures that ffmpeg decodes from it. */
export interface Clip {
  /** Gone when the tests end. */
  readonly file: string;
  readonly frames: readonly ScreenFrame[];
  readonly width: number;
  readonly height: number;
  /** By order of showing: RGBA. */
  readonly pictures: readonly Uint8Array[];
}

export interface ClipOptions {
  readonly codec: ScreenCodec;
  readonly width?: number;
  readonly height?: number;
  readonly count?: number;
  /** A source and filters of ffmpeg in place of the test picture. */
  readonly input?: readonly string[];
  readonly encoding?: readonly string[];
}

const ENCODINGS: Readonly<Record<ScreenCodec, readonly string[]>> = {
  h264: [
    ...["-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-tune", "zerolatency"],
    ...["-g", "30", "-pix_fmt", "yuv420p"],
  ],
  vp8: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-b:v", "1M"],
};

/** Encodes a moving test picture, and decodes it again. */
export async function makeClip(options: ClipOptions): Promise<Clip> {
  const { codec, width = 320, height = 180, count = 40, encoding = ENCODINGS[codec] } = options;
  const folder = new TemporaryFolder();
  addEventListener("unload", () => Deno.removeSync(folder.path, { recursive: true }));
  const [file, raw] = [folder.file(codec === "h264" ? "a.h264" : "a.ivf"), folder.file("a.rgba")];
  const source = `testsrc2=size=${width}x${height}:rate=${RATE}`;
  const input = options.input ?? ["-f", "lavfi", "-i", source];
  await ffmpeg(...input, "-frames:v", String(count), ...encoding, file);
  await ffmpeg("-i", file, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", raw);
  const bytes = await Deno.readFile(raw);
  const size = width * height * 4;
  await Deno.remove(raw);
  return {
    file,
    frames: codec === "h264"
      ? framesOfH264(await Deno.readFile(file))
      : framesOfVp8(await Deno.readFile(file)),
    width,
    height,
    pictures: Array.from(
      { length: bytes.length / size },
      (_, index) => bytes.subarray(index * size, (index + 1) * size),
    ),
  };
}

async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run(requireTool("ffmpeg"), ["-nostdin", "-v", "error", "-y", ...args]);
}

function framesOfH264(bytes: Uint8Array): ScreenFrame[] {
  const splitter = new AnnexBSplitter(RATE);
  const pictures = [...splitter.push(bytes), ...splitter.end()];
  return pictures.map(({ nalUnits, isKey, ticks }, frameNumber) => ({
    codec: "h264",
    nalUnits,
    isKey,
    ticks,
    frameNumber,
  }));
}

function framesOfVp8(bytes: Uint8Array): ScreenFrame[] {
  return new IvfReader().push(bytes).map(({ bytes, isKey, ticks }, frameNumber) => ({
    codec: "vp8",
    bytes,
    isKey,
    ticks,
    frameNumber,
  }));
}

/** A viewer's page whose listener says what the test tells it to. */
export class ScreenScene implements AsyncDisposable {
  readonly session = new FakeSession();
  #viewer: Awaited<ReturnType<typeof openViewer>> | undefined;

  /** Opens the page of a listener that has joined. @param withMatch with sound and events beside the screen. */
  async open(codec: ScreenCodec, withMatch = false, hostname = "127.0.0.1"): Promise<string> {
    await buildPage();
    const http = { hostname, port: 0 };
    const address = { host: "127.0.0.1", port: 5004, http };
    this.#viewer = await openViewer(address, systemMachine, this.session);
    const others = withMatch ? acceptInfo().channels : [];
    const changes = { channels: [{ ...SCREEN, codec, ...CODECS[codec] }, ...others] };
    this.session.emit(joined(withMatch ? changes : { ...changes, match: undefined }));
    return this.#viewer.url;
  }

  show(...frames: readonly ScreenFrame[]): void {
    for (const frame of frames) {
      this.session.emit({ kind: "frame", channel: "screen", frame, at: 0 });
    }
  }

  hold(isHeld: boolean): void {
    this.session.emit({ kind: "picture-held", channel: "screen", isHeld });
  }

  count(framesReceived: number): void {
    const ledger = channelLedger({
      channel: "screen",
      ssrc: 3,
      packetsExpected: framesReceived * 4,
      packetsReceived: framesReceived * 4,
      framesReceived,
      framesDropped: 0,
      keyFramesReceived: 2,
      freezeCount: 0,
      totalFreezesDuration: 0,
      pliCount: 0,
    });
    this.session.emit({ kind: "stats", ledger: { at: Date.now(), channels: [ledger], junk: {} } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#viewer?.close();
  }
}

/** What the canvas shows, in the size of the clip: RGBA; undefined without a canvas. */
export async function picture(
  page: Page,
  { width, height }: Clip,
): Promise<Uint8Array | undefined> {
  const shown = await page.evaluate(([width, height]) => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="screen"]');
    if (!canvas) return undefined;
    const copy = new OffscreenCanvas(width!, height!);
    const context = copy.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, width!, height!);
    const { data } = context.getImageData(0, 0, width!, height!);
    let text = "";
    for (let at = 0; at < data.length; at += 8192) {
      text += String.fromCharCode(...data.subarray(at, at + 8192));
    }
    return btoa(text);
  }, [width, height]);
  return shown === undefined ? undefined : Uint8Array.fromBase64(shown);
}

/** The mean difference of a colour, 0 to 255. */
export function meanDifference(one: Uint8Array, other: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += Math.abs(one[at]! - other[at]!);
  return sum / one.length;
}

/** How far the canvas is from a picture. */
export async function difference(page: Page, expected: Uint8Array, clip: Clip): Promise<number> {
  const shown = await picture(page, clip);
  return shown ? meanDifference(shown, expected) : Infinity;
}

/** Waits until the canvas shows this picture. @returns the difference that is left. */
export async function untilShown(
  page: Page,
  clip: Clip,
  index: number,
  tolerance: number,
): Promise<number> {
  const picture = clip.pictures.at(index)!;
  const end = Date.now() + 20_000;
  for (;;) {
    const left = await difference(page, picture, clip);
    if (left <= tolerance) return left;
    if (Date.now() > end) throw new Error(`The canvas differs from picture ${index} by ${left}`);
    await page.waitForTimeout(50);
  }
}
