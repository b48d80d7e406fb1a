import type { Micros } from "../../../../shared/core/units.ts";
import type { SoundBlock } from "./block_cutter.ts";
import { PACKET_MICROS } from "./opus_config.ts";

export interface OpusEncoderHandlers {
  onPacket(bytes: Uint8Array, at: Micros): void;
  /** The encoder has failed, and takes no more. */
  onFailure(): void;
}

/** With more blocks than this unencoded, a second, further ones are left out: the machine is too slow. */
const MAX_WAITING = 50;

/** WebCodecs' encoder of one configuration. Each block gives one packet, where the encoder does what it is asked. */
export class OpusEncoder {
  /** Blocks that were left out. */
  blocksDropped = 0;
  readonly #encoder: AudioEncoder;
  readonly #config: AudioEncoderConfig;
  /**
   * When the blocks in the encoder were captured. Chromium's own times only count samples from the first block
   * on: they hide that a sound card counts too fast or too slowly, and that sound is missing.
   */
  readonly #times: Micros[] = [];

  /** @throws DOMException for a configuration that the browser does not support. */
  constructor(config: AudioEncoderConfig, handlers: OpusEncoderHandlers) {
    this.#config = config;
    this.#encoder = new AudioEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        handlers.onPacket(bytes, this.#takeTime(chunk.duration) ?? chunk.timestamp);
      },
      error: () => handlers.onFailure(),
    });
    this.#encoder.configure(config);
  }

  encode({ channels, at }: SoundBlock): void {
    if (this.#encoder.state !== "configured") return;
    if (this.#encoder.encodeQueueSize > MAX_WAITING) return void this.blocksDropped++;
    const { sampleRate, numberOfChannels } = this.#config;
    const numberOfFrames = channels[0]!.length;
    const data = new Float32Array(numberOfFrames * numberOfChannels);
    channels.forEach((samples, index) => data.set(samples, index * numberOfFrames));
    const block = new AudioData({
      ...{ format: "f32-planar", sampleRate, numberOfChannels, numberOfFrames },
      ...{ timestamp: at, data },
    });
    this.#times.push(at);
    this.#encoder.encode(block);
    block.close();
  }

  /** An encoder may make one packet of several blocks, whatever it was asked for. */
  #takeTime(duration: Micros | null): Micros | undefined {
    const blocks = Math.max(1, Math.round((duration ?? PACKET_MICROS) / PACKET_MICROS));
    return this.#times.splice(0, blocks)[0];
  }

  close(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }
}

/** The first configuration that the browser says to support; undefined without one. */
export async function firstSupported(
  configs: readonly AudioEncoderConfig[],
): Promise<AudioEncoderConfig | undefined> {
  for (const config of configs) {
    const { supported } = await AudioEncoder.isConfigSupported(config)
      .catch(() => ({ supported: false }));
    if (supported) return config;
  }
}
