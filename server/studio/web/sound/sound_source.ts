import { ClockMap } from "../../../../shared/studio/clock_map.ts";
import { pageNow, toMicros } from "../capture/page_clock.ts";
import { type TrackProcessor, trackProcessor } from "../capture/track_processor.ts";
import type { SoundBlock } from "./block_cutter.ts";
import type { CapturedBlock } from "./worklet_block.ts";

export interface SoundSource {
  close(): void;
}

/** @param rate samples per second of the block. */
export type OnBlock = (block: SoundBlock, rate: number) => void;

/**
 * Reads the samples of a track: directly where the browser can, else through Web Audio.
 *
 * @param workletUrl where the host serves capture_worklet.ts.
 * @throws Error when the worklet can't be loaded.
 */
export async function openSoundSource(
  track: MediaStreamTrack,
  workletUrl: string,
  onBlock: OnBlock,
): Promise<SoundSource> {
  const Processor = trackProcessor();
  if (Processor) return new ProcessorSource(new Processor<AudioData>({ track }), onBlock);
  return await WorkletSource.open(track, workletUrl, onBlock);
}

class ProcessorSource implements SoundSource {
  readonly #reader: ReadableStreamDefaultReader<AudioData>;
  readonly #clock = new ClockMap();

  constructor({ readable }: TrackProcessor<AudioData>, onBlock: OnBlock) {
    this.#reader = readable.getReader();
    void this.#run(onBlock);
  }

  close(): void {
    void this.#reader.cancel().catch(() => {});
  }

  async #run(onBlock: OnBlock): Promise<void> {
    for (;;) {
      const { value, done } = await this.#reader.read().catch(() => ({
        done: true,
        value: undefined,
      }));
      if (done || !value) return;
      const at = toMicros(this.#clock.map(value.timestamp, pageNow()));
      const { sampleRate } = value;
      const channels = copyChannels(value);
      value.close();
      onBlock({ channels, at }, sampleRate);
    }
  }
}

class WorkletSource implements SoundSource {
  readonly #context: AudioContext;
  readonly #clock = new ClockMap();

  private constructor(context: AudioContext) {
    this.#context = context;
  }

  static async open(track: MediaStreamTrack, workletUrl: string, onBlock: OnBlock) {
    const source = new WorkletSource(new AudioContext({ latencyHint: "interactive" }));
    try {
      await source.#start(track, workletUrl, onBlock);
    } catch (error) {
      source.close();
      throw error;
    }
    return source;
  }

  close(): void {
    void this.#context.close().catch(() => {});
  }

  async #start(track: MediaStreamTrack, workletUrl: string, onBlock: OnBlock): Promise<void> {
    const context = this.#context;
    await context.audioWorklet.addModule(workletUrl);
    // A node is only asked for samples when its output is used: it is silent.
    const node = new AudioWorkletNode(context, "capture", { channelCountMode: "max" });
    node.port.onmessage = ({ data }: MessageEvent<CapturedBlock>) => this.#pass(data, onBlock);
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    node.connect(context.destination);
    // A system may suspend it, as a phone does while it rings; a browser may not let it begin before a click.
    const resume = () => void context.resume().catch(() => {});
    context.onstatechange = resume;
    resume();
  }

  #pass({ channels, frame }: CapturedBlock, onBlock: OnBlock): void {
    const { sampleRate } = this.#context;
    const captured = frame / sampleRate * 1_000_000;
    onBlock({ channels, at: toMicros(this.#clock.map(captured, pageNow())) }, sampleRate);
  }
}

function copyChannels(data: AudioData): Float32Array[] {
  return Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
}
