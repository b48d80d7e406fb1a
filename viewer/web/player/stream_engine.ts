import type { Millis, Seconds } from "../../../shared/core/units.ts";
import { deviceMillis, type EngineOptions, type SoundEngine } from "./engine.ts";

const STREAM_URL = "/audio";
const REPORT_MILLIS: Millis = 50;
const RETRY_MILLIS: Millis = 2000;
/** So long the element may stand still before it is found out whether any sound comes. */
const STANDSTILL_MILLIS: Millis = 6000;
/** So long the first bytes of the stream are awaited. */
const PROBE_MILLIS: Millis = 3000;
/** An element that has played nothing fails so often, though sound came, before it is given up. */
const MAX_FAILURES = 2;
/** In bytes: Ogg's headers come before any sound. */
const MORE_THAN_HEADERS = 300;
/** Further behind than this the engine skips to the newest sound. */
const FURTHEST_BEHIND: Seconds = 4;

/** For browsers without WebCodecs: an audio element that plays `/audio`, with more delay. */
export class StreamEngine implements SoundEngine {
  readonly name = "element";
  readonly wantsMedia = false;
  readonly #element: HTMLAudioElement;
  readonly #analyser: AnalyserNode;
  readonly #volume: GainNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #options: EngineOptions;
  readonly #reports: ReturnType<typeof setInterval>;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #playedTo: Seconds = 0;
  #stoodStillMillis: Millis = 0;
  #failures = 0;
  #isStopped = false;

  /**
   * An element that may play from now on, at any time: browsers want a click, which is over when another engine has
   * failed. Called within the click.
   */
  static prepareElement(): HTMLAudioElement {
    const element = new Audio();
    element.load();
    return element;
  }

  /** @param element used for nothing else. */
  constructor(options: EngineOptions, element: HTMLAudioElement) {
    const { context, volume } = options;
    this.#element = element;
    this.#options = options;
    this.#analyser = new AnalyserNode(context, { fftSize: 2048 });
    // Not the element's own volume, which nobody but the user may set on iOS.
    this.#volume = new GainNode(context, { gain: volume });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    context.createMediaElementSource(this.#element).connect(this.#analyser)
      .connect(this.#volume).connect(context.destination);
    this.#element.onerror = () => this.#fail();
    this.#element.onended = () => this.#playLater();
    this.#element.onpause = () => {
      if (!this.#element.ended) this.#options.onInterrupted();
    };
    this.#reports = setInterval(() => this.#report(), REPORT_MILLIS);
    this.#play();
  }

  push(): void {}

  setVolume(volume: number): void {
    // A sudden change of volume would click.
    this.#volume.gain.setTargetAtTime(volume, this.#options.context.currentTime, 0.02);
  }

  /** The device has paused the element too. */
  resume(): void {
    if (this.#element.paused) this.#play();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#reports);
    clearTimeout(this.#retry);
    this.#element.onerror = this.#element.onended = this.#element.onpause = null;
    this.#element.pause();
    this.#element.removeAttribute("src");
    this.#element.load();
    this.#analyser.disconnect();
    this.#volume.disconnect();
  }

  #play(): void {
    this.#playedTo = this.#stoodStillMillis = 0;
    this.#element.src = STREAM_URL;
    this.#element.play().catch((error: DOMException) => {
      // What else is wrong comes as an error of the element.
      if (error.name === "NotAllowedError" && !this.#isStopped) this.#options.onInterrupted();
    });
  }

  #playLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#play(), RETRY_MILLIS);
  }

  /** A viewer that is gone or has no sound yet is asked again; sound that comes and is not played is this browser's. */
  async #fail(): Promise<void> {
    const comes = await soundComes();
    if (this.#isStopped) return;
    if (comes && ++this.#failures >= MAX_FAILURES) return this.#options.onFailure();
    this.#playLater();
  }

  #report(): void {
    this.#watch();
    const ahead = this.#ahead();
    if (ahead > FURTHEST_BEHIND) this.#element.currentTime += ahead - 1;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const squares = this.#samples.reduce((sum, sample) => sum + sample * sample, 0);
    this.#options.onReport({
      level: Math.sqrt(squares / this.#samples.length),
      bufferMillis: ahead * 1000,
      deviceMillis: deviceMillis(this.#options.context),
    });
  }

  #watch(): void {
    const { currentTime } = this.#element;
    if (currentTime !== this.#playedTo) {
      this.#playedTo = currentTime;
      this.#stoodStillMillis = this.#failures = 0;
      return this.#options.onSound();
    }
    // While the device keeps the sound back, nothing moves.
    if (this.#element.paused || this.#options.context.state !== "running") return;
    this.#stoodStillMillis += REPORT_MILLIS;
    if (this.#stoodStillMillis !== STANDSTILL_MILLIS) return;
    this.#fail();
  }

  /** Seconds of sound that were received and not played yet. */
  #ahead(): Seconds {
    const { buffered, currentTime } = this.#element;
    return buffered.length > 0 ? buffered.end(buffered.length - 1) - currentTime : 0;
  }
}

/** Whether any sound comes from the viewer now. */
async function soundComes(): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_MILLIS);
  try {
    const { ok, body } = await fetch(STREAM_URL, { signal });
    let bytes = 0;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes >= MORE_THAN_HEADERS) break;
    }
    return ok && bytes >= MORE_THAN_HEADERS;
  } catch {
    // It is gone, or nothing came in time.
    return false;
  }
}
