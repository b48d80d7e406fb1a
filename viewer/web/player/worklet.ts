import { SampleRing } from "./sample_ring.ts";
import { type FromWorklet, type ToWorklet, WORKLET_NAME } from "./worklet_messages.ts";

// The globals of an AudioWorkletGlobalScope, which TypeScript's library does not have.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { outputChannelCount?: number[] }) => AudioWorkletProcessor,
): void;

const REPORTS_PER_SECOND = 20;

/** Plays the decoded sound from a {@linkcode SampleRing}, on the audio thread. */
class RingProcessor extends AudioWorkletProcessor {
  readonly #ring: SampleRing;
  #squares = 0;
  #heard = 0;

  constructor({ outputChannelCount }: { outputChannelCount?: number[] }) {
    super();
    this.#ring = new SampleRing({ channelCount: outputChannelCount?.[0] ?? 2, sampleRate });
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#obey(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]!;
    this.#ring.read(output);
    for (const sample of output[0] ?? []) this.#squares += sample * sample;
    this.#heard += output[0]?.length ?? 0;
    if (this.#heard >= sampleRate / REPORTS_PER_SECOND) this.#report();
    return true;
  }

  #obey(message: ToWorklet): void {
    switch (message.kind) {
      case "samples":
        return this.#ring.write(message.channels);
      case "gap":
        return this.#ring.writeGap(message.length);
      case "lumps":
        return this.#ring.expectLumps(message.length);
      case "flush":
        return this.#ring.flush();
    }
  }

  #report(): void {
    const report: FromWorklet = {
      buffered: this.#ring.buffered,
      level: Math.sqrt(this.#squares / this.#heard),
    };
    this.port.postMessage(report);
    this.#squares = 0;
    this.#heard = 0;
  }
}

registerProcessor(WORKLET_NAME, RingProcessor);
