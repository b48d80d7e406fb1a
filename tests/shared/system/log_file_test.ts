import assert from "node:assert/strict";
import { getLogger, type LogRecord, reset } from "@logtape/logtape";
import { lastingSink, openLogFile } from "../../../shared/system/log_file.ts";
import { CommandError } from "../../../shared/core/errors.ts";

Deno.test("what is logged is in the file at once, one line each, without forged ones", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/streamer.log`;
    await openLogFile(path, assert.fail);
    const log = getLogger(["streamer", "listen"]);
    log.info("Joined {server}", { server: "10.0.0.1:5004" });
    log.info("Event: {content}", { content: "x\n2026-01-01 [ERR] forged" });
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT.*Joined 10\.0\.0\.1:5004$/);
    assert.match(lines[1]!, /Event: x 2026-01-01/);
  } finally {
    await reset();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a log that can't be written is reported by name", async () => {
  const error = await openLogFile("/nowhere/at/all.log", assert.fail).then(
    () => undefined,
    (error) => error,
  );
  assert.ok(error instanceof CommandError);
  assert.equal(error.exitCode, 1);
  assert.match(error.message, /^--log \/nowhere\/at\/all\.log .*folder/);
  const folder = await Deno.makeTempDir();
  const isFolder = await openLogFile(folder, assert.fail).then(() => undefined, (error) => error);
  assert.match(isFolder.message, /is a folder/);
  await Deno.remove(folder);
});

Deno.test({
  name: "a full disk is told once and names the file; who logs notices nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const told: string[] = [];
    try {
      await openLogFile("/dev/full", (text) => told.push(text));
      const log = getLogger(["streamer", "serve"]);
      for (let line = 0; line < 1000; line++) log.info("Line {line}", { line });
    } finally {
      await reset();
    }
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^--log \/dev\/full can't be written \(.*No space left.*\): going on/);
  },
});

const START = 1_800_000_000_000;

function record(timestamp: number): LogRecord {
  const message = [`at ${timestamp - START}`];
  const rawMessage = message[0]!;
  return { category: ["test"], level: "info", message, rawMessage, timestamp, properties: {} };
}

/** A disk with room for so many lines. */
function fullDisk(room: number) {
  const disk = { room, lines: [] as string[], opened: 0, isMissing: false };
  const open = () => {
    if (disk.isMissing) throw new Error("no such folder");
    disk.opened++;
    const write = ({ message }: LogRecord) => {
      if (disk.room-- <= 0) throw new Error("No space left on device");
      disk.lines.push(message.join(""));
    };
    return Object.assign(write, { [Symbol.dispose]: () => {} });
  };
  return { disk, open };
}

Deno.test("once there is room again lines are written, and those in between counted", () => {
  const { disk, open } = fullDisk(2);
  const failures: unknown[] = [];
  const sink = lastingSink(open, (error) => failures.push(error));
  for (let at = 0; at < 5000; at += 100) {
    if (at === 3000) disk.room = Infinity;
    sink(record(START + at));
  }
  assert.equal(failures.length, 1);
  assert.deepEqual(disk.lines.slice(0, 2), ["at 0", "at 100"]);
  const [, , missing, next] = disk.lines;
  const count = Number(/^\n(\d+) lines? (?:is|are) missing here/.exec(missing!)![1]);
  assert.equal(next, `at ${200 + count * 100}`);
  // Every line is there or counted, and the disk is asked once a second.
  assert.equal(disk.lines.length - 1 + count, 50);
  assert(disk.opened <= 5, String(disk.opened));
});

Deno.test("a disk with room for a line now and then is not reported each time", () => {
  const { disk, open } = fullDisk(1);
  let failures = 0;
  const sink = lastingSink(open, () => failures++);
  for (let at = 0; at < 20 * 60_000; at += 500) {
    if (at % 2000 === 0) disk.room = 1;
    disk.isMissing = at % 7000 < 1000;
    sink(record(START + at));
  }
  assert(failures >= 1 && failures <= 2, String(failures));
});
Deno.test("a log is appended to an earlier log, and to no other file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [log, match] = [`${folder}/streamer.log`, `${folder}/match.mp3`];
    await Deno.writeTextFile(log, "2026-05-01T18:00:00.000Z [INF] earlier\n");
    await Deno.writeTextFile(match, "ID3 sound");
    await openLogFile(log, assert.fail);
    getLogger(["streamer", "listen"]).info("later");
    assert.match(await Deno.readTextFile(log), /earlier\n.*later\n$/);
    await reset();
    await assert.rejects(openLogFile(match, assert.fail), (error) => {
      assert(error instanceof CommandError && error.exitCode === 1);
      return /^--log .*match\.mp3 .*is not a log.*name another file$/.test(error.message);
    });
    assert.equal(await Deno.readTextFile(match), "ID3 sound");
    await Deno.rename(match, `${folder}/new.log.2`);
    await assert.rejects(
      openLogFile(`${folder}/new.log`, assert.fail),
      /new\.log\.2 is there already and is not a log/,
    );
  } finally {
    await reset();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a log into a pipe is refused at once, whether or not somebody reads it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe`;
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    await assert.rejects(
      openLogFile(pipe, assert.fail),
      /^CommandError: --log .*pipe is a pipe.*name a file/,
    );
    await Deno.remove(folder, { recursive: true });
  },
});
