import assert from "node:assert/strict";
import { OpusEncoder } from "../../../../../server/studio/web/sound/opus_encoder.ts";

/** A browser's encoder that makes one packet of so many blocks. */
function browserOf(blocksInPacket: number, duration: number | null) {
  return class {
    readonly state = "configured";
    readonly encodeQueueSize = 0;
    #blocks = 0;
    #packets = 0;
    readonly #output: (chunk: Partial<EncodedAudioChunk>) => void;

    constructor({ output }: { output: (chunk: Partial<EncodedAudioChunk>) => void }) {
      this.#output = output;
    }

    configure(): void {}
    close(): void {}

    encode(): void {
      if (++this.#blocks % blocksInPacket !== 0) return;
      const timestamp = this.#packets++ * 1000;
      this.#output({ byteLength: 1, timestamp, duration, copyTo: () => {} });
    }
  };
}

/** The times of the packets of twelve blocks, which are 21 ms apart, as those of a slow sound card. */
function timesWith(blocksInPacket: number, duration: number | null): number[] {
  const AudioData = class {
    close(): void {}
  };
  Object.assign(globalThis, { AudioEncoder: browserOf(blocksInPacket, duration), AudioData });
  const times: number[] = [];
  const encoder = new OpusEncoder(
    { codec: "opus", sampleRate: 48_000, numberOfChannels: 1 },
    { onPacket: (_, at) => times.push(at), onFailure: () => assert.fail() },
  );
  for (let block = 0; block < 12; block++) {
    encoder.encode({ channels: [new Float32Array(960)], at: block * 21_000 });
  }
  Reflect.deleteProperty(globalThis, "AudioEncoder");
  Reflect.deleteProperty(globalThis, "AudioData");
  return times;
}

Deno.test("a packet has the time of its first block, also where the encoder puts several into one", () => {
  const each = Array.from({ length: 12 }, (_, block) => block * 21_000);
  assert.deepEqual(timesWith(1, 20_000), each);
  assert.deepEqual(timesWith(1, null), each);
  assert.deepEqual(timesWith(3, 60_000), [0, 63_000, 126_000, 189_000]);
});
