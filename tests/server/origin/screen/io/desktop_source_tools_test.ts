import assert from "node:assert/strict";
import {
  type DesktopOptions,
  type DesktopSource,
  openDesktopSource,
} from "../../../../../server/origin/screen/io/desktop_source.ts";
import type { EncodedPicture } from "../../../../../server/origin/screen/picture.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import type { Clock } from "../../../../../shared/driver/clock.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { testWith } from "../../../../tools.ts";
import { ffmpeg, H264, pictures, VP8 } from "./screen_files.ts";

const COUNT = 25;

/** A clock on which every wait is over at once. */
class HastyClock implements Clock {
  readonly waits: number[] = [];
  #now = 1_763_600_000_000;

  now(): number {
    return this.#now;
  }

  pass(millis: number): void {
    this.#now += millis;
  }

  sleepUntil(deadline: number): Promise<void> {
    if (deadline > this.#now) this.waits.push(deadline - this.#now);
    this.#now = Math.max(this.#now, deadline);
    return Promise.resolve();
  }

  giveWay(): Promise<void> {
    return Promise.resolve();
  }
}

/** A program that behaves as ffmpeg does: lists encoders, and writes `file` when it is to grab. */
async function fakeFfmpeg(
  folder: TemporaryFolder,
  { file, encoder = "libx264", first = ":", then = "echo 'the display is gone' >&2; exit 1" }: {
    readonly file: string;
    readonly encoder?: string;
    /** What it does before the file, */
    readonly first?: string;
    /** and after it. */
    readonly then?: string;
  },
): Promise<{ program: string; starts: () => string[] }> {
  const [program, log] = [folder.file("ffmpeg"), folder.file("starts")];
  const script = `#!/bin/sh
case "$*" in
  *-encoders*) echo ' V....D ${encoder}    some encoder' ;;
  *) echo "$*" >> '${log}'; ${first}; cat '${file}'; ${then} ;;
esac
`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  await Deno.writeTextFile(log, "");
  return { program, starts: () => Deno.readTextFileSync(log).trim().split("\n") };
}

async function open(options: Partial<DesktopOptions>) {
  const [clock, stop] = [new HastyClock(), new AbortController()];
  const source = await openDesktopSource({ clock, signal: stop.signal, ...options });
  const notices: string[] = [];
  source.onNotice = (text) => notices.push(text);
  return { source, clock, stop, notices };
}

async function take(source: DesktopSource, count: number, each?: (taken: number) => void) {
  const taken: EncodedPicture[] = [];
  for await (const picture of source.pictures()) {
    taken.push(picture);
    each?.(taken.length);
    if (taken.length === count) break;
  }
  return taken;
}

/** `grabArguments` needs a display, which the fake program does not. */
function withDisplay(display: string | undefined, test: () => Promise<void>) {
  return async () => {
    const before = Deno.env.get("DISPLAY");
    if (display === undefined) Deno.env.delete("DISPLAY");
    else Deno.env.set("DISPLAY", display);
    try {
      await test();
    } finally {
      if (before === undefined) Deno.env.delete("DISPLAY");
      else Deno.env.set("DISPLAY", before);
    }
  };
}

async function pictureFile(folder: TemporaryFolder, name: string): Promise<string> {
  const codec = name.endsWith(".ivf") ? VP8 : [...H264, "-bf", "0", "-sc_threshold", "0"];
  await ffmpeg(...pictures(1), ...codec, folder.file(name));
  return folder.file(name);
}

testWith(
  ["ffmpeg"],
  "desktop: a program that ends is started again; numbers and times go on, and its last words are told",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const { program, starts } = await fakeFfmpeg(folder, {
      file: await pictureFile(folder, "a.ts"),
    });
    const { source, clock, notices } = await open({ program, rate: 10, bitrate: 700_000 });
    assert.deepEqual([source.format.codec, source.format.width], ["h264", 320]);
    assert.equal(source.isLive, true);
    clock.pass(500);
    const taken = await take(source, 3 * COUNT);
    const beginnings = taken.map(({ gapBefore }, index) => gapBefore ? index : -1).filter((n) =>
      n >= 0
    );
    assert.deepEqual(beginnings, [COUNT, 2 * COUNT]);
    for (const index of [0, ...beginnings]) assert(taken[index]!.isKey);
    taken.slice(1).forEach(({ ticks }, index) => assert(ticks > taken[index]!.ticks));
    // 0.5 s and a pause of 0.5 s have passed; the pictures themselves last a second.
    assert.deepEqual([taken[0]!.ticks, taken[COUNT]!.ticks], [0, 90_000]);
    assert.deepEqual(clock.waits.slice(0, 2), [500, 1000]);
    assert.equal(
      notices[0],
      "the ffmpeg that grabs the desktop has ended (the display is gone); it is started again",
    );
    assert.equal(starts().length, 3);
    assert.match(starts()[0]!, /-framerate 10 .*-maxrate 700000/);
  }),
);

testWith(
  ["ffmpeg"],
  "desktop: another bitrate starts the program again, at most once in 30 s",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const { program, starts } = await fakeFfmpeg(folder, {
      file: await pictureFile(folder, "a.ts"),
      then: "exec sleep 60",
    });
    const { source, clock, notices } = await open({ program });
    const before = clock.now();
    const taken = await take(source, 3 * (COUNT - 1), (count) => {
      if (count === COUNT - 1) source.changeBitrate(900_000);
      if (count === 2 * (COUNT - 1)) source.changeBitrate(800_000);
    });
    assert.equal(taken.filter(({ gapBefore }) => gapBefore).length, 2);
    assert.deepEqual(starts().map((line) => /-maxrate (\d+)/.exec(line)![1]), [
      "1500000",
      "900000",
      "800000",
    ]);
    assert.deepEqual(clock.waits, [30_000]);
    assert.equal(clock.now() - before, 30_000);
    assert.deepEqual(notices, [
      "the desktop is encoded at 900 kbit/s from now on",
      "the desktop is encoded at 800 kbit/s from now on",
    ]);
  }),
);

testWith(
  ["ffmpeg"],
  "desktop: when many listeners lose for long, it is encoded at less",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const { program, starts } = await fakeFfmpeg(folder, {
      file: await pictureFile(folder, "a.ts"),
      then: "exec sleep 60",
    });
    const { source, clock } = await open({ program, bitrate: 1_000_000 });
    await take(source, 2 * (COUNT - 1), (count) => {
      if (count !== COUNT - 1) return;
      for (let second = 0; second <= 5; second++) {
        source.noteLosses({ listeners: 10, lossy: 2 });
        clock.pass(1000);
      }
    });
    assert.equal(source.bitrate, 850_000);
    assert.match(starts()[1]!, /-maxrate 850000/);
  }),
);

testWith(
  ["ffmpeg"],
  "desktop: VP8 where ffmpeg has no x264",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const file = await pictureFile(folder, "a.ivf");
    const { program, starts } = await fakeFfmpeg(folder, { file, encoder: "libvpx" });
    const { source } = await open({ program });
    assert.equal(source.format.codec, "vp8");
    const taken = await take(source, COUNT + 1);
    assert("bytes" in taken[0]!);
    assert(taken[COUNT]!.isKey);
    assert.match(starts()[0]!, /libvpx .*-f ivf/);
  }),
);

testWith(
  ["ffmpeg"],
  "desktop: aborted, the program is ended, even one that does not want to",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const pidFile = folder.file("pid");
    const { program } = await fakeFfmpeg(folder, {
      file: await pictureFile(folder, "a.ts"),
      first: `trap '' TERM; echo $$ > '${pidFile}'`,
      then: "while :; do sleep 0.1; done",
    });
    const { source, stop } = await open({ program });
    await take(source, COUNT - 1, (count) => count === COUNT - 2 && stop.abort());
    const pid = Number(await Deno.readTextFile(pidFile));
    assert.throws(() => Deno.kill(pid, "SIGCONT"), "it still runs");
  }),
);

Deno.test(
  "desktop: what is missing is told in one line, with what to do",
  withDisplay(":0", async () => {
    await using folder = new TemporaryFolder();
    const silent = folder.file("silent");
    const refusals: readonly (readonly [string, RegExp])[] = [
      [
        "/no/such/ffmpeg",
        /^--screen desktop needs ffmpeg, which is not installed here; install it/,
      ],
      [
        (await fakeFfmpeg(folder, { file: "/dev/null", encoder: "libnone" })).program,
        /needs an ffmpeg with libx264 or libvpx, and this one has neither; install it/,
      ],
    ];
    for (const [program, wanted] of refusals) await assertRefused(program, wanted);
    await Deno.writeTextFile(silent, "");
    const { program } = await fakeFfmpeg(folder, { file: silent });
    await assertRefused(
      program,
      /can't be grabbed; ffmpeg says: the display is gone; start serve in that desktop's/,
    );
  }),
);

Deno.test(
  "desktop: without a display nothing is started",
  withDisplay(undefined, async () => {
    if (Deno.build.os !== "linux") return;
    await assertRefused("/no/such/ffmpeg", /needs an X display/);
  }),
);

async function assertRefused(program: string, wanted: RegExp): Promise<void> {
  await assert.rejects(open({ program }), (error) => {
    assert(error instanceof CommandError, String(error));
    assert.match(error.message, wanted);
    assert(!error.message.includes("\n"));
    assert.equal(error.exitCode, 1);
    return true;
  });
}
