import { fileURLToPath } from "node:url";
import {
  type CaptureControl,
  parseCaptureMessage,
  serializeCaptureMessage,
} from "../../shared/studio/capture_messages.ts";
import { concat } from "../../shared/core/bytes.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { joinAnnexB } from "../../shared/media/video/h264.ts";
import { parseStudioMedia, type StudioMedia } from "../../shared/studio/studio_media.ts";
import { createAudioStreamWriter } from "../../client/playing/audio_stream.ts";
import { IvfWriter } from "../../client/playing/screen/ivf.ts";
import { BrowserMedia } from "../../server/studio/browser_media.ts";
import type { CaptureOutput } from "../../server/studio/capture_output.ts";
import { run, sleep, TemporaryFolder } from "./fixtures.ts";

/** The scripts of the page, and where they come from. */
const SCRIPTS = {
  "/page.js": "tests/e2e/studio_capture_page.ts",
  "/screen_worker.js": "server/studio/web/screen/screen_worker.ts",
  "/capture_worklet.js": "server/studio/web/sound/capture_worklet.ts",
};
const ROOT = new URL("../../", import.meta.url);
const STUDIO = `<!doctype html><title>studio</title><link rel="icon" href="data:,">
<button id="go">go</button><script type="module" src="/page.js"></script>`;
/** Something to share: a picture that moves, or stands still while its text is `still`. */
const STAGE = `<!doctype html><title>stage</title><link rel="icon" href="data:,">
<style>body{margin:0;background:#123}#ball{position:absolute;width:120px;height:120px;background:#fc3}</style>
<h1 style="color:#fff;font:40px sans-serif">A match</h1><div id="ball"></div><script>
let at = 0, isStill = false;
setInterval(() => { if (!isStill) ball.style.transform = 'translate(' + (at = (at + 9) % 900) + 'px, 200px)'; }, 33);
</script>`;
const NO_H264 = `if (globalThis.VideoEncoder) {
  const ask = VideoEncoder.isConfigSupported;
  VideoEncoder.isConfigSupported = async (config) =>
    config.codec.startsWith("avc1") ? { supported: false, config } : await ask.call(VideoEncoder, config);
}
`;
const PATIENCE_MILLIS = 120_000;

type Of<Kind extends CaptureOutput["kind"]> = Extract<CaptureOutput, { kind: Kind }>;

/** Serves the capture engine to a browser, and is the host that it brings sound and pictures to. */
export class CaptureScene implements AsyncDisposable {
  readonly media = new BrowserMedia();
  readonly outputs: CaptureOutput[] = [];
  /** What came, before the host looked at it. */
  readonly received: StudioMedia[] = [];
  readonly malformed: string[] = [];
  /** Whether the page's worker is to find no encoder of H.264. */
  isWithoutH264 = false;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #socket: WebSocket | undefined;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(scripts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request, scripts));
    this.#timer = setInterval(() => this.outputs.push(...this.media.advance(now())), 100);
  }

  static async open(): Promise<CaptureScene> {
    return new CaptureScene(await bundles());
  }

  /** @param page `studio` captures, `stage` is something to share. */
  url(page: "studio" | "stage"): string {
    return `http://127.0.0.1:${this.#server.addr.port}/${page}`;
  }

  tell(control: Omit<CaptureControl, "kind">): void {
    this.#socket?.send(serializeCaptureMessage({ kind: "screen-control", ...control }));
  }

  of<Kind extends CaptureOutput["kind"]>(kind: Kind): Of<Kind>[] {
    return this.outputs.filter((output): output is Of<Kind> => output.kind === kind);
  }

  /** Waits until there are so many outputs of a kind. */
  async until(kind: CaptureOutput["kind"], count: number): Promise<void> {
    await waitFor(
      () => this.of(kind).length >= count,
      () => `${this.of(kind).length} of ${count} ${kind}; ${JSON.stringify(this.warnings)}`,
    );
  }

  get warnings(): string[] {
    return this.of("warning").map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket?.close();
    await this.#server.shutdown();
  }

  #answer(request: Request, scripts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Response {
    const { pathname } = new URL(request.url);
    if (pathname === "/in") return this.#connect(request);
    const script = scripts.get(pathname);
    if (script) {
      const before = this.isWithoutH264 ? NO_H264 : "";
      return new Response(new Blob([before, script]), {
        headers: { "content-type": "text/javascript" },
      });
    }
    const html = { "/studio": STUDIO, "/stage": STAGE }[pathname];
    const headers = { "content-type": "text/html; charset=utf-8" };
    return new Response(html ?? "", { status: html ? 200 : 404, headers });
  }

  #connect(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.media.onPage();
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#hear(data);
      else this.#take(new Uint8Array(data));
    };
    return response;
  }

  #hear(text: string): void {
    const message = parseCaptureMessage(text);
    if (message.ok) this.outputs.push(...this.media.onMessage(message.value, now()));
    else this.malformed.push(text);
  }

  #take(bytes: Uint8Array): void {
    const message = parseStudioMedia(bytes);
    if (!message.ok) return void this.malformed.push(`${bytes.length} bytes`);
    this.received.push(message.value);
    const outputs = this.media.onMedia(message.value, now());
    this.outputs.push(...outputs);
    for (const output of outputs) {
      if (output.kind === "control") this.tell(output.control);
    }
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

export async function waitFor(isDone: () => boolean, describe: () => string): Promise<void> {
  const end = Date.now() + PATIENCE_MILLIS;
  while (!isDone()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${describe()}`);
    await sleep(20);
  }
}

let bundled: Promise<Map<string, Uint8Array<ArrayBuffer>>> | undefined;

function bundles(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  return bundled ??= bundleAll();
}

async function bundleAll(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  await using folder = new TemporaryFolder();
  const scripts = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [path, source] of Object.entries(SCRIPTS)) {
    const output = folder.file(path.slice(1));
    const file = fileURLToPath(new URL(source, ROOT));
    await run(Deno.execPath(), [
      ...[
        "bundle",
        "--quiet",
        "--platform",
        "browser",
        "--config",
        fileURLToPath(new URL("deno.json", ROOT)),
      ],
      ...["--output", output, file],
    ]);
    scripts.set(path, await Deno.readFile(output));
  }
  return scripts;
}

/** The screen as a file: H.264 as a byte stream, VP8 in IVF. Each picture with its time, as far as the file can. */
export function screenFile(pictures: readonly Of<"picture">[]): Uint8Array<ArrayBuffer> {
  const first = pictures[0]!.picture.ticks;
  const writer = new IvfWriter({ codec: "vp8", width: 0, height: 0 });
  const parts = pictures.map(({ picture }, frameNumber) => {
    if ("nalUnits" in picture) return joinAnnexB(picture.nalUnits);
    const frame = { ...picture, codec: "vp8", frameNumber } as const;
    return writer.write({ frame, time: picture.ticks - first });
  });
  return concat(...("bytes" in pictures[0]!.picture ? [writer.header()] : []), ...parts);
}

/** The sound as a file of Ogg. */
export function soundFile(format: AudioFormat, frames: readonly EncodedFrame[]): Uint8Array {
  const writer = createAudioStreamWriter(format);
  return concat(writer.header(), writer.write(frames), writer.end());
}
