import assert from "node:assert/strict";
import { openRecorder } from "../../../client/io/recorder.ts";
import { openAudioSource } from "../../../server/io/audio_source.ts";
import { CommandError } from "../../../shared/core/errors.ts";
import type { AudioFormat } from "../../../shared/media/channel.ts";
import { serializeOpusHead } from "../../../shared/media/opus_packet.ts";
import { mp3Frames, opusFrame } from "../../shared/media/frames.ts";

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
      const recorder = openRecorder(path, format);
      for (const frame of frames) recorder.write([frame]);
      await recorder.close();
      const signal = new AbortController().signal;
      const source = await openAudioSource([path], { loop: false, signal });
      assert.deepEqual(source.format, format);
      assert.deepEqual(await Array.fromAsync(source.frames()), frames);
    });
  });
}

Deno.test("recorder: the file grows as frames come, and an older one is replaced", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/recording.mp3`;
    Deno.writeFileSync(path, new Uint8Array(5000));
    const recorder = openRecorder(path, MP3);
    assert.equal(Deno.statSync(path).size, 0);
    recorder.write(mp3Frames(2));
    while (Deno.statSync(path).size < 834) await new Promise((resolve) => setTimeout(resolve));
    await recorder.close();
    assert.equal(Deno.statSync(path).size, 834);
  });
});

Deno.test("recorder: closing twice does no harm, and nothing is written after it", async () => {
  await inFolder(async (folder) => {
    const recorder = openRecorder(`${folder}/recording.mp3`, MP3);
    await recorder.close();
    recorder.write(mp3Frames(1));
    await recorder.close();
    assert.equal(Deno.statSync(`${folder}/recording.mp3`).size, 0);
  });
});

Deno.test("recorder: a place that can't be written is said at once", async () => {
  await inFolder((folder) => {
    const cases = [
      [`${folder}/none/x.mp3`, /^--record ".*" has no folder to go to; create it first$/],
      [folder, /^--record ".*" is a folder; name a file in it$/],
    ] as const;
    for (const [path, message] of cases) {
      assert.throws(() => openRecorder(path, MP3), (error) => {
        assert(error instanceof CommandError && error.exitCode === 1);
        assert.match(error.message, message);
        return true;
      });
    }
    return Promise.resolve();
  });
});

Deno.test({
  name: "recorder: a disk that is full is said once, and disturbs nobody",
  // The device that is always full is Linux's.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const notices: string[] = [];
    const recorder = openRecorder("/dev/full", MP3, { onNotice: (text) => notices.push(text) });
    for (let index = 0; index < 20; index++) {
      recorder.write(mp3Frames(3));
      await new Promise((resolve) => setTimeout(resolve));
    }
    await recorder.close();
    assert.equal(notices.length, 1);
    assert.match(
      notices[0]!,
      /^--record "\/dev\/full" can't be written \(.*\); .* listening goes on$/,
    );
  },
});

Deno.test("recorder: more than a disk takes is said once, and what waits is let go", async () => {
  await inFolder(async (folder) => {
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    const recorder = openRecorder(`${folder}/recording.mp3`, MP3, { onNotice });
    // In one go, so that the disk gets no turn in between: 6 MB.
    for (let index = 0; index < 150; index++) recorder.write(mp3Frames(100));
    await recorder.close();
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /the disk can't keep up/);
  });
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
