import {
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
} from "mediabunny";
import { concat } from "../../../shared/core/bytes.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import { SampleUnits } from "./sample_units.ts";
import type { RecordedFormat } from "./screen_format.ts";
import type { RecordedFrame, ScreenStreamWriter } from "./screen_stream.ts";

/**
 * Matroska by mediabunny, which gives out each frame as it gets it. The file is only appended to, as a pipe
 * must be; so it has no duration, and clusters and segment have no length, which players know from live streams.
 */
export class MatroskaWriter implements ScreenStreamWriter {
  readonly #format: RecordedFormat;
  readonly #samples: SampleUnits;
  readonly #source: EncodedVideoPacketSource;
  readonly #output: Output;
  #given: Uint8Array[] = [];
  #isStarted = false;

  constructor(format: RecordedFormat) {
    this.#format = format;
    this.#samples = new SampleUnits(format);
    this.#source = new EncodedVideoPacketSource(format.codec === "h264" ? "avc" : "vp8");
    const taken = new WritableStream<StreamTargetChunk>({
      write: ({ data }) => void this.#given.push(data),
    });
    this.#output = new Output({
      format: new MkvOutputFormat({ appendOnly: true }),
      target: new StreamTarget(taken),
    });
    this.#output.addVideoTrack(this.#source);
  }

  header(): Uint8Array {
    return new Uint8Array(0);
  }

  async write({ frame, time }: RecordedFrame): Promise<Uint8Array> {
    const isFirst = !this.#isStarted;
    this.#isStarted = true;
    if (isFirst) await this.#output.start();
    const type = frame.isKey ? "key" : "delta";
    const data = this.#samples.sampleOf(frame);
    const packet = new EncodedPacket(data, type, time / SCREEN_CLOCK_RATE, 0);
    await this.#source.add(packet, isFirst ? { decoderConfig: configOf(this.#format) } : undefined);
    return this.#take();
  }

  async end(): Promise<Uint8Array> {
    if (this.#isStarted) await this.#output.finalize();
    return this.#take();
  }

  #take(): Uint8Array {
    const given = this.#given;
    this.#given = [];
    return concat(...given);
  }
}

function configOf(format: RecordedFormat): VideoDecoderConfig {
  const size = { codedWidth: format.width, codedHeight: format.height };
  if (format.codec === "vp8") return { codec: "vp8", ...size };
  const { description } = format;
  // Profile, constraints and level (RFC 6381 section 3.3).
  return { codec: `avc1.${description.subarray(1, 4).toHex()}`, ...size, description };
}
