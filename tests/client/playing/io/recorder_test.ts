import assert from "node:assert/strict";
import { openRecorder, type RecorderOptions } from "../../../../client/playing/io/recorder.ts";
import { takeRecordingFile } from "../../../../client/playing/io/recording_file.ts";
import { openAudioSource } from "../../../../server/origin/sound/io/audio_source.ts";
import type { AudioFormat } from "../../../../shared/media/channel.ts";
import { serializeOpusHead } from "../../../../shared/media/opus_packet.ts";
import { mp3Frames, opusFrame } from "../../../shared/media/frames.ts";

const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const OPUS: AudioFormat = {
  codec: "opus",
  sampleRate: 48_000,
  channelCount: 2,
  description: serializeOpusHead(2, 312),
};
const OPUS_FRAMES = Array.from({ length: 20 }, (_, index) => opusFrame(100 + index, index));

for (const [format, frames] of [[MP3, mp3Frames(20)], [OPUS, OPUS_FRAMES]] as const) {
  Deno.test(`recorder: ${format.codec} is read back as it was written`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/recording`;
      const recorder = record(path, format);
      for (const frame of frames) recorder.write([frame]);
      await recorder.close();
      const signal = new AbortController().signal;
      const source = await openAudioSource([path], { loop: false, signal });
      assert.deepEqual(source.format, format);
      assert.deepEqual(await Array.fromAsync(source.frames()), frames);
    });
  });
}

Deno.test("recorder: the file grows as frames come", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/recording.mp3`;
    const recorder = record(path, MP3);
    assert.equal(Deno.statSync(path).size, 0);
    recorder.write(mp3Frames(2));
    while (Deno.statSync(path).size < 834) await new Promise((resolve) => setTimeout(resolve));
    await recorder.close();
    assert.equal(Deno.statSync(path).size, 834);
  });
});

Deno.test("recorder: closing twice does no harm, and nothing is written after it", async () => {
  await inFolder(async (folder) => {
    const recorder = record(`${folder}/recording.mp3`, MP3);
    await recorder.close();
    recorder.write(mp3Frames(1));
    await recorder.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test({
  name: "recorder: a disk that is full is said once, and disturbs nobody",
  // The device that is always full is Linux's.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const notices: string[] = [];
    const recorder = record("/dev/full", MP3, { onNotice: (text) => notices.push(text) });
    for (let index = 0; index < 20; index++) {
      recorder.write(mp3Frames(3));
      await new Promise((resolve) => setTimeout(resolve));
    }
    await recorder.close();
    assert.equal(notices.length, 1);
    assert.match(
      notices[0]!,
      /^--record "\/dev\/full" can't be written \(.*\); .* listening continues$/,
    );
  },
});

Deno.test("recorder: a disk that is too slow is reported once, and the waiting bytes are dropped", async () => {
  await inFolder(async (folder) => {
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    const recorder = record(`${folder}/recording.mp3`, MP3, { onNotice });
    // In one go, so that the disk gets no turn in between: 6 MB.
    for (let index = 0; index < 150; index++) recorder.write(mp3Frames(100));
    await recorder.close();
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /the disk can't keep up/);
  });
});

Deno.test({
  name: "recorder: a pipe that nobody opens ends at once when the listener does",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const pipe = makePipe(folder);
      const recorder = record(pipe, MP3);
      recorder.write(mp3Frames(3));
      await recorder.close();
    });
  },
});

Deno.test({
  name: "recorder: who opens a pipe late gets the header and the newest sound, and it is said",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const notices: string[] = [];
      const pipe = makePipe(folder);
      const recorder = record(pipe, OPUS, { onNotice: (text) => notices.push(text) });
      // 6 MB, and 4 MiB are kept.
      const frame = opusFrame(1000, 1);
      for (let index = 0; index < 6000; index++) recorder.write([frame]);
      using reader = await Deno.open(pipe);
      const start = new Uint8Array(36);
      await reader.read(start);
      assert.equal(new TextDecoder().decode(start.subarray(28)), "OpusHead");
      const closed = recorder.close();
      let length = start.length;
      const buffer = new Uint8Array(65_536);
      for (let read = await reader.read(buffer); read; read = await reader.read(buffer)) {
        length += read;
      }
      await closed;
      assert(length > 4_000_000 && length <= (4 << 20) + 10_000, `${length} bytes`);
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /is not read fast enough/);
    });
  },
});

Deno.test({
  name: "recorder: a pipe whose reader goes ends the recording, once said",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const notices: string[] = [];
      const pipe = makePipe(folder);
      const recorder = record(pipe, MP3, { onNotice: (text) => notices.push(text) });
      using reader = await Deno.open(pipe);
      recorder.write(mp3Frames(1));
      await reader.read(new Uint8Array(1000));
      reader.close();
      while (notices.length === 0) {
        recorder.write(mp3Frames(1));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await recorder.close();
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /no program reads the pipe any more/);
    });
  },
});

Deno.test({
  name: "recorder: a pipe that is opened and not read is left after two seconds, and that is said",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const notices: string[] = [];
      const pipe = makePipe(folder);
      const recorder = record(pipe, MP3, { onNotice: (text) => notices.push(text) });
      using reader = await Deno.open(pipe);
      recorder.write(mp3Frames(1));
      await reader.read(new Uint8Array(1000));
      for (let index = 0; index < 20; index++) recorder.write(mp3Frames(100));
      await recorder.close();
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /accepts no more data/);
      // So that the write that waits for it ends before the test does.
      while (await reader.read(new Uint8Array(65_536)) !== null);
    });
  },
});

function record(path: string, format: AudioFormat, options?: RecorderOptions) {
  return openRecorder(takeRecordingFile(path), format, options);
}

function makePipe(folder: string): string {
  const path = `${folder}/pipe`;
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  return path;
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
