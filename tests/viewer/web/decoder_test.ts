import assert from "node:assert/strict";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";
import { toBase64 } from "../../../shared/text/base64.ts";
import { decoderConfig, FrameDecoder } from "../../../viewer/web/player/decoder.ts";

const MP3: Sound = { codec: "mp3", sampleRate: 44_100, channelCount: 1 };

/** A second of sound at a time. */
function media(second: number): PageMedia {
  const frame = { bytes: Uint8Array.of(1), sampleCount: 4410, sampleRate: 44_100 };
  return {
    ...{ number: second, lostBefore: 0, mediaTime: second },
    frames: Array.from({ length: 10 }, () => frame),
  };
}

type Behaviour = "plays" | "swallows" | "refuses" | "throws" | "fails";

/** A browser's decoder, as good or bad as the test says. */
function decodeWith(behaviour: Behaviour, seconds: number) {
  let output: (data: unknown) => void = () => {};
  let error: (error: Error) => void = () => {};
  const seen = { decoders: 0, samples: 0, failures: 0 };
  class FakeDecoder {
    state = "unconfigured";
    decodeQueueSize = 0;
    constructor(init: { output: typeof output; error: typeof error }) {
      ({ output, error } = init);
      seen.decoders++;
    }
    configure(): void {
      if (behaviour === "refuses") throw new DOMException("no", "NotSupportedError");
      this.state = "configured";
    }
    decode(): void {
      if (behaviour === "throws") throw new DOMException("no", "EncodingError");
      if (behaviour === "swallows") this.decodeQueueSize++;
      if (behaviour === "fails") {
        this.state = "closed";
        error(new Error("no"));
      }
      if (behaviour !== "plays") return;
      output({ numberOfChannels: 1, numberOfFrames: 4410, copyTo() {}, close() {} });
    }
    close(): void {
      this.state = "closed";
    }
  }
  Object.assign(globalThis, {
    AudioDecoder: FakeDecoder,
    EncodedAudioChunk: class {},
  });
  const decoder = new FrameDecoder(MP3, {
    onSamples: ([samples]) => void (seen.samples += samples!.length),
    onGap() {},
    onJump() {},
    onFailure: () => void seen.failures++,
  });
  for (let second = 0; second < seconds; second++) decoder.push(media(second));
  return seen;
}

Deno.test("a decoder that plays is left alone", () => {
  assert.deepEqual(decodeWith("plays", 60), { decoders: 1, samples: 60 * 44_100, failures: 0 });
});

Deno.test("one that takes all and gives nothing is given up after a few seconds, once", () => {
  assert.equal(decodeWith("swallows", 4).failures, 0);
  const { failures, samples, decoders } = decodeWith("swallows", 60);
  assert.deepEqual([failures, samples, decoders], [1, 0, 1]);
});

Deno.test("one that is refused, throws or fails is replaced a few times, then given up, once", () => {
  for (const behaviour of ["refuses", "throws", "fails"] as const) {
    const { failures, decoders } = decodeWith(behaviour, 60);
    assert.equal(failures, 1, behaviour);
    assert.ok(decoders <= 9, `${behaviour}: ${decoders}`);
  }
});

Deno.test("an OpusHead is given to the decoder only if it says something", () => {
  const head = (gain: number, family: number) =>
    decoderConfig({
      ...{ codec: "opus", sampleRate: 48_000, channelCount: 2 },
      description: toBase64(
        Uint8Array.of(
          ...new TextEncoder().encode("OpusHead"),
          1,
          2,
          0,
          0,
          0,
          0,
          0,
          0,
          gain,
          0,
          family,
        ),
      ),
    }).description;
  assert.equal(head(0, 0), undefined);
  assert.ok(head(7, 0));
  assert.ok(head(0, 1));
});
