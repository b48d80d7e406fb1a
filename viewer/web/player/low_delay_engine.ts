import type { Seconds } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";
import { decoderConfig, FrameDecoder, lengthOf } from "./decoder.ts";
import { deviceMillis, type EngineOptions, type SoundEngine } from "./engine.ts";
import { type FromWorklet, type ToWorklet, WORKLET_NAME } from "./worklet_messages.ts";

const WORKLET_URL = "/worklet.js";

/** Decodes frames from the WebSocket and plays them from a small ring on the audio thread. */
export class LowDelayEngine implements SoundEngine {
  readonly name = "webcodecs";
  readonly wantsMedia = true;
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #volume: GainNode;
  readonly #decoder: FrameDecoder;
  #longestLump: Seconds = 0;

  /** Whether this browser has what it takes, whatever the sound. */
  static get isThere(): boolean {
    return typeof AudioDecoder !== "undefined" && typeof AudioWorkletNode !== "undefined";
  }

  /** Whether this browser says that it can play `sound` this way; some say so and can't. */
  static async canPlay(sound: Sound): Promise<boolean> {
    if (!LowDelayEngine.isThere) return false;
    const answer = await AudioDecoder.isConfigSupported(decoderConfig(sound)).catch(() =>
      undefined
    );
    return answer?.supported === true;
  }

  /** Rejects when the browser does not load the worklet. */
  static async open(options: EngineOptions): Promise<LowDelayEngine> {
    await options.context.audioWorklet.addModule(WORKLET_URL);
    return new LowDelayEngine(options);
  }

  private constructor({ context, sound, volume, onReport, onSound, onFailure }: EngineOptions) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, WORKLET_NAME, {
      numberOfInputs: 0,
      outputChannelCount: [Math.min(sound.channelCount, 2)],
    });
    this.#volume = new GainNode(context, { gain: volume });
    this.#node.connect(this.#volume).connect(context.destination);
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) =>
      onReport({
        level: data.level,
        bufferMillis: data.buffered / context.sampleRate * 1000,
        deviceMillis: deviceMillis(context),
      });
    this.#decoder = new FrameDecoder(sound, {
      onSamples: (channels) => {
        this.#post({ kind: "samples", channels }, channels);
        onSound();
      },
      onGap: (length) => this.#post({ kind: "gap", length: length * context.sampleRate }),
      onJump: () => this.#post({ kind: "flush" }),
      onFailure,
    });
  }

  push(media: PageMedia): void {
    this.#noticeLump(media);
    this.#decoder.push(media);
  }

  setVolume(volume: number): void {
    // A sudden change of volume would click.
    this.#volume.gain.setTargetAtTime(volume, this.#context.currentTime, 0.02);
  }

  /** The context, which the player resumes, is all that is ever interrupted. */
  resume(): void {}

  stop(): void {
    this.#decoder.close();
    this.#node.port.onmessage = null;
    this.#volume.disconnect();
    this.#node.disconnect();
  }

  /** A whole message is decoded at once, so the ring must hold sound until the next one. */
  #noticeLump(media: PageMedia): void {
    const length = lengthOf(media);
    if (length <= this.#longestLump) return;
    this.#longestLump = length;
    this.#post({ kind: "lumps", length: length * this.#context.sampleRate });
  }

  #post(message: ToWorklet, channels: readonly Float32Array<ArrayBuffer>[] = []): void {
    this.#node.port.postMessage(message, channels.map(({ buffer }) => buffer));
  }
}
