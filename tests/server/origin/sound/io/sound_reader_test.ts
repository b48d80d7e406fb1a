import assert from "node:assert/strict";
import type { ByteSource } from "../../../../../server/origin/io/bytes/location.ts";
import { type OpenedSound, readSound } from "../../../../../server/origin/sound/io/sound_reader.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { serializeOpusHead } from "../../../../../shared/media/opus_packet.ts";
import { ManualClock } from "../../../../fakes/manual_clock.ts";
import { mp3Frames, opusFrame } from "../../../../shared/media/frames.ts";
import { oggPagesOf } from "./sound_files.ts";

const FRAMES = mp3Frames(40);
const SOUND = bytesOf(FRAMES);
const AAC_FRAME = new Uint8Array(200).fill(0x21);
AAC_FRAME.set([0xff, 0xf1, 0x50, 0x80, 200 >> 3, (200 & 7) << 5 | 0x1f, 0xfc]);
const AAC = concat(...new Array<Uint8Array>(4).fill(AAC_FRAME));
/** Bytes of no known format. */
const NOISE = new Uint8Array(64).fill(0x9e);

Deno.test("live: AAC is named by its first bytes, at once", async () => {
  const stage = new Stage();
  stage.give(AAC);
  assert.match(
    await stage.refusal(),
    /^--audio standard input is AAC; .*ffmpeg -i INPUT -f mp3 - \|/,
  );
  assert.equal(stage.elapsed, 0);
});

Deno.test("live: AAC that comes byte by byte is named with its third frame", async () => {
  const stage = new Stage();
  for (const byte of AAC.subarray(0, 500)) stage.give(Uint8Array.of(byte));
  assert.match(await stage.refusal(), / is AAC; /);
  assert.equal(stage.elapsed, 0);
});

Deno.test("live: unrecognized bytes are given up within 3 s, whether the source goes on or stalls", async () => {
  for (const isStalled of [false, true]) {
    const stage = new Stage();
    stage.give(NOISE);
    for (let waited = 0; waited < 3000; waited += 100) {
      await stage.clock.advance(100);
      if (!isStalled) stage.give(NOISE.subarray(0, 3));
    }
    assert.match(await stage.refusal(), / has no MP3 or Opus sound in it; /);
    assert(stage.elapsed <= 3000);
  }
});

Deno.test("live: unrecognized bytes are named by their content type", async () => {
  const stage = new Stage({ contentType: "audio/aacp; charset=x", location: "http://radio/live" });
  stage.give(NOISE);
  await stage.clock.advance(3000);
  const refusal = await stage.refusal();
  assert.match(refusal, /^--audio "http:\/\/radio\/live" is AAC; .*ffmpeg -i ADDRESS -f mp3 - \|/);
});

Deno.test("live: the bytes are believed, not the content type", async () => {
  const stage = new Stage({ contentType: "audio/aac" });
  stage.give(SOUND);
  assert.equal((await stage.sound).format.codec, "mp3");
  const other = new Stage({ contentType: "audio/mpeg" });
  other.give(AAC);
  assert.match(await other.refusal(), / is AAC; /);
});

Deno.test("live: a possible beginning of sound is waited for: a tag with a picture, half a frame, a head", async () => {
  const tag = new Uint8Array(100_010);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 100_000 >> 14, 100_000 >> 7 & 0x7f, 100_000 & 0x7f]);
  const head = oggPagesOf(serializeOpusHead(2, 0), { isFirst: true })[0]!;
  const beginnings = [
    [tag.subarray(0, 5), tag.subarray(5, 50_000), tag.subarray(50_000), SOUND],
    [SOUND.subarray(0, 2), SOUND.subarray(2, 300), SOUND.subarray(300)],
    [head.subarray(0, 10), head.subarray(10), concat(...soundPages(0, 20))],
  ];
  for (const parts of beginnings) {
    const stage = new Stage();
    for (const part of parts) {
      await stage.clock.advance(10_000);
      stage.give(part);
    }
    await stage.sound;
  }
});

Deno.test("live: Vorbis is named though nothing of it but its beginning has come", async () => {
  const head = Uint8Array.of(1, ...new TextEncoder().encode("vorbis"), ...new Uint8Array(23));
  const stage = new Stage();
  stage.give(oggPagesOf(head, { isFirst: true })[0]!);
  await stage.clock.advance(3000);
  assert.match(await stage.refusal(), / holds Vorbis; .*-c:a libopus -f ogg - \| streamer serve/);
});

Deno.test("file: a slow disk is not taken for silence", async () => {
  const stage = new Stage({ isLive: false, location: "match.mp3" });
  stage.give(NOISE);
  await stage.clock.advance(60_000);
  stage.give(SOUND);
  assert.equal((await stage.sound).format.codec, "mp3");
  assert.equal(stage.clock.sleeperCount, 0);
});

Deno.test("on the air: MP3 that switches to something else is reported within 3 s, and plays when it is back", async () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [AAC, /^standard input sends AAC, which is not MP3; it is skipped until MP3 comes again$/],
    [concat(...oggFile(7)), /sends Ogg Opus, which is not MP3/],
    [NOISE, /sends something, which is not MP3/],
  ];
  for (const [other, told] of cases) {
    const stage = new Stage();
    stage.give(SOUND);
    const frames = await stage.play();
    for (let waited = 0; waited < 3000; waited += 250) {
      stage.give(other);
      await stage.clock.advance(250);
    }
    assert.match(stage.notices.join("\n"), told);
    const before = frames.length;
    stage.give(concat(SOUND, SOUND));
    for (let waited = 0; waited < 10_000; waited += 500) await stage.clock.advance(500);
    assert(frames.length >= before + 2 * FRAMES.length - 1, "what came back does not play");
    assert.equal(stage.notices.length, 1, "said more than once");
  }
});

Deno.test("on the air: a source that pauses, or sends a picture, is not reported as something else", async () => {
  const tag = new Uint8Array(100_010);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 100_000 >> 14, 100_000 >> 7 & 0x7f, 100_000 & 0x7f]);
  const stage = new Stage();
  stage.give(SOUND);
  await stage.play();
  await stage.clock.advance(60_000);
  for (let position = 0; position < tag.length; position += 10_000) {
    stage.give(tag.subarray(position, position + 10_000));
    await stage.clock.advance(1000);
  }
  stage.give(SOUND);
  await stage.clock.advance(1000);
  assert.deepEqual(stage.notices, []);
});

Deno.test("on the air: a chain that switches from Opus to Vorbis is reported each time, but not faster than can be read", async () => {
  const vorbis = Uint8Array.of(1, ...new TextEncoder().encode("vorbis"), ...new Uint8Array(23));
  const turn = (serialNumber: number) => [
    ...oggPagesOf(vorbis, { serialNumber, isFirst: true }),
    ...oggPagesOf(Uint8Array.of(3), { serialNumber, firstSequence: 1 }),
    ...oggFile(serialNumber + 1),
  ];
  const stage = new Stage();
  stage.give(concat(...oggFile(1)));
  const frames = await stage.play();
  for (let round = 1; round <= 100; round++) {
    stage.give(concat(...turn(round * 10)));
    await stage.clock.advance(250);
  }
  assert.equal(frames.length, 101 * 20);
  assert.equal(stage.notices.length, 3);
  assert.match(stage.notices[0]!, /^standard input goes on with Vorbis, which can't be sent; /);
});

Deno.test("on the air: a different switch is reported soon after another, but only a limited number", async () => {
  const stage = new Stage();
  stage.give(concat(...oggFile(1)));
  await stage.play();
  for (
    const [index, codec] of ["\x01vorbis", "\x7fFLAC", "Speex   ", "CELT    ", "PCM     ", "CMML\0"]
      .entries()
  ) {
    const serialNumber = 10 + index;
    const head = Uint8Array.from(codec.padEnd(30, "\0"), (character) => character.charCodeAt(0));
    stage.give(concat(
      ...oggPagesOf(head, { serialNumber, isFirst: true }),
      ...oggPagesOf(Uint8Array.of(3), { serialNumber, firstSequence: 1 }),
    ));
    await stage.clock.advance(250);
  }
  const names = stage.notices.map((text) => /goes on with (\w+)/.exec(text)?.[1]);
  assert.deepEqual(names, ["Vorbis", "FLAC", "Speex", "CELT", "PCM"]);
});

Deno.test("on the air: a radio that comes back as AAC ends, and is reported as AAC", async () => {
  const stage = new Stage({ location: "http://radio/live" });
  stage.give(SOUND);
  await stage.play();
  stage.give("restart");
  stage.give(AAC);
  await stage.clock.advance(0);
  assert.deepEqual(stage.notices, [
    '"http://radio/live" now sends something else (AAC); its sound ends here',
  ]);
});

Deno.test("Opus frames too large to be sent are refused at the start, wherever in its first seconds", async () => {
  const cases = [
    {
      isLive: true,
      location: "-",
      index: 10,
      command: "ffmpeg -i INPUT -c:a libopus -b:a 192k -f ogg - |",
    },
    {
      isLive: false,
      location: "http://host/a.opus",
      index: 400,
      command: "ffmpeg -i ADDRESS -c:a",
    },
    {
      isLive: false,
      location: "a.opus",
      index: 5000,
      command: "ffmpeg -i FILE -c:a libopus -b:a 192k OUT.opus",
    },
  ];
  for (const { index, command, ...place } of cases) {
    const stage = new Stage(place);
    const packets = Array.from({ length: 6000 }, (_, at) => opusFrame(at === index ? 1141 : 9));
    stage.give(concat(...oggOf(packets)));
    stage.end();
    const refusal = await stage.refusal();
    assert.match(refusal, / has Opus frames of 1141 bytes, and a datagram holds 1140; /);
    assert(refusal.includes(command), refusal);
  }
});

interface StageOptions {
  readonly isLive?: boolean;
  readonly location?: string;
  readonly contentType?: string;
}

/** A source that the test controls. */
class Stage {
  readonly clock = new ManualClock();
  readonly notices: string[] = [];
  readonly sound: Promise<OpenedSound>;
  readonly #start = this.clock.now();
  readonly #given: (Uint8Array | "restart")[] = [];
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor({ isLive = true, location = "-", contentType }: StageOptions = {}) {
    const closing = new AbortController();
    closing.signal.addEventListener("abort", () => this.end());
    const source: ByteSource = {
      isLive,
      ...(contentType !== undefined && { contentType }),
      chunks: () => this.#chunks(),
      close: () => Promise.resolve(),
    };
    const onNotice = (text: string) => void this.notices.push(text);
    const { signal } = new AbortController();
    this.sound = readSound(location, source, { clock: this.clock, signal, closing, onNotice });
    this.sound.catch(() => {});
  }

  get elapsed(): number {
    return this.clock.now() - this.#start;
  }

  give(chunk: Uint8Array | "restart"): void {
    this.#given.push(chunk);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async refusal(): Promise<string> {
    const outcome = await this.sound.then(() => "it was taken for sound", ({ message }) => message);
    return outcome;
  }

  /** The frames returned so far. */
  async play(): Promise<readonly EncodedFrame[]> {
    const sound = await this.sound;
    const frames: EncodedFrame[] = [];
    (async () => {
      for await (const frame of sound.frames()) frames.push(frame);
    })();
    await this.clock.advance(0);
    return frames;
  }

  async *#chunks(): AsyncGenerator<Uint8Array | "restart"> {
    for (;;) {
      const next = this.#given.shift();
      if (next !== undefined) yield next;
      else if (this.#hasEnded) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

function oggOf(packets: readonly EncodedFrame[], serialNumber = 7): Uint8Array[] {
  return [
    ...oggPagesOf(serializeOpusHead(2, 0), { serialNumber, isFirst: true }),
    ...oggPagesOf(new TextEncoder().encode("OpusTags"), { serialNumber, firstSequence: 1 }),
    ...packets.flatMap(({ bytes }, index) =>
      oggPagesOf(bytes, {
        serialNumber,
        firstSequence: index + 2,
        granulePosition: 960 * (index + 1),
      })
    ),
  ];
}

function oggFile(serialNumber: number): Uint8Array[] {
  return oggOf(Array.from({ length: 20 }, (_, index) => opusFrame(30, index)), serialNumber);
}

function soundPages(first: number, count: number): Uint8Array[] {
  return oggFile(7).slice(1 + first, 2 + first + count);
}

function bytesOf(frames: readonly EncodedFrame[]): Uint8Array {
  return concat(...frames.map(({ bytes }) => bytes));
}
