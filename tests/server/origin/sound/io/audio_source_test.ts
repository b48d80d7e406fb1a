import assert from "node:assert/strict";
import { concat } from "../../../../../shared/core/bytes.ts";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { serializeOpusHead } from "../../../../../shared/media/opus_packet.ts";
import { COMMON_MP3, mp3Frame, mp3Frames, opusFrame } from "../../../../shared/media/frames.ts";
import { oggPagesOf } from "./sound_files.ts";
import { createAudioStreamWriter } from "../../../../../client/playing/audio_stream.ts";

const ONE = mp3Frames(5);
const TWO = mp3Frames(3, { ...COMMON_MP3, bitrateIndex: 5 });
const OPUS = Array.from({ length: 6 }, (_, index) => opusFrame(80, index));

Deno.test("source: several files follow each other without a gap", async () => {
  await inFolder(async (folder) => {
    const paths = [write(folder, "one.mp3", bytesOf(ONE)), write(folder, "two.mp3", bytesOf(TWO))];
    const source = await openAudioSource(paths, options());
    assert.deepEqual(source.format, { codec: "mp3", sampleRate: 44_100, channelCount: 2 });
    assert(!source.isLive);
    assert.deepEqual(await collect(source.frames()), [...ONE, ...TWO]);
  });
});

Deno.test({
  name: "source: a pipe is opened only when its turn comes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      const path = write(folder, "one.mp3", bytesOf(ONE));
      const source = await openAudioSource([path, pipe], options());
      const frames = collect(source.frames());
      await Deno.writeFile(pipe, bytesOf(TWO));
      assert.deepEqual(await frames, [...ONE, ...TWO]);
    }),
});

Deno.test({
  name: "source: a pipe without a writer is reported, and an abort ends the wait",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      const stopping = new AbortController();
      const said = Promise.withResolvers<string>();
      const opening = openAudioSource([pipe], {
        loop: false,
        signal: stopping.signal,
        onWaiting: said.resolve,
      });
      assert.match(await said.promise, /^--audio .*pipe waits for a program that writes/);
      stopping.abort();
      await assert.rejects(opening, CommandError);
    }),
});

Deno.test("source: --loop repeats without end", async () => {
  await inFolder(async (folder) => {
    const paths = [write(folder, "one.mp3", bytesOf(ONE)), write(folder, "two.mp3", bytesOf(TWO))];
    const source = await openAudioSource(paths, { ...options(), loop: true });
    const round = [...ONE, ...TWO];
    assert.deepEqual(
      await collect(source.frames(), 25),
      [...round, ...round, ...round, ...round].slice(0, 25),
    );
  });
});

Deno.test("source: --loop ends when the only file is gone, and says so", async () => {
  await inFolder(async (folder) => {
    const path = write(folder, "one.mp3", bytesOf(ONE));
    const source = await openAudioSource([path], { ...options(), loop: true });
    const notices = noticesOf(source);
    Deno.removeSync(path);
    assert.deepEqual(await collect(source.frames()), ONE);
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /one\.mp3" does not exist/);
  });
});

Deno.test("source: Ogg Opus has its head in the format", async () => {
  await inFolder(async (folder) => {
    const source = await openAudioSource([write(folder, "a.opus", oggOf(OPUS))], options());
    const description = serializeOpusHead(2, 312);
    assert.deepEqual(source.format, {
      codec: "opus",
      sampleRate: 48_000,
      channelCount: 2,
      description,
    });
    assert.deepEqual(await collect(source.frames()), OPUS);
  });
});

Deno.test("source: a truncated file plays what it has, with one notice however often it loops", async () => {
  await inFolder(async (folder) => {
    const bytes = bytesOf(ONE);
    const path = write(folder, "cut.mp3", bytes.subarray(0, bytes.length - 7));
    const source = await openAudioSource([path], { ...options(), loop: true });
    const notices = noticesOf(source);
    await collect(source.frames(), 14);
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /cut\.mp3" ends in the middle of a frame/);
  });
});

Deno.test("source: reading follows the pull, it does not run ahead", async () => {
  await inFolder(async (folder) => {
    const path = write(folder, "long.mp3", bytesOf(mp3Frames(5000)));
    const source = await openAudioSource([path], options());
    const frames = source.frames()[Symbol.asyncIterator]();
    await frames.next();
    // The unread part is changed now: a reader that had read ahead would not see the change.
    Deno.truncateSync(path, 1_000_000);
    let count = 1;
    while (!(await frames.next()).done) count++;
    assert.equal(count, Math.floor(1_000_000 / 417));
  });
});

Deno.test("source: an abort ends the frames and closes the file", async () => {
  await inFolder(async (folder) => {
    const abort = new AbortController();
    const path = write(folder, "one.mp3", bytesOf(mp3Frames(2000)));
    const source = await openAudioSource([path], { loop: true, signal: abort.signal });
    let count = 0;
    for await (const _frame of source.frames()) if (++count === 10) abort.abort();
    assert(count < 1000);
  });
});

/** The fault, the bytes of the file, and what the message must say. */
const BAD_FILES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["empty", new Uint8Array(0), /is empty; give a file/],
  [
    "text",
    new TextEncoder().encode("Not sound. ".repeat(99)),
    /is text; give an MP3 or Ogg Opus file$/,
  ],
  ["wav", new TextEncoder().encode("RIFF....WAVEfmt "), /is WAV; .* ffmpeg -i FILE OUT\.mp3/],
  ["web page", new TextEncoder().encode("<!doctype html>"), /is a web page; /],
  ["a cut single frame", mp3Frame().bytes.subarray(0, 100), /has no MP3 or Opus sound in it; /],
  ["two megabytes of zeros", new Uint8Array(2 << 20), /has no MP3 or Opus sound in it; /],
  ["free format", freeFormat(), /is a free-format MP3, .* lame -b 128/],
  [
    "an Opus head alone",
    concat(...oggPagesOf(serializeOpusHead(2, 0), { isFirst: true })),
    /without any sound/,
  ],
  ["surround sound", surround(), /holds Opus of 6 channels in 4 streams; .* -ac 2/],
];

for (const [name, bytes, message] of BAD_FILES) {
  Deno.test(`source: refused in one line that names the file: ${name}`, async () => {
    await inFolder(async (folder) => {
      const path = write(folder, "bad.mp3", bytes);
      await rejects(openAudioSource([path], options()), 1, message, `--audio "${path}" `);
      // The same mistake further down the list is found before the first frame is sent.
      const good = write(folder, "good.mp3", bytesOf(ONE));
      await rejects(openAudioSource([good, path], options()), 1, message, `--audio "${path}" `);
    });
  });
}

Deno.test("source: a missing file, a folder, a forbidden file", async () => {
  await inFolder(async (folder) => {
    await rejects(
      openAudioSource([`${folder}/none.mp3`], options()),
      1,
      /does not exist; check the path/,
    );
    await rejects(openAudioSource([folder], options()), 1, /is a folder; give the files in it/);
    const noFolder = `${write(folder, "one.mp3", bytesOf(ONE))}/two.mp3`;
    await rejects(openAudioSource([noFolder], options()), 1, /--audio/);
  });
});

Deno.test("source: two codecs don't go together", async () => {
  await inFolder(async (folder) => {
    const mp3 = write(folder, "one.mp3", bytesOf(ONE));
    const opus = write(folder, "two.opus", oggOf(OPUS));
    const message = /two\.opus" is Opus, but ".*one\.mp3" is MP3; one broadcast has one codec/;
    await rejects(openAudioSource([mp3, opus], options()), 2, message);
  });
});

Deno.test("source: flags that don't go together", async () => {
  const usage = ExitCodeOf.usage;
  await rejects(openAudioSource([], options()), usage, /--audio needs a file/);
  await rejects(openAudioSource(["-", "-"], options()), usage, /can be read only once/);
  await rejects(openAudioSource(["-"], { ...options(), loop: true }), usage, /leave out --loop/);
  await rejects(
    openAudioSource(["ftp://host/x.mp3"], options()),
    usage,
    /not an http or https address/,
  );
  await rejects(openAudioSource(["http://"], options()), usage, /is not an address/);
});

Deno.test("source: another sample rate is reported and played", async () => {
  await inFolder(async (folder) => {
    const slow = mp3Frames(3, { ...COMMON_MP3, versionBits: 2 });
    const paths = [
      write(folder, "one.mp3", bytesOf(ONE)),
      write(folder, "slow.mp3", bytesOf(slow)),
    ];
    const source = await openAudioSource(paths, options());
    const notices = noticesOf(source);
    assert.deepEqual(await collect(source.frames()), [...ONE, ...slow]);
    assert.match(notices[0]!, /slow\.mp3" has 22050 Hz, not 44100 Hz/);
  });
});

const ExitCodeOf = { usage: 2 };

function options() {
  return { loop: false, signal: new AbortController().signal };
}

function noticesOf(source: { onNotice?: (text: string) => void }): string[] {
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  return notices;
}

async function collect(
  frames: AsyncIterable<EncodedFrame>,
  limit = Infinity,
): Promise<EncodedFrame[]> {
  const collected: EncodedFrame[] = [];
  for await (const frame of frames) if (collected.push(frame) >= limit) break;
  return collected;
}

async function rejects(
  promise: Promise<unknown>,
  exitCode: number,
  message: RegExp,
  start = "--audio",
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof CommandError);
    assert.match(error.message, message);
    assert(error.message.startsWith(start), error.message);
    assert.equal(error.exitCode, exitCode);
    return !error.message.includes("\n");
  });
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function write(folder: string, name: string, bytes: Uint8Array): string {
  Deno.writeFileSync(`${folder}/${name}`, bytes);
  return `${folder}/${name}`;
}

function bytesOf(frames: readonly EncodedFrame[]): Uint8Array {
  return concat(...frames.map(({ bytes }) => bytes));
}

function oggOf(frames: readonly EncodedFrame[]): Uint8Array {
  const description = serializeOpusHead(2, 312);
  const writer = createAudioStreamWriter({
    codec: "opus",
    sampleRate: 48_000,
    channelCount: 2,
    description,
  });
  return concat(writer.header(), writer.write(frames), writer.end());
}

function freeFormat(): Uint8Array {
  const frame = new Uint8Array(600);
  frame.set([0xff, 0xfb, 0x00, 0x64]);
  return concat(frame, frame, frame, frame);
}

function surround(): Uint8Array {
  const head = Uint8Array.of(...serializeOpusHead(6, 312), 4, 2, 0, 4, 1, 2, 3, 5).with(18, 1);
  return concat(...oggPagesOf(head, { isFirst: true }));
}
