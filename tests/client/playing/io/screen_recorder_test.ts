import assert from "node:assert/strict";
import { openScreenRecorder } from "../../../../client/playing/io/recorder.ts";
import { takeRecordingFile } from "../../../../client/playing/io/recording_file.ts";
import type { Container } from "../../../../client/playing/screen/containers.ts";
import { IvfReader } from "../../../../server/origin/screen/ivf_reader.ts";
import { concat } from "../../../../shared/core/bytes.ts";
import { formatOf, screenFrame } from "../screen/screen_frames.ts";

const isWindows = Deno.build.os === "windows";
const key = (number: number, size = 50) => screenFrame("vp8", number, { isKey: true, size });
const delta = (number: number, size = 50) => screenFrame("vp8", number, { size });

function record(path: string, container: Container) {
  const notices: string[] = [];
  const onNotice = (text: string) => void notices.push(text);
  const file = takeRecordingFile(path, { flag: "--record-screen" });
  const recorder = openScreenRecorder(file, container, formatOf(key(0)), { onNotice });
  return { recorder, notices };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

for (const container of ["mkv", "mp4", "ivf"] as const) {
  Deno.test({
    name: `recorder of .${container}: a disk that is full is said once, and disturbs nobody`,
    // The device that is always full is Linux's.
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      const { recorder, notices } = record("/dev/full", container);
      for (let number = 0; number < 90; number++) {
        const frame = number === 0 ? key(0) : delta(number);
        recorder.write({ frame, time: number * 3000 });
        await new Promise((resolve) => setTimeout(resolve));
      }
      await recorder.close();
      assert.equal(notices.length, 1);
      assert.match(
        notices[0]!,
        /^--record-screen "\/dev\/full" can't be written \(.*\); .* listening continues$/,
      );
    },
  });
}

Deno.test("recorder of a screen: a disk that is too slow is said once, and little waits for it", async () => {
  await inFolder(async (folder) => {
    const { recorder, notices } = record(`${folder}/a.ivf`, "ivf");
    // In one go, so that the disk gets no turn in between: 20 MB.
    for (let number = 0; number < 20; number++) {
      recorder.write({ frame: key(number, 1_000_000), time: number * 3000 });
    }
    await recorder.close();
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /the disk can't keep up/);
  });
});

Deno.test({
  name: "recorder of a screen: who opens a pipe late gets the newest frames from a key frame on",
  ignore: isWindows,
  fn: async () => {
    await inFolder(async (folder) => {
      const pipe = `${folder}/pipe.ivf`;
      assert.ok(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
      const { recorder, notices } = record(pipe, "ivf");
      // 40 MB, a key frame every ten frames; 16 MiB are kept.
      for (let number = 0; number < 400; number++) {
        const frame = number % 10 === 0 ? key(number, 100_000) : delta(number, 100_000);
        recorder.write({ frame, time: number * 3000 });
      }
      const reader = await Deno.open(pipe);
      const start = new Uint8Array(32);
      assert.equal(await reader.read(start), start.length);
      const closed = recorder.close();
      const rest = await new Response(reader.readable).bytes();
      await closed;
      const pictures = new IvfReader().push(concat(start, rest));
      const numbers = pictures.map(({ ticks }) => ticks / 3000);
      const first = numbers[0]!;
      assert.ok(first >= 230 && first % 10 === 0, `begins with frame ${first}`);
      assert.deepEqual(numbers, Array.from({ length: 400 - first }, (_, index) => first + index));
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /is not read fast enough: some of the screen is missing/);
    });
  },
});
