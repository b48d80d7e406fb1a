import assert from "node:assert/strict";
import { openDataRecorder, type RecordedMessage } from "../../../../client/playing/io/recorder.ts";
import type { RecordingFile } from "../../../../client/playing/io/recording_file.ts";
import {
  type RecordingFolder,
  takeRecordingFolder,
} from "../../../../client/playing/io/recording_folder.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const line = (count: number, length = 0): RecordedMessage => ({
  line: new TextEncoder().encode(`{"count":${count},"values":{"text":"${"x".repeat(length)}"}}\n`),
});
const picture = (name: string, ...bytes: number[]) => ({ name, bytes: Uint8Array.from(bytes) });
const linesIn = (folder: string) => Deno.readTextFileSync(`${folder}/data.ndjson`).split("\n");

/** A folder on a disk that takes only so many bytes of lines, in pieces. */
function fullAfter(room: number, folder: RecordingFolder): RecordingFolder {
  const opened = folder.lines.opened.then((file) => {
    let left = room;
    const write = (bytes: Uint8Array): Promise<number> => {
      if (left === 0) return Promise.reject(new Error("No space left on device"));
      const piece = bytes.subarray(0, Math.min(left, 50));
      left -= piece.length;
      return file.write(piece);
    };
    return Object.assign(Object.create(file), {
      write,
      truncate: (length: number) => file.truncate(length),
    });
  });
  const { path, kind } = folder.lines;
  const lines: RecordingFile = { path, kind, opened, close: () => folder.lines.close() };
  return {
    path: folder.path,
    lines,
    writePicture: (name, bytes) => folder.writePicture(name, bytes),
    close: () => folder.close(),
  };
}

for (const room of [0, 10, 31, 32, 40, 63, 64, 70, 500]) {
  Deno.test(`a disk that is full after ${room} bytes keeps whole lines, and says so once`, async () => {
    await inFolder(async (base) => {
      const notices: string[] = [];
      const folder = fullAfter(room, takeRecordingFolder(`${base}/a`));
      const onNotice = (text: string) => void notices.push(text);
      const recorder = openDataRecorder(folder, { onNotice });
      const messages = Array.from({ length: 20 }, (_, index) => line(index + 10));
      for (const message of messages) {
        recorder.write(message);
        await new Promise((resolve) => setTimeout(resolve));
      }
      await recorder.close();
      const whole = Math.floor(room / messages[0]!.line.length);
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /can't be written \(No space left.*listening continues$/);
      assert.ok(recorder.isOver);
      assert.equal(recorder.write(line(99)), false);
      if (whole === 0) return assert.deepEqual([...Deno.readDirSync(base)], []);
      const lines = linesIn(`${base}/a`);
      assert.equal(lines.pop(), "");
      const counts = lines.map((text) => JSON.parse(text).count);
      assert.deepEqual(counts, Array.from({ length: whole }, (_, index) => index + 10));
    });
  });
}

Deno.test("at every moment a line stands whole, and after the picture that it names", async () => {
  await inFolder(async (base) => {
    const folder = takeRecordingFolder(base);
    const recorder = openDataRecorder(folder);
    for (let count = 1; count <= 300; count++) {
      const bytes = picture(`${count}.raw`, ...new Array(500).fill(count % 256));
      recorder.write({ ...line(count, 2000), picture: bytes });
      // What a program that was killed now would leave.
      const lines = linesIn(base);
      assert.equal(lines.pop(), "");
      for (const text of lines.slice(-3)) {
        const { count } = JSON.parse(text);
        assert.equal(Deno.statSync(`${base}/${count}.raw`).size, 500);
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    await recorder.close();
    assert.equal(linesIn(base).length, 301);
  });
});
