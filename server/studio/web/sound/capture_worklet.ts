import type { CapturedBlock } from "./worklet_block.ts";

// The globals of an AudioWorkletGlobalScope, which TypeScript's library does not have.
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** About 10 ms: a message for each 128 samples would be too many. */
const BLOCK_SAMPLES = 512;

/** Passes on what comes in, on the audio thread, a script of its own. */
class CaptureProcessor extends AudioWorkletProcessor {
  #channels: Float32Array<ArrayBuffer>[] = [];
  #length = 0;
  #first = 0;

  process([input = []]: Float32Array[][]): boolean {
    if (input.length === 0) return true;
    if (input.length !== this.#channels.length) this.#begin(input.length);
    if (this.#length === 0) this.#first = currentFrame;
    input.forEach((samples, index) => this.#channels[index]!.set(samples, this.#length));
    this.#length += input[0]!.length;
    if (this.#length >= BLOCK_SAMPLES) this.#send();
    return true;
  }

  #begin(channelCount: number): void {
    this.#channels = Array.from(
      { length: channelCount },
      () => new Float32Array(BLOCK_SAMPLES),
    );
    this.#length = 0;
  }

  #send(): void {
    const block: CapturedBlock = { channels: this.#channels, frame: this.#first };
    this.port.postMessage(block, this.#channels.map(({ buffer }) => buffer));
    this.#begin(this.#channels.length);
  }
}

registerProcessor("capture", CaptureProcessor);
