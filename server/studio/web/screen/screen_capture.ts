/**
 * server/studio/web/screen: captures a screen, a window or a tab, and brings it to the host as H.264 or VP8.
 *
 * In: the host's wishes, and what the listeners need (bitrate, key frames). Out: pictures over a CaptureLink,
 * a preview, and signals for the page: what state it is in, what it costs, what is wrong. The browser asks the
 * host what to share; screen_worker.ts, a script of its own, gets the pictures (frame_source.ts where it can't
 * read them itself) and encodes them in screen_pipeline.ts: screen_schedule.ts says which and when,
 * encoder_config.ts how. This file puts them together. The next file to read is screen_pipeline.ts.
 */
import { type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { CaptureControl } from "../../../../shared/studio/capture_messages.ts";
import type { CaptureLink } from "../capture/capture_link.ts";
import { type CaptureProblem, problem, problemOf } from "../capture/capture_problem.ts";
import { pageNow } from "../capture/page_clock.ts";
import { RateMeter } from "../capture/rate_meter.ts";
import { StayAwake } from "../capture/stay_awake.ts";
import { trackProcessor } from "../capture/track_processor.ts";
import { ElementFrames } from "./frame_source.ts";
import type { ScreenOptions, Size } from "./screen_options.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

export type ScreenState =
  | { readonly phase: "off" | "starting" }
  | { readonly phase: "on"; readonly surface: Surface }
  /** Nothing is sent, and the channel has ended, if it had begun. */
  | { readonly phase: "failed"; readonly problem: CaptureProblem };

/** What is shared. */
export interface Surface {
  readonly kind: "monitor" | "window" | "browser" | "unknown";
  readonly name: string;
}

/** What the screen costs now. */
export interface ScreenCost {
  readonly codec: ScreenCodec;
  readonly size: Size;
  /** Pictures in a second, over the last two. */
  readonly rate: number;
  readonly bitrate: number;
  /** How long encoding a picture takes, on average. */
  readonly encodeMillis: Millis;
  /** Pictures that were left out, because the link or the encoder was too slow or they came too fast. */
  readonly skipped: number;
}

/** The link is behind with more than this: about half a second of a usual screen. */
const BEHIND_BYTES = 64 << 10;
const LOOK_MILLIS: Millis = 1000;
const AVERAGE_SHARE = 0.1;

/** What belongs to one share, and ends with it. */
interface Share {
  readonly track: MediaStreamTrack;
  readonly worker: Worker;
  frames?: ElementFrames;
  format?: { readonly codec: ScreenCodec; readonly width: number; readonly height: number };
  isBehind: boolean;
}

/** The shared screen of the studio's page. */
export class ScreenCapture {
  readonly state: Signal<ScreenState> = signal({ phase: "off" });
  readonly cost: Signal<ScreenCost | null> = signal(null);
  /** Shows what is captured; the page puts it where it wants. */
  readonly preview: HTMLVideoElement = document.createElement("video");
  readonly #link: CaptureLink;
  readonly #workerUrl: string;
  readonly #awake = new StayAwake();
  readonly #rate = new RateMeter();
  #encodeMillis: Millis = 0;
  #skipped = 0;
  #options: ScreenOptions | undefined;
  #share: Share | undefined;
  #starts = 0;

  /** @param workerUrl where the host serves screen_worker.ts. */
  constructor(link: CaptureLink, workerUrl: string) {
    this.#link = link;
    this.#workerUrl = workerUrl;
    this.preview.muted = true;
    this.preview.playsInline = true;
    setInterval(() => this.#look(), LOOK_MILLIS);
  }

  /** Has the browser ask the host what to share; to be called for a click, as browsers want it. */
  async start(options: ScreenOptions): Promise<void> {
    const start = ++this.#starts;
    this.#end();
    this.#options = options;
    this.state.value = { phase: "starting" };
    const opened = await openScreen(options);
    if (start !== this.#starts) return void (opened.ok && opened.track.stop());
    if (!opened.ok) return this.#fail(opened.problem);
    this.#open(opened.track, options);
  }

  /** Ends the channel. */
  stop(): void {
    this.#starts++;
    this.#end();
    this.state.value = { phase: "off" };
    this.#link.say({ kind: "screen-stop" });
  }

  /** Goes on with other settings. */
  change(options: ScreenOptions): void {
    this.#options = options;
    const track = this.#share?.track;
    if (!track) return;
    track.contentHint = hintOf(options);
    // A browser that refuses gives larger pictures or more of them, which are made smaller and left out here.
    void track.applyConstraints(constraintsFor(options)).catch(() => {});
    this.#tell({ kind: "change", options });
  }

  /** Does what the listeners need. */
  obey({ bitrate, isKeyFrameWanted }: CaptureControl): void {
    if (bitrate !== undefined && this.#options) {
      this.#options = { ...this.#options, bitrate };
      this.#tell({ kind: "change", options: this.#options });
    }
    if (isKeyFrameWanted) this.#tell({ kind: "key" });
  }

  /** The WebSocket is open anew: the host must be told again what comes, and needs a key frame. */
  announce(): void {
    const format = this.#share?.format;
    if (!format) return;
    this.#link.say({ kind: "screen-format", ...format });
    this.#tell({ kind: "key" });
  }

  #open(track: MediaStreamTrack, options: ScreenOptions): void {
    track.contentHint = hintOf(options);
    const worker = new Worker(this.#workerUrl, { type: "module" });
    const share: Share = { track, worker, isBehind: false };
    this.#share = share;
    track.onended = () => this.#onEnded(share, "stopped-in-browser");
    worker.onerror = () => this.#onEnded(share, "encoder");
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (this.#share === share) this.#hear(data, share);
    };
    this.preview.srcObject = new MediaStream([track]);
    // It begins with the first picture, which a window that is minimized gives late.
    void this.preview.play().catch(() => {});
    this.#feed(share, options);
    this.state.value = { phase: "on", surface: surfaceOf(track) };
    this.#awake.set(true);
  }

  #feed(share: Share, options: ScreenOptions): void {
    const { track, worker } = share;
    const start = { kind: "start", pageOrigin: performance.timeOrigin, options } as const;
    const Processor = trackProcessor();
    if (Processor) {
      const { readable } = new Processor<VideoFrame>({ track });
      return worker.postMessage({ ...start, readable }, [readable]);
    }
    worker.postMessage(start);
    const interval = () => 1000 / (this.#options ?? options).rate;
    share.frames = new ElementFrames(this.preview, interval, (frame, at) => {
      const message: ToWorker = { kind: "frame", frame, at };
      worker.postMessage(message, [frame]);
    });
  }

  #hear(message: FromWorker, share: Share): void {
    switch (message.kind) {
      case "format": {
        const { codec, width, height } = message;
        share.format = { codec, width, height };
        return this.#link.say({ kind: "screen-format", codec, width, height });
      }
      case "picture":
        return this.#send(message, share);
      case "taken":
        return share.frames?.onTaken();
      case "tick":
        share.frames?.tick();
        return this.#watchLink(share);
      case "failed":
        return this.#onEnded(share, "encoder");
    }
  }

  #send(picture: FromWorker & { kind: "picture" }, share: Share): void {
    const { bytes, isKey, at, encodeMillis, skipped } = picture;
    this.#link.bring({ kind: "screen", isKey, at, bytes });
    this.#rate.add(bytes.length, pageNow());
    this.#encodeMillis += AVERAGE_SHARE * (encodeMillis - this.#encodeMillis);
    this.#skipped = skipped;
    this.#watchLink(share);
  }

  /** A link that is behind takes no more: pictures are left out before they are encoded. */
  #watchLink(share: Share): void {
    const isBehind = this.#link.bufferedAmount > BEHIND_BYTES;
    if (isBehind === share.isBehind) return;
    share.isBehind = isBehind;
    this.#tell({ kind: "behind", isBehind });
  }

  #look(): void {
    const format = this.#share?.format;
    if (!format) return void (this.cost.value = null);
    const { codec, ...size } = format;
    const { count: rate, bitrate } = this.#rate.rate(pageNow());
    const [encodeMillis, skipped] = [this.#encodeMillis, this.#skipped];
    this.cost.value = { codec, size, rate, bitrate, encodeMillis, skipped };
    this.#watchLink(this.#share!);
  }

  #tell(message: ToWorker): void {
    this.#share?.worker.postMessage(message);
  }

  /** The host has ended it in the browser's own bar, or it can't go on: the channel ends. */
  #onEnded(share: Share, code: "stopped-in-browser" | "encoder"): void {
    if (this.#share !== share) return;
    this.#fail(problem("screen", code));
    this.#link.say({ kind: "screen-stop" });
  }

  #fail(why: CaptureProblem): void {
    this.#end();
    this.state.value = { phase: "failed", problem: why };
  }

  #end(): void {
    const share = this.#share;
    this.#share = undefined;
    share?.frames?.close();
    share?.worker.postMessage({ kind: "stop" } satisfies ToWorker);
    share?.track.stop();
    this.preview.srcObject = null;
    this.cost.value = null;
    this.#awake.set(false);
  }
}

type OpenedScreen =
  | { readonly ok: true; readonly track: MediaStreamTrack }
  | { readonly ok: false; readonly problem: CaptureProblem };

async function openScreen(options: ScreenOptions): Promise<OpenedScreen> {
  if (!isSecureContext) return { ok: false, problem: problem("screen", "insecure") };
  if (!navigator.mediaDevices?.getDisplayMedia || typeof VideoEncoder === "undefined") {
    return { ok: false, problem: problem("screen", "unsupported") };
  }
  try {
    const wishes: DisplayMediaStreamOptions & { readonly selfBrowserSurface: "exclude" } = {
      ...{ video: constraintsFor(options), audio: false },
      // The studio in its own preview in its own preview helps nobody.
      selfBrowserSurface: "exclude",
    };
    const stream = await navigator.mediaDevices.getDisplayMedia(wishes);
    return { ok: true, track: stream.getVideoTracks()[0]! };
  } catch (error) {
    return { ok: false, problem: problemOf("screen", error) };
  }
}

function constraintsFor({ rate, width, height }: ScreenOptions): MediaTrackConstraints {
  return { frameRate: { max: rate }, width: { max: width }, height: { max: height } };
}

function hintOf({ content }: ScreenOptions): string {
  return content === "text" ? "text" : "motion";
}

function surfaceOf(track: MediaStreamTrack): Surface {
  const kinds = ["monitor", "window", "browser"] as const;
  const { displaySurface } = track.getSettings();
  const kind = kinds.find((kind) => kind === displaySurface) ?? "unknown";
  return { kind, name: track.label };
}
