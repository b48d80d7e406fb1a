import assert from "node:assert/strict";
import * as fc from "fast-check";
import { screenConfigs } from "../../../../../server/studio/web/screen/encoder_config.ts";
import type {
  EncodedScreenPicture,
  PictureEncoderHandlers,
} from "../../../../../server/studio/web/screen/picture_encoder.ts";
import {
  fittedSize,
  type ScreenOptions,
} from "../../../../../server/studio/web/screen/screen_options.ts";
import {
  type Picture,
  ScreenPipeline,
} from "../../../../../server/studio/web/screen/screen_pipeline.ts";

const OPTIONS: ScreenOptions = {
  content: "text",
  ...{ width: 1280, height: 720, rate: 10, bitrate: 1_000_000 },
};

class FakePicture implements Picture {
  isClosed = false;
  constructor(readonly displayWidth: number, readonly displayHeight: number, readonly at = 0) {}

  close(): void {
    assert.equal(this.isClosed, false, "closed twice");
    this.isClosed = true;
  }
}

/** A browser's encoder, which gives each picture out at once unless it is told to fail. */
class FakeEncoder {
  queueSize = 0;
  isClosed = false;
  configs: VideoEncoderConfig[] = [];
  readonly #late: EncodedScreenPicture[] = [];

  constructor(readonly studio: Studio, readonly handlers: PictureEncoderHandlers) {}

  configure(config: VideoEncoderConfig): void {
    if (this.studio.refuses(config)) throw new Error("not supported");
    this.configs.push(config);
  }

  encode(picture: Picture, isKey: boolean): void {
    assert.ok(picture instanceof FakePicture && !picture.isClosed);
    const { width, height } = this.configs.at(-1)!;
    assert.deepEqual([picture.displayWidth, picture.displayHeight], [width, height]);
    if (this.studio.fails(this.configs.at(-1)!)) return this.handlers.onFailure();
    if (this.studio.keepsBack(this.configs.at(-1)!)) return;
    this.#late.push({ bytes: new Uint8Array(1), isKey, at: picture.at, encodeMillis: 1 });
    if (this.studio.isSlow) return;
    for (const encoded of this.#late.splice(0)) this.handlers.onPicture(encoded);
  }

  close(): void {
    this.isClosed = true;
  }
}

class Studio {
  now = 0;
  /** Whether encoders give what they are given only with the next picture that comes when they are not. */
  isSlow = false;
  readonly encoders: FakeEncoder[] = [];
  readonly pictures: FakePicture[] = [];
  readonly fitted: FakePicture[] = [];
  /** A format as `h264 1280x720`, a picture as `key` or `delta`. */
  readonly said: string[] = [];
  readonly times: number[] = [];
  supports: (config: VideoEncoderConfig) => boolean = () => true;
  refuses: (config: VideoEncoderConfig) => boolean = () => false;
  fails: (config: VideoEncoderConfig) => boolean = () => false;
  keepsBack: (config: VideoEncoderConfig) => boolean = () => false;
  readonly pipeline = new ScreenPipeline<FakePicture>(OPTIONS, {
    onFormat: (codec, { width, height }) => this.said.push(`${codec} ${width}x${height}`),
    onPicture: ({ isKey, at }) => {
      this.said.push(isKey ? "key" : "delta");
      this.times.push(at);
    },
    onFailure: () => this.said.push("failed"),
  }, {
    now: () => this.now,
    choose: (configs) => Promise.resolve(configs.find(({ config }) => this.supports(config))),
    createEncoder: (handlers) => {
      const encoder = new FakeEncoder(this, handlers);
      this.encoders.push(encoder);
      return encoder;
    },
    fit: (_, { width, height }, at) => {
      const picture = new FakePicture(width, height, at);
      this.fitted.push(picture);
      return picture;
    },
  });

  async show(count: number, width = 1280, height = 720): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.now += 100;
      const picture = new FakePicture(width, height);
      this.pictures.push(picture);
      this.pipeline.push(picture, this.now * 1000 - 500);
      await this.settle();
    }
  }

  async wait(millis: number): Promise<void> {
    for (let passed = 0; passed < millis; passed += 20) {
      this.now += 20;
      this.pipeline.advance();
      await this.settle();
    }
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }

  /** All that was said since the last call. */
  heard(): string[] {
    return this.said.splice(0);
  }
}

Deno.test("the format comes first, then a key frame, then the others, each with its time of capture", async () => {
  const studio = new Studio();
  await studio.show(3);
  assert.deepEqual(studio.heard(), ["h264 1280x720", "key", "delta", "delta"]);
  assert.deepEqual(studio.times, [99_500, 199_500, 299_500]);
});

Deno.test("a repeated picture has the time when it is repeated, and no time comes twice", async () => {
  const studio = new Studio();
  await studio.show(1);
  await studio.wait(1100);
  assert.deepEqual(studio.heard(), ["h264 1280x720", "key", "delta"]);
  studio.pipeline.wantKey();
  studio.pipeline.wantKey();
  assert.deepEqual(studio.heard(), ["key", "key"]);
  const { times } = studio;
  assert.deepEqual(times, [...new Set(times)].sort((one, other) => one - other));
  assert.equal(times[1], 1_100_000);
});

Deno.test("a picture of the size before does not come after the new format, where it has no key frame", async () => {
  const studio = new Studio();
  await studio.show(2);
  studio.heard();
  studio.isSlow = true;
  await studio.show(1);
  studio.isSlow = false;
  await studio.show(2, 800, 600);
  assert.deepEqual(studio.heard(), ["h264 800x600", "key", "delta"]);
});

Deno.test("another size gives a new format and a key frame, in the same encoder", async () => {
  const studio = new Studio();
  await studio.show(2);
  await studio.show(2, 800, 600);
  await studio.show(1, 2560, 1440);
  assert.deepEqual(studio.heard(), [
    ...["h264 1280x720", "key", "delta"],
    ...["h264 800x600", "key", "delta"],
    ...["h264 1280x720", "key"],
  ]);
  assert.equal(studio.encoders.length, 1);
});

Deno.test("a bitrate holds from the next picture on, without a key frame", async () => {
  const studio = new Studio();
  await studio.show(2);
  studio.pipeline.change({ ...OPTIONS, bitrate: 300_000 });
  assert.equal(studio.encoders[0]!.configs.at(-1)!.bitrate, 300_000);
  await studio.show(1);
  assert.deepEqual(studio.heard(), ["h264 1280x720", "key", "delta", "delta"]);
});

Deno.test("what is changed while an encoder is looked for holds too", async () => {
  const studio = new Studio();
  studio.pipeline.push(new FakePicture(1280, 720), 1000);
  studio.pipeline.change({ ...OPTIONS, bitrate: 300_000 });
  await studio.settle();
  assert.deepEqual(studio.encoders[0]!.configs.map(({ bitrate }) => bitrate), [300_000]);
});

Deno.test("other content or another rate configures anew, and begins with a key frame", async () => {
  const studio = new Studio();
  await studio.show(1);
  studio.pipeline.change({ ...OPTIONS, content: "motion", rate: 5 });
  await studio.show(4);
  assert.deepEqual(studio.heard().slice(2, 4), ["h264 1280x720", "key"]);
  const { framerate } = studio.encoders[0]!.configs.at(-1)!;
  assert.equal(framerate, 5);
});

Deno.test("VP8 replaces H.264 that the browser lacks, refuses, or only says to have", async () => {
  const isH264 = ({ codec }: VideoEncoderConfig) => codec.startsWith("avc1");
  for (const trouble of ["supports", "refuses", "fails"] as const) {
    const studio = new Studio();
    studio[trouble] = trouble === "supports" ? (config) => !isH264(config) : isH264;
    await studio.show(4);
    const said = studio.heard();
    assert.ok(said.includes("vp8 1280x720"), `${trouble}: ${said}`);
    assert.ok(said.slice(said.indexOf("vp8 1280x720")).includes("key"));
    assert.ok(!said.includes("failed"));
    const last = studio.encoders.at(-1)!;
    assert.ok(studio.encoders.every((encoder) => encoder === last || encoder.isClosed));
  }
});

Deno.test("an encoder that keeps pictures back is replaced within a second or so, also when nothing moves", async () => {
  const studio = new Studio();
  studio.keepsBack = ({ codec }) => codec.startsWith("avc1");
  await studio.show(1);
  await studio.wait(1600);
  assert.deepEqual(studio.heard().slice(0, 3), ["h264 1280x720", "vp8 1280x720", "key"]);
  await studio.wait(3000);
  assert.deepEqual(studio.heard(), ["delta", "delta", "delta"], "and then once a second");
});

Deno.test("a browser with neither is told of, and a working encoder that fails is replaced", async () => {
  const none = new Studio();
  none.supports = () => false;
  await none.show(3);
  await none.wait(2000);
  assert.deepEqual(none.heard(), ["failed"], "once");
  const studio = new Studio();
  await studio.show(2);
  studio.encoders[0]!.handlers.onFailure();
  await studio.show(2);
  assert.deepEqual(studio.heard().slice(3, 5), ["h264 1280x720", "key"]);
});

Deno.test("nothing is encoded while the link is behind, and the newest picture comes when it is not", async () => {
  const studio = new Studio();
  await studio.show(2);
  studio.heard();
  studio.pipeline.isBehind = true;
  await studio.show(10);
  assert.deepEqual(studio.heard(), []);
  assert.equal(studio.pipeline.skipped, 9);
  studio.pipeline.isBehind = false;
  await studio.wait(20);
  assert.deepEqual(studio.heard(), ["delta"]);
  assert.equal(studio.times.at(-1), studio.now * 1000 - 20_500);
});

Deno.test("every picture is closed in the end, whatever happens", async () => {
  const happening = fc.oneof(
    fc.record({ size: fc.constantFrom([1280, 720], [801, 601], [2, 2]) }),
    fc.constantFrom("key", "wait", "fail", "change", "behind", "free"),
  );
  await fc.assert(fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
    const studio = new Studio();
    for (const one of happenings) {
      if (typeof one === "object") await studio.show(1, ...(one.size as [number, number]));
      else if (one === "key") studio.pipeline.wantKey();
      else if (one === "wait") await studio.wait(400);
      else if (one === "fail") studio.encoders.at(-1)?.handlers.onFailure();
      else if (one === "change") studio.pipeline.change({ ...OPTIONS, rate: 3, bitrate: 50_000 });
      else studio.pipeline.isBehind = one === "behind";
    }
    studio.pipeline.close();
    await studio.settle();
    assert.ok([...studio.pictures, ...studio.fitted].every(({ isClosed }) => isClosed));
    assert.deepEqual(studio.times, [...new Set(studio.times)].sort((a, b) => a - b));
    const said = studio.heard();
    said.forEach((word, index) => {
      if (word === "delta") {
        assert.ok(!/\d/.test(said[index - 1]!), "a format begins with a key frame");
      }
    });
  }));
});

Deno.test("a picture keeps its shape, is not enlarged, and has even sides", () => {
  const most = { width: 1280, height: 720 };
  assert.deepEqual(fittedSize({ width: 1920, height: 1080 }, most), most);
  assert.deepEqual(fittedSize({ width: 640, height: 480 }, most), { width: 640, height: 480 });
  assert.deepEqual(fittedSize({ width: 1000, height: 2000 }, most), { width: 360, height: 720 });
  assert.deepEqual(fittedSize({ width: 801, height: 601 }, most), { width: 800, height: 600 });
  assert.deepEqual(fittedSize({ width: 5000, height: 1 }, most), { width: 1280, height: 2 });
});

Deno.test("H.264 is asked for at the lowest level that holds the picture, before VP8", () => {
  const codecOf = (width: number, height: number, rate: number) =>
    screenConfigs({ width, height }, { ...OPTIONS, rate })[0]!.config.codec;
  assert.equal(codecOf(640, 480, 15), "avc1.42E01E");
  assert.equal(codecOf(1280, 720, 15), "avc1.42E01F");
  assert.equal(codecOf(1280, 720, 60), "avc1.42E028");
  assert.equal(codecOf(1920, 1080, 30), "avc1.42E028");
  assert.equal(codecOf(3840, 2160, 15), "avc1.42E033");
  const [h264, vp8] = screenConfigs({ width: 1280, height: 720 }, OPTIONS);
  assert.deepEqual([h264!.codec, vp8!.codec], ["h264", "vp8"]);
  assert.deepEqual(h264!.config.avc, { format: "annexb" });
  assert.deepEqual([vp8!.config.latencyMode, vp8!.config.bitrate], ["realtime", 1_000_000]);
});
