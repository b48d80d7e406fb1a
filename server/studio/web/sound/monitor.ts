import type { Micros, Seconds } from "../../../../shared/core/units.ts";

const OPUS_RATE = 48_000;
/** Between the arrival of a packet and its playing. */
const LEAD: Seconds = 0.06;
/** With more waiting, what comes is left out. */
const MOST_WAITING: Seconds = 0.3;

/** Plays on the host's loudspeakers what goes out: the packets, decoded again. */
export class Monitor {
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #decoder: AudioDecoder;
  /** When what waits has been played. */
  #end: Seconds = 0;

  /** @param onFailure nothing can be heard; what is sent does not suffer. */
  constructor(numberOfChannels: number, onFailure: () => void) {
    this.#decoder = new AudioDecoder({
      output: (data) => this.#play(data),
      error: () => onFailure(),
    });
    this.#decoder.configure({ codec: "opus", sampleRate: OPUS_RATE, numberOfChannels });
    void this.#context.resume().catch(() => {});
  }

  push(bytes: Uint8Array, at: Micros): void {
    if (this.#decoder.state !== "configured") return;
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: at, data: bytes }));
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
    void this.#context.close().catch(() => {});
  }

  #play(data: AudioData): void {
    const { numberOfChannels, numberOfFrames, sampleRate } = data;
    const buffer = this.#context.createBuffer(numberOfChannels, numberOfFrames, sampleRate);
    for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex++) {
      const samples = buffer.getChannelData(planeIndex);
      data.copyTo(samples, { planeIndex, format: "f32-planar" });
    }
    data.close();
    this.#schedule(buffer);
  }

  #schedule(buffer: AudioBuffer): void {
    const now = this.#context.currentTime;
    if (this.#end - now > MOST_WAITING) return;
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    const begins = this.#end < now ? now + LEAD : this.#end;
    source.start(begins);
    this.#end = begins + buffer.duration;
  }
}
