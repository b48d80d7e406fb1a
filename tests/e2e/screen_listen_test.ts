import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AnnexBSplitter } from "../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../server/origin/screen/ivf_reader.ts";
import type { ScreenCodec } from "../../shared/media/channel.ts";
import { canonicalH264 } from "../../shared/media/video/h264.ts";
import { testWith } from "../tools.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { type ClipFrame, framesOf, makeClip, picturesOf } from "./screen_clip.ts";
import { type JsonLine, listen, serve, type Streamer } from "./streamer.ts";

/**
 * A screen from a file through the program to three listeners: each frame's number and hash is the source's, and
 * so is each recording, frame by frame and as ffmpeg decodes it.
 */
interface Case {
  readonly codec: ScreenCodec;
  readonly source: string;
  readonly rate: number;
  /** One for each listener. */
  readonly endings: readonly string[];
}

const SECONDS = 6;
const CASES: readonly Case[] = [
  { codec: "h264", source: "clip.mp4", rate: 15, endings: ["mp4", "mkv", "h264"] },
  { codec: "h264", source: "clip.mp4", rate: 30, endings: ["mp4", "mkv", "h264"] },
  { codec: "vp8", source: "clip.webm", rate: 30, endings: ["mp4", "mkv", "ivf"] },
];

for (const { codec, source, rate, endings } of CASES) {
  testWith(
    ["ffmpeg"],
    `three listeners of ${codec} in 720p at ${rate}/s get the source's frames, and record them`,
    async () => {
      await using opened = new AsyncDisposableStack();
      const folder = opened.use(new TemporaryFolder());
      const clip = folder.file(source);
      await makeClip(clip, { codec, rate, seconds: SECONDS });
      const sent = await framesOf(clip, codec);
      assert.equal(sent.length, rate * SECONDS);
      const { host, link } = await serve(["--screen", clip, "--wait-for", "3"]);
      opened.use(host);
      const listeners = endings.map((ending) => {
        const recorded = folder.file(`recorded.${ending}`);
        const flags = ["--frames", "--latency", "200ms", "--record-screen", recorded];
        return { recorded, program: opened.use(listen([link, ...flags])) };
      });
      const { pictures } = await picturesOf(clip);
      const shown: JsonLine[][] = [];
      for (const { program, recorded } of listeners) {
        const { channels } = await program.end();
        assert.equal(program.stderr, "");
        const lines = linesOf(program);
        assertShown(lines, sent, channels.find(isScreen)!);
        assertTimes(lines, sent, host.stderr);
        await assertRecorded(recorded, codec, lines, pictures);
        shown.push(lines);
      }
      await host.end();
      tellSpread(`${codec} at ${rate}/s`, shown);
    },
  );
}

const isScreen = ({ channel }: { readonly channel: string }) => channel === "screen";
const linesOf = (program: Streamer) => program.lines.filter(({ kind }) => kind === "frame");

/**
 * Frames are as they were sent, in order. On a busy machine packets come too late although nothing is lost; none
 * is missing but those that the ledger says. That all come in time is held in virtual time.
 */
function assertShown(
  lines: readonly JsonLine[],
  sent: readonly ClipFrame[],
  ledger: Record<string, number>,
): void {
  assert.ok(lines.length > 0, "nothing was shown");
  assert.equal(ledger.networkLost, 0);
  assert.equal(lines[0]!.frame + lines.length + ledger.framesDropped!, sent.length);
  if (ledger.packetsDiscarded === 0) assert.equal(lines.length, sent.length);
  let last = -1;
  for (const line of lines) {
    assert.ok(line.frame > last, `frame ${line.frame} after ${last}`);
    last = line.frame;
    const { bytes, sha256, isKey, shownAt } = line;
    const { ticks: _ticks, ...expected } = sent[line.frame]!;
    assert.deepEqual({ bytes, sha256, isKey }, expected);
    assert.ok(Number.isInteger(shownAt) && Math.abs(shownAt - Date.now()) < 3_600_000);
  }
}

/** Times are the source's. A host that got no turn in time leaves a gap, and says so. */
function assertTimes(lines: readonly JsonLine[], sent: readonly ClipFrame[], host: string): void {
  const delays = lines.map(({ frame, timestamp }) => ({
    ticks: sent[frame]!.ticks,
    delay: timestamp - sent[frame]!.ticks,
  })).sort((one, other) => one.ticks - other.ticks);
  const hasGap = host.includes("The screen came too late");
  let last = 0;
  for (const { delay } of delays) {
    assert.ok(hasGap ? delay >= last : delay === 0, `a frame is ${delay} ticks late`);
    last = delay;
  }
}

/** A recording has exactly the frames that were shown, and decodes to the source's pictures. */
async function assertRecorded(
  file: string,
  codec: ScreenCodec,
  lines: readonly JsonLine[],
  expected: readonly string[],
): Promise<void> {
  const recorded = await hashesOf(file, codec);
  assert.deepEqual(recorded, lines.map(({ sha256 }) => sha256), file);
  const { pictures, warnings } = await picturesOf(file);
  assert.equal(warnings, "", file);
  assert.equal(pictures.length, lines.length);
  if (pictures.length === expected.length) assert.deepEqual(pictures, expected, file);
  for (const picture of pictures) assert.ok(expected.includes(picture), "a picture never sent");
}

async function hashesOf(file: string, codec: ScreenCodec): Promise<string[]> {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  if (file.endsWith(".h264")) {
    const splitter = new AnnexBSplitter(30);
    const pictures = [...splitter.push(await Deno.readFile(file)), ...splitter.end()];
    return pictures.map(({ nalUnits }) => sha256(canonicalH264(nalUnits)));
  }
  if (file.endsWith(".ivf")) {
    return new IvfReader().push(await Deno.readFile(file)).map(({ bytes }) => sha256(bytes));
  }
  return (await framesOf(file, codec)).map(({ sha256 }) => sha256);
}

/** How far apart the listeners showed the same frame: for people, as no test asserts the machine's time. */
function tellSpread(name: string, shown: readonly (readonly JsonLine[])[]): void {
  const times = shown.map((lines) => new Map(lines.map(({ frame, shownAt }) => [frame, shownAt])));
  const spreads = [...times[0]!.keys()].flatMap((frame) => {
    const at = times.flatMap((of) => of.get(frame) ?? []);
    return at.length === times.length ? [Math.max(...at) - Math.min(...at)] : [];
  }).sort((one, other) => one - other);
  const quantile = (share: number) => spreads[Math.floor(share * (spreads.length - 1))];
  console.log(
    `${name}: the three showed a frame within ${quantile(0.5)} ms of each other (median), ` +
      `${quantile(0.99)} ms (p99) of ${spreads.length} frames`,
  );
}

for (const codec of ["h264", "vp8"] as const) {
  testWith(
    ["ffmpeg"],
    `a listener that is killed leaves a playable MP4 with ${codec}`,
    async () => {
      await using opened = new AsyncDisposableStack();
      const folder = opened.use(new TemporaryFolder());
      const [clip, recorded] = [folder.file("clip.mkv"), folder.file("recorded.mp4")];
      await makeClip(clip, { codec, rate: 15, seconds: SECONDS });
      const { host, link } = await serve(["--screen", clip, "--loop", "--wait-for", "1"]);
      opened.use(host);
      const listener = opened.use(listen([link, "--frames", "--record-screen", recorded]));
      await listener.until(() => linesOf(listener).length >= 60, "sixty frames");
      // The disk may be slow, but not for ever.
      while (Deno.statSync(recorded).size < 100_000) await sleep(50);
      listener.kill("SIGKILL");
      await listener.finished;
      const { pictures, warnings } = await picturesOf(recorded);
      assert.equal(warnings, "");
      const hashes = await hashesOf(recorded, codec);
      const sent = await framesOf(clip, codec);
      const first = linesOf(listener)[0]!.frame;
      assert.deepEqual(
        hashes,
        hashes.map((_, index) => sent[(first + index) % sent.length]!.sha256),
      );
      assert.equal(pictures.length, hashes.length);
      assert.ok(hashes.length >= 15, `only ${hashes.length} frames`);
    },
  );
}
