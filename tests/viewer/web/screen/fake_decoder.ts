import type { RtpTicks } from "../../../../shared/core/units.ts";
import type { PageFrame } from "../../../../shared/page/page_frame.ts";

/** A picture that knows whether it was closed. */
export class FakePicture {
  static open = 0;
  readonly displayWidth = 640;
  readonly displayHeight = 360;
  isClosed = false;

  constructor(readonly timestamp: number) {
    FakePicture.open++;
  }

  close(): void {
    if (!this.isClosed) FakePicture.open--;
    this.isClosed = true;
  }

  get picture(): VideoFrame {
    return this as unknown as VideoFrame;
  }
}

interface Chunk {
  readonly type: "key" | "delta";
  readonly timestamp: number;
}

/** A browser's decoder that decodes when the test says so. Like a real one it refuses to begin with a delta frame. */
export class FakeDecoder {
  state: "unconfigured" | "configured" | "closed" = "unconfigured";
  readonly configs: VideoDecoderConfig[] = [];
  readonly decoded: number[] = [];
  #queue: Chunk[] = [];
  #needsKey = true;

  constructor(readonly init: VideoDecoderInit) {}

  get decodeQueueSize(): number {
    return this.#queue.length;
  }

  configure(config: VideoDecoderConfig): void {
    if (this.state === "closed") throw new Error("configured after close");
    this.state = "configured";
    this.configs.push(config);
    this.#needsKey = true;
  }

  decode(chunk: Chunk): void {
    if (this.state !== "configured") throw new Error(`decode while ${this.state}`);
    if (this.#needsKey && chunk.type !== "key") throw new Error("a delta frame first");
    this.#needsKey = false;
    this.#queue.push(chunk);
  }

  close(): void {
    this.state = "closed";
    this.#queue = [];
  }

  /** Decodes what waits, all of it unless a number is given. */
  run(count = Infinity): void {
    for (const { timestamp } of this.#queue.splice(0, count)) {
      this.decoded.push(timestamp);
      this.init.output(new FakePicture(timestamp).picture);
    }
  }

  fail(name: string): void {
    this.close();
    this.init.error(new DOMException("no", name));
  }
}

/** The decoders that a page makes, oldest first. */
export function fakeDecoders() {
  // Deno has no WebCodecs.
  Object.assign(globalThis, {
    EncodedVideoChunk: class {
      constructor(init: Chunk) {
        Object.assign(this, init);
      }
    },
  });
  const made: FakeDecoder[] = [];
  const create = (init: VideoDecoderInit) => {
    const decoder = new FakeDecoder(init);
    made.push(decoder);
    return decoder as unknown as VideoDecoder;
  };
  return { made, create };
}

/** A VP8 frame by its number, at 15 frames a second; 320 x 240 unless it is told. */
export function vp8(frameNumber: number, isKey = false, length = 20, width = 320): PageFrame {
  const bytes = new Uint8Array(length);
  // RFC 6386 section 9.1: shown, and an empty first partition.
  bytes[0] = isKey ? 0x10 : 0x11;
  bytes.set([0x9d, 0x01, 0x2a, width & 0xff, width >> 8, 240, 0], 3);
  return { codec: "vp8", isKey, frameNumber, ticks: frameNumber * 6000 as RtpTicks, bytes };
}
