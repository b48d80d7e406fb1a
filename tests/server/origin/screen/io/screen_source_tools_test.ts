import assert from "node:assert/strict";
import type { ScreenSourceOptions } from "../../../../../server/origin/screen/io/screen_source.ts";
import { CommandError, ExitCode } from "../../../../../shared/core/errors.ts";
import { canonicalH264, joinAnnexB, splitAnnexB } from "../../../../../shared/media/video/h264.ts";
import { framesOfIvf } from "../../../../ivf_frames.ts";
import { run, TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { requireTool, testWith } from "../../../../tools.ts";
import { endless, withServer } from "../../sound/io/sound_server.ts";
import {
  bytesOf,
  ffmpeg,
  FRAGMENTED,
  H264,
  millisOf,
  MP3,
  open,
  OPUS,
  pictures,
  receive,
  STEP,
  tone,
  VP8,
} from "./screen_files.ts";

const SECONDS = 2;
const COUNT = 50;

/** Each kind of file: its name, its codecs, and whether it can be read from a pipe. */
const FILES: readonly (readonly [string, readonly string[], boolean])[] = [
  ["index-last.mp4", [...H264, ...MP3], false],
  ["index-first.mp4", [...H264, ...OPUS, "-movflags", "+faststart"], true],
  ["fragmented.mp4", [...H264, ...MP3, ...FRAGMENTED], true],
  ["h264.mkv", [...H264, ...OPUS], true],
  ["vp8.mkv", [...VP8, ...MP3], true],
  ["vp8.webm", [...VP8, ...OPUS], true],
  ["live.webm", [...VP8, ...OPUS, "-live", "1"], true],
  ["h264.ts", [...H264, ...MP3], true],
  ["h264-opus.ts", [...H264, ...OPUS], true],
  ["stream.h264", [...H264, "-an"], true],
  ["vp8.ivf", [...VP8, "-an"], true],
];

interface Probed {
  readonly pts_time?: string;
  readonly flags: string;
  readonly size: string;
}

async function probe(file: string, stream: string): Promise<Probed[]> {
  const text = await run(requireTool("ffprobe"), [
    ...["-v", "error", "-select_streams", stream, "-show_packets", "-of", "json", file],
  ]);
  return JSON.parse(text).packets;
}

/** The pictures as ffmpeg sees them, in the form in which frames are compared. */
async function expectedPictures(file: string, folder: TemporaryFolder): Promise<Uint8Array[]> {
  const isH264 = !/vp8|live/.test(file);
  if (!isH264) {
    const ivf = folder.file("expected.ivf");
    await ffmpeg("-i", file, "-map", "0:v", "-c", "copy", ivf);
    return framesOfIvf(await Deno.readFile(ivf));
  }
  const bare = folder.file("expected.h264");
  await ffmpeg("-i", file, "-map", "0:v", "-c", "copy", bare);
  const bytes = await Deno.readFile(bare);
  const packets = await probe(bare, "v:0") as (Probed & { pos: string })[];
  return packets.map(({ pos, size }) =>
    canonicalH264(splitAnnexB(bytes.subarray(Number(pos), Number(pos) + Number(size))))
  );
}

for (const [name, codecs, isPipeable] of FILES) {
  testWith(["ffmpeg", "ffprobe"], `${name}: pictures and sound as ffmpeg sees them`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file(name);
    await ffmpeg(...pictures(SECONDS), ...tone(SECONDS), ...codecs, file);
    const expected = await expectedPictures(file, folder);
    assert.equal(expected.length, COUNT);
    // Bytes decide what a file is, not its name.
    const nameless = folder.file("nameless");
    await Deno.copyFile(file, nameless);
    const opened = await open(nameless);
    const { pictures: received, frames, notices, source } = await receive(opened);
    assert.deepEqual([source.format.width, source.format.height], [320, 180]);
    assert.equal(source.isLive, false);
    assert.deepEqual(received.map(bytesOf), expected);
    assert.deepEqual(received.map(({ gapBefore }) => gapBefore), expected.map(() => false));
    await checkTimes(file, received);
    if (codecs.includes("-an")) return assert.equal(source.sound, undefined);
    assert.deepEqual(notices, []);
    await checkSound(file, frames.map(({ bytes }) => bytes.length));
  });

  if (isPipeable) {
    testWith(["ffmpeg"], `${name}: the same through a named pipe, as it comes`, async () => {
      await using folder = new TemporaryFolder();
      const file = folder.file(name);
      await ffmpeg(...pictures(SECONDS), ...tone(SECONDS), ...codecs, file);
      const whole = await receive(await open(file));
      const pipe = folder.file("pipe");
      await run("mkfifo", [pipe]);
      const writing = trickle(pipe, await Deno.readFile(file));
      const opened = await open(pipe);
      const { pictures: received, frames, source } = await receive(opened);
      await writing;
      assert(source.isLive);
      assert.deepEqual(received, whole.pictures);
      assert.deepEqual(frames, whole.frames);
    });
  }
}

async function checkTimes(file: string, received: readonly { ticks: number; isKey: boolean }[]) {
  const probed = await probe(file, "v:0");
  assert.deepEqual(received.map(({ isKey }) => isKey), probed.map(({ flags }) => flags[0] === "K"));
  if (file.endsWith(".h264")) {
    return assert.deepEqual(received.map(({ ticks }) => ticks), probed.map((_, n) => n * STEP));
  }
  const first = Number(probed[0]!.pts_time);
  received.forEach(({ ticks }, index) => {
    const wanted = (Number(probed[index]!.pts_time) - first) * 90_000;
    // Matroska rounds to a millisecond, ffprobe to a microsecond.
    assert(Math.abs(ticks - wanted) <= 1, `picture ${index} at ${ticks}, not ${wanted}`);
  });
}

/** All packets but those that are over before the first picture. */
async function checkSound(file: string, sizes: readonly number[]): Promise<void> {
  const packets = await probe(file, "a:0");
  const expected = packets.map(({ size }) => Number(size));
  const left = expected.length - sizes.length;
  assert(left >= 0 && left <= 3, `${left} frames of ${expected.length} are missing`);
  assert.deepEqual(sizes, expected.slice(left));
}

/** Writes in small parts, so that nothing is whole when it is read. */
async function trickle(pipe: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(pipe, { write: true });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at, at + 1009));
}

testWith(["ffmpeg"], "http: a file and a live stream that comes back after it broke", async () => {
  await using folder = new TemporaryFolder();
  const file = folder.file("a.ts");
  await ffmpeg(...pictures(SECONDS), ...H264, file);
  const bytes = await Deno.readFile(file);
  await withServer([() => new Response(bytes)], async (address) => {
    const { pictures: received, source } = await receive(await open(address));
    assert.deepEqual([received.length, source.isLive], [COUNT, false]);
  });
  const answers = [
    () => new Response(endless(bytes, "drop"), { headers: { "icy-name": "live" } }),
    () => new Response(endless(bytes, "hang"), { headers: { "icy-name": "live" } }),
  ];
  await withServer(answers, async (address) => {
    const patience = { pause: () => Promise.resolve(), silenceMillis: 60_000 };
    const opened = await open(address, { patience });
    const { pictures: received, notices, source } = await receive(opened, 2 * COUNT - 2);
    assert(source.isLive);
    // Each turn begins with a key frame, right behind the pictures of the one before.
    assert.equal(received.filter(({ isKey }) => isKey).length, 4);
    const shown = received.map(({ ticks }) => ticks).sort((one, other) => one - other);
    assert.deepEqual(shown, shown.map((_, place) => place * STEP));
    assert.match(notices.join("\n"), /lost the connection/);
  });
});

const LOOPED: readonly (readonly [string, number, number])[] = [
  ["sound as long as the pictures", 2, 2],
  ["sound shorter than the pictures", 2, 1],
  ["sound longer than the pictures", 1, 2],
];

for (const [name, shown, heard] of LOOPED) {
  testWith(["ffmpeg"], `--loop: ${name}: both keep together over many turns`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.mkv");
    await ffmpeg(...pictures(shown), ...tone(heard), ...H264, ...OPUS, file);
    const once = await receive(await open(file));
    const turns = 6;
    const perTurn = shown * 25;
    const all = await receive(await open(file, { loop: true }), turns * perTurn);
    const keys = all.pictures.filter((_, index) => index % perTurn === 0);
    assert(keys.every(({ isKey }) => isKey));
    const longer = Math.max(once.pictures.length / 25, millisOf(once.frames) / 1000);
    keys.forEach(({ ticks }, turn) => {
      const off = ticks / 90_000 - turn * longer;
      assert(Math.abs(off) <= 0.025 * (turn + 1), `turn ${turn} begins ${off} s off`);
    });
    // The sound of each turn begins with the pictures of that turn, to a frame.
    const first = once.frames.map(({ bytes }) => bytes);
    keys.slice(0, -1).forEach(({ ticks }, turn) => {
      const start = startsOf(all.frames, first.slice(0, 3))[turn]!;
      assert(Math.abs(start - ticks / 90) <= 70, `turn ${turn}: ${start - ticks / 90} ms apart`);
    });
  });
}

/** When in the sound these frames follow each other, in milliseconds. */
function startsOf(
  frames: readonly { bytes: Uint8Array; sampleCount: number; sampleRate: number }[],
  wanted: readonly Uint8Array[],
): number[] {
  const starts: number[] = [];
  let at = 0;
  frames.forEach((frame, index) => {
    const found = wanted.every((bytes, place) => equal(bytes, frames[index + place]?.bytes));
    if (found) starts.push(at);
    at += frame.sampleCount * 1000 / frame.sampleRate;
  });
  return starts;
}

function equal(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return one.length === other?.length && one.every((byte, index) => byte === other[index]);
}

testWith(
  ["ffmpeg"],
  "a byte stream goes at the rate that is given or that it says; the default is told",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.h264");
    await ffmpeg(...pictures(1), ...H264, file);
    const said = await receive(await open(file));
    assert.equal(said.pictures[1]!.ticks, 3600);
    assert.deepEqual(said.notices, [], "x264 writes its rate into the stream");
    const bare = folder.file("bare.h264");
    await Deno.writeFile(
      bare,
      joinAnnexB([Uint8Array.of(0x65, 0x88, 1), Uint8Array.of(0x41, 0x9a, 1)]),
    );
    const usual = await receive(await open(bare));
    assert.equal(usual.pictures[1]!.ticks, 3600);
    assert.match(usual.notices[0]!, /without times, sent at 25 pictures a second; --screen-rate/);
    const given = await receive(await open(file, { rate: 30 }));
    assert.equal(given.pictures[1]!.ticks, 3000);
    assert.deepEqual(given.notices, []);
    const timed = folder.file("a.mkv");
    await ffmpeg(...pictures(1), ...H264, timed);
    const useless = await receive(await open(timed, { rate: 30 }));
    assert.match(useless.notices[0]!, /has times of its own; --screen-rate changes nothing/);
  },
);

testWith(
  ["ffmpeg"],
  "sound that can't be sent is said once, with what to do; or is not wanted",
  async () => {
    await using folder = new TemporaryFolder();
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["a.mp4", ["-c:a", "aac"], /its sound is AAC, and only MP3 and mono or stereo Opus/],
      ["a.ts", ["-c:a", "aac"], /its sound is AAC/],
      ["b.ts", ["-c:a", "mp2"], /its sound is MPEG audio of another layer/],
      ["a.mkv", ["-c:a", "libopus", "-ac", "6"], /its sound is Opus with 6 channels/],
    ];
    for (const [name, codec, wanted] of cases) {
      const file = folder.file(name);
      await ffmpeg(...pictures(1), ...tone(1), ...H264, ...codec, file);
      const { notices, source, pictures: received } = await receive(await open(file));
      assert.equal(received.length, 25);
      assert.equal(source.sound, undefined);
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, wanted);
      assert.match(notices[0]!, /ffmpeg -i FILE -c:v copy -c:a libopus/);
      const unwanted = await receive(await open(file, { wantsSound: false }));
      assert.equal(unwanted.notices.length, 1);
      assert.match(unwanted.notices[0]!, /its sound is not sent, because --audio gives the sound$/);
    }
  },
);

type Refusal = readonly [string, RegExp, Partial<ScreenSourceOptions>?];

/** Opens each and expects one line that names it and says what to do. */
async function assertRefused(refusals: readonly Refusal[], exitCode: ExitCode): Promise<void> {
  for (const [location, wanted, options] of refusals) {
    await assert.rejects(open(location, options), (error) => {
      assert(error instanceof CommandError, String(error));
      assert.match(error.message, wanted);
      assert.match(error.message, /^--screen ("|standard input)/);
      assert(!error.message.includes("\n"));
      assert.equal(error.exitCode, exitCode);
      return true;
    });
  }
}

testWith(
  ["ffmpeg"],
  "what can't be sent is refused in a line that names it and says what to do",
  async () => {
    await using folder = new TemporaryFolder();
    const make = async (name: string, ...args: string[]) => {
      await ffmpeg(...pictures(1), ...tone(1), ...args, folder.file(name));
      return folder.file(name);
    };
    const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime"];
    const hevc = ["-c:v", "libx265", "-x265-params", "log-level=none"];
    const text = folder.file("notes.txt");
    await Deno.writeTextFile(text, "just some notes. ".repeat(100));
    const empty = folder.file("empty.mp4");
    await Deno.writeTextFile(empty, "");
    await assertRefused([
      [await make("a.mp4", ...hevc), /holds H\.265 \(HEVC\); only H\.264 and VP8.*ffmpeg -i FILE/],
      [await make("b.ts", ...hevc, "-an"), /holds H\.265; only/],
      [await make("c.h265", ...hevc, "-an"), /is H\.265 \(HEVC\); give .*ffmpeg -i FILE/],
      [await make("d.webm", ...vp9), /holds VP9; only/],
      [await make("e.ivf", ...vp9, "-an"), /holds VP9; only/],
      [await make("f.mp4", "-c:v", "mpeg4"), /holds "mp4v"; only|holds MPEG-4/],
      [await make("g.mp4", "-vn", ...MP3), /has no video in it; give a file with H\.264 or VP8/],
      [await make("h.ts", "-vn", ...MP3), /has no video in it/],
      [await make("i.mp3", "-vn"), /has no video in it that is known|is /],
      [await make("j.avi", "-c:v", "mpeg4"), /is AVI; give MP4/],
      [text, /is text; give MP4, MKV/],
      [empty, /is empty; give a file with video in it/],
      [folder.path, /is a folder/],
      [folder.file("none.mp4"), /does not exist; check the path/],
    ], ExitCode.failure);
    await assertRefused([
      ["-", /can't be played again; leave out --loop/, { loop: true }],
      ["ftp://example.com/a.mp4", /is not an http or https address/],
    ], ExitCode.usage);
  },
);

testWith(
  ["ffmpeg"],
  "a file that is cut off gives what it has and says so; without its index it is refused",
  async () => {
    await using folder = new TemporaryFolder();
    for (const [name, codecs] of FILES) {
      const file = folder.file(name);
      await ffmpeg(
        ...pictures(SECONDS),
        ...codecs.filter((word) => !/opus|mp3|c:a/.test(word)),
        file,
      );
      const bytes = await Deno.readFile(file);
      await Deno.writeFile(file, bytes.subarray(0, Math.round(bytes.length * 0.6)));
      if (name === "index-last.mp4") {
        await assertRefused([[file, /is cut off before anything in it can be read/]], 1);
        continue;
      }
      const { pictures: received, notices } = await receive(await open(file));
      assert(received.length > 10 && received.length < COUNT, `${name}: ${received.length}`);
      // A live WebM does not say where it ends; streams may end anywhere.
      if (/live|\.ts$|\.h264$/.test(name)) continue;
      assert.match(notices.join("\n"), /is cut off (before its end|within a picture)/, name);
    }
  },
);

testWith(
  ["ffmpeg"],
  "an MP4 with its index at the end can't come through a pipe, and the line says what to do",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.mp4");
    await ffmpeg(...pictures(1), ...H264, file);
    const pipe = folder.file("pipe");
    await run("mkfifo", [pipe]);
    const writing = trickle(pipe, await Deno.readFile(file)).catch(() => {});
    const wanted =
      /is an MP4 with its index \(moov\) at the end.*ffmpeg -i INPUT -c copy -f matroska/;
    await assertRefused([[pipe, wanted]], ExitCode.failure);
    await writing;
  },
);

testWith(
  ["ffmpeg"],
  "one picture of 8k is sent, one of more than 4 MiB is left out and said",
  async () => {
    await using folder = new TemporaryFolder();
    const large = folder.file("8k.mp4");
    await ffmpeg(...pictures(0.04, "7680x4320"), ...H264, "-preset", "ultrafast", large);
    const { pictures: received, source } = await receive(await open(large));
    assert.equal(received.length, 1);
    assert.deepEqual([source.format.width, source.format.height], [7680, 4320]);
    assert(bytesOf(received[0]!).length > 100_000);
    // Noise can't be compressed; all other pictures are still.
    const file = folder.file("noise.mkv");
    await ffmpeg(
      ...[
        "-f",
        "lavfi",
        "-i",
        "color=gray:s=3840x2160:r=25:d=0.32,geq=lum='if(eq(N,3),random(1)*255,128)':cb=128:cr=128",
      ],
      ...[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-qp",
        "4",
        "-g",
        "5",
        "-sc_threshold",
        "0",
        file,
      ],
    );
    const rest = await receive(await open(file));
    assert.equal(rest.pictures.length, 7);
    assert.deepEqual(
      rest.pictures.map(({ gapBefore }) => gapBefore),
      [...Array(7).keys()].map((n) => n === 3),
    );
    assert.match(rest.notices.join("\n"), /has a picture of more than 4 MiB: it is left out/);
  },
);

testWith(["ffmpeg"], "times that go back are said once, and the pictures go on", async () => {
  await using folder = new TemporaryFolder();
  const [one, both] = [folder.file("one.ts"), folder.file("both.ts")];
  await ffmpeg(...pictures(1), ...H264, "-output_ts_offset", "100", one);
  const [late, early] = [await Deno.readFile(one), folder.file("early.ts")];
  await ffmpeg(...pictures(1), ...H264, early);
  const parts = [late, await Deno.readFile(early), late, await Deno.readFile(early)];
  await Deno.writeFile(both, new Uint8Array(await new Blob(parts).arrayBuffer()));
  const { pictures: received, notices } = await receive(await open(both));
  assert(received.length >= 95, `${received.length} pictures`);
  const keys = received.filter(({ isKey }) => isKey).map(({ ticks }) => ticks);
  assert.deepEqual(keys, keys.toSorted((a, b) => a - b));
  assert.equal(notices.filter((text) => /go back; its pictures go on/.test(text)).length, 1);
});

testWith(
  ["ffmpeg"],
  "aborted, a source that waits for more ends at once and leaves nothing open",
  async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("a.mkv");
    await ffmpeg(...pictures(1), ...tone(1), ...H264, ...OPUS, "-live", "1", file);
    const pipe = folder.file("pipe");
    await run("mkfifo", [pipe]);
    const opening = Deno.open(pipe, { write: true });
    const opened = open(pipe);
    using writer = await opening;
    const bytes = await Deno.readFile(file);
    for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at));
    const screen = await opened;
    const receiving = receive(screen);
    screen.stop.abort();
    const { pictures: received } = await receiving;
    assert(received.length <= 25);
  },
);
