import type { Micros, Millis } from "../../../../shared/core/units.ts";
import { BlockCutter, type SoundBlock } from "./block_cutter.ts";
import { type Level, LevelMeter } from "./level_meter.ts";
import { opusConfigs, type OpusOptions, PACKET_MICROS } from "./opus_config.ts";
import type { OpusEncoder, OpusEncoderHandlers } from "./opus_encoder.ts";

export interface PipelineHandlers {
  /** What the packets from here on are. */
  onFormat(sampleRate: number, channelCount: 1 | 2): void;
  onPacket(bytes: Uint8Array, at: Micros): void;
  /** No configuration works. */
  onFailure(): void;
}

/** What the pipeline needs of a browser. */
export interface PipelineAdapter {
  now(): Millis;
  /** The first configuration that the encoder supports. */
  choose(configs: readonly AudioEncoderConfig[]): Promise<AudioEncoderConfig | undefined>;
  /** @throws DOMException */
  createEncoder(config: AudioEncoderConfig, handlers: OpusEncoderHandlers): Encoder;
}

export type Encoder = Pick<OpusEncoder, "encode" | "close" | "blocksDropped">;

/** An encoder that fails this often with no packet in between does not do better. */
const MAX_FAILURES_IN_A_ROW = 4;

/** From blocks as a device gives them to packets: measured, muted, cut, resampled where needed, encoded. */
export class SoundPipeline {
  isMuted = false;
  readonly #options: OpusOptions;
  readonly #handlers: PipelineHandlers;
  readonly #adapter: PipelineAdapter;
  readonly #meter = new LevelMeter();
  #inputRate = 0;
  #configs: readonly AudioEncoderConfig[] = [];
  #cutter: BlockCutter | undefined;
  #encoder: Encoder | undefined;
  #failures = 0;
  /** Counts how often an encoder was looked for: only the last look counts. */
  #looks = 0;
  #isClosed = false;

  constructor(options: OpusOptions, handlers: PipelineHandlers, adapter: PipelineAdapter) {
    this.#options = options;
    this.#handlers = handlers;
    this.#adapter = adapter;
  }

  get level(): Level {
    return this.#meter.level;
  }

  /** Blocks that the encoder was too slow for. */
  get blocksDropped(): number {
    return this.#encoder?.blocksDropped ?? 0;
  }

  /** @param rate of the block: that of the device, which is known only now. */
  push(block: SoundBlock, rate: number): void {
    if (this.#isClosed) return;
    if (rate !== this.#inputRate) this.#begin(rate);
    this.#meter.push(block.channels, this.#adapter.now());
    for (const cut of this.#cutter?.push(block) ?? []) {
      this.#encoder?.encode(this.isMuted ? silenced(cut) : cut);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#encoder?.close();
  }

  #begin(rate: number): void {
    this.#inputRate = rate;
    this.#configs = opusConfigs(rate, this.#options);
    void this.#open();
  }

  async #open(): Promise<void> {
    const look = ++this.#looks;
    const rate = this.#inputRate;
    this.#encoder?.close();
    this.#encoder = this.#cutter = undefined;
    const config = await this.#adapter.choose(this.#configs);
    if (this.#isClosed || look !== this.#looks) return;
    if (!config) return this.#handlers.onFailure();
    const { sampleRate: outputRate } = config;
    const { channelCount } = this.#options;
    const length = outputRate * PACKET_MICROS / 1_000_000;
    this.#cutter = new BlockCutter({ inputRate: rate, outputRate, channelCount, length });
    this.#handlers.onFormat(outputRate, channelCount);
    this.#start(config);
  }

  #start(config: AudioEncoderConfig): void {
    let hasWorked = false;
    const onFailure = () => this.#onFailure(config, hasWorked);
    const onPacket = (bytes: Uint8Array, at: Micros) => {
      hasWorked = true;
      this.#failures = 0;
      this.#handlers.onPacket(bytes, at);
    };
    try {
      this.#encoder = this.#adapter.createEncoder(config, { onPacket, onFailure });
    } catch {
      onFailure();
    }
  }

  /** A configuration that gave nothing is not tried again, whatever the browser says of it. */
  #onFailure(config: AudioEncoderConfig, hasWorked: boolean): void {
    if (this.#isClosed) return;
    if (!hasWorked) this.#configs = this.#configs.filter((other) => other !== config);
    if (++this.#failures >= MAX_FAILURES_IN_A_ROW) return this.#handlers.onFailure();
    void this.#open();
  }
}

/** Zeros of the same length: a muted microphone sends on, so that the channel stays. */
function silenced({ channels, at }: SoundBlock): SoundBlock {
  return { channels: channels.map(({ length }) => new Float32Array(length)), at };
}
