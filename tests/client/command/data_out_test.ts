import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import { DataOut } from "../../../client/command/data_out.ts";
import { DataRecording } from "../../../client/command/data_recording.ts";
import { DataLines } from "../../../client/console/data_lines.ts";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import type { DataMessage } from "../../../shared/data/data_message.ts";
import type { ChannelName } from "../../../shared/media/channel.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { head, withImage } from "../../shared/data/messages.ts";
import { acceptInfo, audioChannel, eventsChannel, HOST } from "../scripted_host.ts";

const isLinux = Deno.build.os === "linux";
const DATA = audioChannel(0, {
  channel: "data",
  kind: "messages",
  codec: "data",
  ssrc: 555,
  payloadType: 100,
});

function joined(hasData = true, broadcastId = "00000000000000bb"): ListenerOutput {
  const channels = [eventsChannel(0), ...(hasData ? [DATA] : [])];
  const info = acceptInfo(0, { channels, broadcastId });
  return { kind: "joined", connectionId: "1", info, server: HOST, again: false, secrecy: "plain" };
}
const STARTED: ListenerOutput = {
  kind: "channel-started",
  channel: "data",
  codec: "data",
  info: DATA,
};

function shown(message: DataMessage, channel: ChannelName = "data"): ListenerOutput {
  return { kind: "data", channel, message, at: 0 };
}
const values = (count: number, time = count * 1000): ListenerOutput =>
  shown({ head: head({ count, time, values: { count } }) });
const picture = (count: number, ...bytes: number[]) =>
  shown(withImage(Uint8Array.from(bytes), count));

function rawPicture(count: number, pixels: Uint8Array): DataMessage {
  const { head: { image, ...others } } = withImage(pixels, count);
  const facts = { ...image!, mimeType: "application/octet-stream", format: "gray8" } as const;
  const size = { width: pixels.length, height: 1 };
  return {
    head: { ...others, image: { ...facts, ...size, deflated: true } },
    image: deflateSync(pixels),
  };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function start(path: string) {
  const notices: string[] = [];
  const files: string[] = [];
  const terminal = new FakeTerminal();
  const onNotice = (text: string) => void notices.push(text);
  const recording = new DataRecording(path, { onNotice, onBegin: (file) => files.push(file) });
  const lines = new DataLines(terminal, onNotice);
  const data = new DataOut({ recording, lines, isShown: false }, onNotice);
  return { data, notices, files, terminal };
}

/** What is recorded of these outputs, and what is said. */
async function record(path: string, outputs: readonly ListenerOutput[]) {
  const { data, ...seen } = start(path);
  for (const output of outputs) data.onOutput(output);
  await data.close();
  return seen;
}

/** Lets the disk do something. */
const turn = (folder: string) => Deno.stat(folder);
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
// deno-lint-ignore no-explicit-any -- the lines of tests
const linesIn = (folder: string): any[] =>
  Deno.readTextFileSync(`${folder}/data.ndjson`).split("\n").slice(0, -1)
    .map((line) => JSON.parse(line));
const countsIn = (folder: string) => linesIn(folder).map(({ count }) => count);

Deno.test("each message is a line without its kind, each picture a file that the line names", async () => {
  await inFolder(async (base) => {
    const path = `${base}/beam`;
    const pixels = new Uint8Array(300).fill(7);
    const { notices, files, terminal } = await record(path, [
      joined(),
      { kind: "data-setup", setup: { values: {} } },
      values(1),
      picture(2, 5, 6, 7),
      shown({ head: head({ count: 99 }) }, "screen"),
      shown(rawPicture(3, pixels)),
      values(4),
    ]);
    assert.deepEqual([notices, files], [[], [`${path}/data.ndjson`]]);
    assert.deepEqual(namesIn(path), ["2.png", "3.raw", "data.ndjson"]);
    assert.deepEqual(Deno.readFileSync(`${path}/2.png`), Uint8Array.of(5, 6, 7));
    assert.deepEqual(Deno.readFileSync(`${path}/3.raw`), pixels);
    const lines = linesIn(path);
    assert.deepEqual(lines.map(({ count }) => count), [1, 2, 3, 4]);
    assert.deepEqual(lines.map(({ image }) => image?.file), [
      undefined,
      "2.png",
      "3.raw",
      undefined,
    ]);
    assert.equal(lines[2].image.bytes, 300);
    assert.equal("deflated" in lines[2].image, false);
    const printed = terminal.lines.map((line) => JSON.parse(line));
    assert.deepEqual(printed, lines.map((line) => ({ kind: "data", ...line })));
  });
});

Deno.test("without a recording a line names no file", () => {
  const terminal = new FakeTerminal();
  const data = new DataOut({ lines: new DataLines(terminal, () => {}), isShown: true }, () => {});
  data.onOutput(picture(2, 5, 6, 7));
  const { image, ...line } = JSON.parse(terminal.lines[0]!);
  assert.deepEqual(line, {
    kind: "data",
    count: 2,
    time: 1_763_600_000_000,
    values: head().values,
  });
  assert.deepEqual(Object.keys(image), ["mimeType", "bytes", "sha256", "width", "height"]);
});

Deno.test("nothing came: no folder is left behind", async () => {
  await inFolder(async (base) => {
    await record(`${base}/a`, [joined(false)]);
    assert.deepEqual(namesIn(base), []);
  });
});

Deno.test("a folder with a recording is left alone for a numbered one, which is said with the flag", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    await record(path, [joined(), values(1)]);
    const { notices, files } = await record(path, [joined(), values(2)]);
    assert.deepEqual([countsIn(path), countsIn(`${path}-2`)], [[1], [2]]);
    assert.deepEqual(files, [`${path}-2/data.ndjson`]);
    assert.deepEqual(notices, [
      `--record-data ${path} has a recording, which is not overwritten: recording to ${path}-2`,
    ]);
  });
});

Deno.test("a listener that joins again goes on in the folder, and does not repeat the last message", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    const outputs = [joined(), values(7), picture(8, 1), joined(), picture(8, 1), values(9)];
    const { notices, terminal } = await record(path, outputs);
    assert.deepEqual([notices, countsIn(path)], [[], [7, 8, 9]]);
    const files = terminal.lines.map((line) => JSON.parse(line).image?.file);
    assert.deepEqual(files, [undefined, "8.png", "8.png", undefined]);
  });
});

Deno.test("another broadcast, or a host that counts anew, goes on in another folder, which is said", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    const { notices, files } = await record(path, [
      joined(true, "00000000000000bb"),
      values(7),
      joined(true, "00000000000000cc"),
      values(9),
      joined(true, "00000000000000cc"),
      values(1),
      picture(2, 3),
    ]);
    const folders = [path, `${path}-2`, `${path}-3`];
    assert.deepEqual(folders.map(countsIn), [[7], [9], [1, 2]]);
    assert.deepEqual(files, folders.map((folder) => `${folder}/data.ndjson`));
    assert.deepEqual(
      notices,
      folders.slice(1).map((folder) =>
        `The host counts its live data anew: the recording continues in ${folder}`
      ),
    );
  });
});

Deno.test({
  name: "a disk that is full is said once, lines then name no file, and listening goes on",
  // The device that is always full is Linux's.
  ignore: !isLinux,
  fn: async () => {
    await inFolder(async (base) => {
      Deno.symlinkSync("/dev/full", `${base}/data.ndjson`);
      const { data, notices, terminal } = start(base);
      for (let count = 1; count <= 20; count++) {
        data.onOutput(picture(count, count));
        await turn(base);
        while (count === 1 && notices.length === 0) {
          await turn(base);
        }
      }
      await data.close();
      assert.equal(notices.length, 1);
      assert.match(
        notices[0]!,
        /^--record-data ".*\/data\.ndjson" can't be written \(No space left.*\); the recording ends here, listening continues$/,
      );
      const files = terminal.lines.map((line) => JSON.parse(line).image.file);
      assert.deepEqual(files, ["1.png", ...new Array(19).fill(undefined)]);
      assert.deepEqual(namesIn(base), ["1.png", "data.ndjson"]);
    });
  },
});

Deno.test("a picture that can't be written ends the recording with whole lines before it", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    const { data, notices } = start(path);
    // Made by somebody else in the meantime.
    Deno.writeTextFileSync(`${path}/2.png`, "theirs");
    for (const output of [values(1), picture(2, 9), values(3)]) data.onOutput(output);
    await data.close();
    assert.deepEqual(countsIn(path), [1]);
    assert.equal(Deno.readTextFileSync(`${path}/2.png`), "theirs");
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /^--record-data .* the recording ends here, listening continues$/);
  });
});

Deno.test("messages that a slow disk has no room for are left out whole, which is said with their number", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    const { data, notices, terminal } = start(path);
    // In one go, so that the disk gets no turn in between: 60 MB, and 32 MiB may wait.
    const image = new Uint8Array(3_000_000);
    for (let count = 1; count <= 20; count++) data.onOutput(shown(withImage(image, count)));
    await data.close();
    const kept = countsIn(path);
    assert.deepEqual(kept, Array.from({ length: 11 }, (_, index) => 1 + index));
    assert.deepEqual(notices, [
      `--record-data ${path}: the disk can't keep up, so some messages are not recorded`,
      `--record-data ${path}: 9 messages are not recorded`,
    ]);
    const named = terminal.lines.flatMap((line) => JSON.parse(line).image.file ?? []);
    assert.deepEqual(named, kept.map((count) => `${count}.png`));
    assert.deepEqual(namesIn(path), [...named, "data.ndjson"].sort());
  });
});

Deno.test("after a slow disk has caught up the recording goes on", async () => {
  await inFolder(async (base) => {
    const path = `${base}/a`;
    const { data } = start(path);
    const image = new Uint8Array(4_000_000);
    for (let count = 1; count <= 12; count++) data.onOutput(shown(withImage(image, count)));
    while (!namesIn(path).includes("7.png")) await turn(base);
    data.onOutput(values(13));
    await data.close();
    const counts = countsIn(path);
    assert.equal(counts.at(-1), 13);
    assert.ok(counts.length < 13);
  });
});

Deno.test("a picture that can't be inflated is said once, and its message recorded without it", async () => {
  await inFolder(async (base) => {
    const broken = (count: number): ListenerOutput =>
      shown({ ...rawPicture(count, new Uint8Array(300)), image: Uint8Array.of(1, 2) });
    const { notices } = await record(base, [joined(), broken(1), broken(2), values(3)]);
    assert.deepEqual(notices, [
      "The picture of message 1 can't be inflated, so it is not recorded",
    ]);
    assert.deepEqual(countsIn(base), [1, 2, 3]);
    assert.equal(linesIn(base)[0].image.file, undefined);
    assert.deepEqual(namesIn(base), ["data.ndjson"]);
  });
});

Deno.test("who sees no live data is told once how to, when there is some", () => {
  const hints = (isShown: boolean, ...outputs: ListenerOutput[]) => {
    const notices: string[] = [];
    const data = new DataOut({ isShown }, (text) => notices.push(text));
    for (const output of outputs) data.onOutput(output);
    return notices;
  };
  assert.deepEqual(hints(false, joined(false)), []);
  assert.deepEqual(hints(true, joined()), []);
  const said = [
    "The host sends live data: streamer view shows it, --record-data FOLDER records it",
  ];
  assert.deepEqual(hints(false, joined(), joined(), STARTED), said);
  assert.deepEqual(hints(false, joined(false), STARTED, STARTED), said);
});
