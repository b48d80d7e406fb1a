import { deviceMillis, type EngineOptions, type SoundEngine } from "./engine.ts";

const STREAM_URL = "/audio";
const REPORT_MILLIS = 50;
const RETRY_MILLIS = 2000;
/** Further behind than this, in seconds, the engine skips to the newest sound. */
const FURTHEST_BEHIND = 4;

/** For browsers without WebCodecs: an audio element that plays `/audio`, with more delay. */
export class StreamEngine implements SoundEngine {
  readonly wantsMedia = false;
  readonly #element = new Audio();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #options: EngineOptions;
  readonly #reports: ReturnType<typeof setInterval>;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: EngineOptions) {
    const { context, volume } = options;
    this.#options = options;
    this.#analyser = new AnalyserNode(context, { fftSize: 2048 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    context.createMediaElementSource(this.#element).connect(this.#analyser)
      .connect(context.destination);
    this.#element.volume = volume;
    this.#element.onerror = this.#element.onended = () => this.#playLater();
    this.#reports = setInterval(() => this.#report(), REPORT_MILLIS);
    this.#play();
  }

  push(): void {}

  setVolume(volume: number): void {
    this.#element.volume = volume;
  }

  stop(): void {
    clearInterval(this.#reports);
    clearTimeout(this.#retry);
    this.#element.onerror = this.#element.onended = null;
    this.#element.pause();
    this.#element.removeAttribute("src");
    this.#element.load();
    this.#analyser.disconnect();
  }

  #play(): void {
    this.#element.src = STREAM_URL;
    this.#element.play().catch((error: DOMException) => {
      if (error.name === "NotAllowedError") this.#options.onFailure("Press play once more");
    });
  }

  #playLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#play(), RETRY_MILLIS);
  }

  #report(): void {
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

  /** Seconds of sound that were received and not played yet. */
  #ahead(): number {
    const { buffered, currentTime } = this.#element;
    return buffered.length > 0 ? buffered.end(buffered.length - 1) - currentTime : 0;
  }
}
