import fc from "fast-check";
import assert from "node:assert/strict";
import { BufferSource, EncodedPacketSink, Input, MATROSKA, MP4 } from "mediabunny";
import {
  canHold,
  type Container,
  containerOf,
  createScreenStreamWriter,
  endingsFor,
} from "../../../../client/playing/screen/containers.ts";
import type { RecordedFrame } from "../../../../client/playing/screen/screen_stream.ts";
import { AnnexBSplitter } from "../../../../server/origin/screen/annex_b_splitter.ts";
import { IvfReader } from "../../../../server/origin/screen/ivf_reader.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { canonicalH264, splitLengthPrefixed } from "../../../../shared/media/video/h264.ts";
import { canonicalBytes } from "../../../../shared/media/video/screen_frame.ts";
import { runs } from "../../../runs.ts";
import { PPS, PPS_1, SPS } from "../../../shared/media/video/frames.ts";
import { arbitraryRecording, formatOf, screenFrame, writeAll } from "./screen_frames.ts";

/** A frame as a reader that did not write it finds it in a file. */
interface FoundFrame {
  readonly bytes: string;
  readonly isKey: boolean;
  /** In milliseconds, the unit of Matroska; absent in a byte stream. */
  readonly millis?: number;
}

const PAIRS = (["mkv", "mp4", "h264", "ivf"] as const).flatMap((container) =>
  (["h264", "vp8"] as const).filter((codec) => canHold(container, codec))
    .map((codec) => [container, codec] as const)
);

async function readBack(
  container: Container,
  codec: ScreenCodec,
  file: Uint8Array<ArrayBuffer>,
): Promise<FoundFrame[]> {
  if (container === "h264") {
    const splitter = new AnnexBSplitter(30);
    return [...splitter.push(file), ...splitter.end()]
      .map(({ nalUnits, isKey }) => ({ bytes: canonicalH264(nalUnits).toHex(), isKey }));
  }
  if (container === "ivf") {
    return new IvfReader().push(file)
      .map(({ bytes, isKey, ticks }) => ({
        bytes: bytes.toHex(),
        isKey,
        millis: Math.round(ticks / 90),
      }));
  }
  const input = new Input({ source: new BufferSource(file), formats: [MATROSKA, MP4] });
  const track = await input.getPrimaryVideoTrack();
  const found: FoundFrame[] = [];
  for await (const { data, type, timestamp } of new EncodedPacketSink(track!).packets()) {
    const bytes = (codec === "h264" ? canonicalOf(data) : data).toHex();
    found.push({ bytes, isKey: type === "key", millis: Math.round(timestamp * 1000) });
  }
  return found;
}

function canonicalOf(sample: Uint8Array): Uint8Array {
  const units = splitLengthPrefixed(sample);
  assert.ok(units.ok);
  return canonicalH264(units.value);
}

function expected(container: Container, frames: readonly RecordedFrame[]): FoundFrame[] {
  return frames.map(({ frame, time }) => ({
    bytes: canonicalBytes(frame).toHex(),
    isKey: frame.isKey,
    ...(container !== "h264" && { millis: Math.round(time / 90) }),
  }));
}

for (const [container, codec] of PAIRS) {
  Deno.test(`.${container} with ${codec} is read back frame by frame, with their times`, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRecording(codec), async (frames) => {
        const writer = createScreenStreamWriter(container, formatOf(frames[0]!.frame));
        const file = await writeAll(writer, frames);
        assert.deepEqual(
          await readBack(container, codec, file),
          expected(container, frames),
        );
      }),
      runs(15),
    );
  });
}

Deno.test("a container is known by the ending of the name, in upper case too", () => {
  const names = { "a.mkv": "mkv", "b.c.MP4": "mp4", "/d.e/f.h264": "h264", "x.ivf": "ivf" };
  for (const [name, container] of Object.entries(names)) assert.equal(containerOf(name), container);
  for (const name of ["", "mkv", "a.webm", "a.mkv/b", ".mkv.", "a.constructor"]) {
    assert.equal(containerOf(name), undefined, name);
  }
});

Deno.test("a codec has the endings of the files that can hold it", () => {
  assert.deepEqual(endingsFor("h264"), [".mkv", ".mp4", ".h264"]);
  assert.deepEqual(endingsFor("vp8"), [".mkv", ".mp4", ".ivf"]);
});

for (const container of ["mkv", "mp4", "h264"] as const) {
  Deno.test(`.${container}: parameter sets that change are in band from then on, also when they change back`, async () => {
    const sets = [[SPS, PPS], [SPS, PPS], [SPS, PPS_1], [SPS, PPS]];
    const frames = sets.flatMap((sets, group) => {
      const key = screenFrame("h264", group * 2, { isKey: true, sets });
      const delta = screenFrame("h264", group * 2 + 1);
      return [key, delta].map((frame) => ({ frame, time: frame.ticks }));
    });
    const file = await writeAll(
      createScreenStreamWriter(container, formatOf(frames[0]!.frame)),
      frames,
    );
    assert.deepEqual(
      await readBack(container, "h264", file),
      expected(container, frames),
    );
    const inBand = container === "h264" ? 4 : 2;
    const inDescription = container === "h264" ? 0 : 1;
    assert.equal(countOf(file, SPS), inBand + inDescription);
    assert.equal(countOf(file, PPS_1), 1);
  });
}

Deno.test("a byte stream has the parameter sets before a key frame that comes without, behind its delimiter", async () => {
  const first = screenFrame("h264", 0, { isKey: true });
  const delimiter = Uint8Array.of(9, 0x10);
  const second = screenFrame("h264", 1, { isKey: true, sets: [delimiter] });
  const writer = createScreenStreamWriter("h264", formatOf(first));
  const frames = [first, second].map((frame) => ({ frame, time: frame.ticks }));
  const file = await writeAll(writer, frames);
  const splitter = new AnnexBSplitter(30);
  const [, found] = [...splitter.push(file), ...splitter.end()];
  assert.deepEqual(found!.nalUnits.slice(0, 3), [delimiter, SPS, PPS]);
});

function countOf(file: Uint8Array, part: Uint8Array): number {
  return file.toHex().split(part.toHex()).length - 1;
}
