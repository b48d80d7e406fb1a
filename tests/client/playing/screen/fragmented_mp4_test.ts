import fc from "fast-check";
import assert from "node:assert/strict";
import { BufferSource, EncodedPacketSink, Input, MP4 } from "mediabunny";
import { FragmentedMp4Writer } from "../../../../client/playing/screen/fragmented_mp4.ts";
import type { RecordedFrame } from "../../../../client/playing/screen/screen_stream.ts";
import { concat, viewOf } from "../../../../shared/core/bytes.ts";
import { runs } from "../../../runs.ts";
import { arbitraryRecording, formatOf, screenFrame } from "./screen_frames.ts";

/** One box at the top of a file. */
interface TopBox {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function boxesOf(file: Uint8Array): TopBox[] {
  const boxes: TopBox[] = [];
  for (let at = 0; at < file.length;) {
    const length = viewOf(file).getUint32(at);
    assert.ok(length >= 8 && at + length <= file.length, "a box that is not whole");
    const name = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    boxes.push({ name, bytes: file.subarray(at, at + length) });
    at += length;
  }
  return boxes;
}

async function countFrames(file: Uint8Array<ArrayBuffer>): Promise<number> {
  const input = new Input({ source: new BufferSource(file), formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  let count = 0;
  for await (const _ of new EncodedPacketSink(track!).packets()) count++;
  return count;
}

function atRate(count: number, fields: (index: number) => object): RecordedFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = screenFrame("h264", index, fields(index));
    return { frame, time: frame.ticks };
  });
}

Deno.test("what is written at any moment is whole, and lacks about a second at most", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRecording("h264"), fc.nat(), async (frames, end) => {
      const written = frames.slice(0, 1 + end % frames.length);
      const writer = new FragmentedMp4Writer(formatOf(written[0]!.frame));
      const file = concat(writer.header(), ...written.map((frame) => writer.write(frame)));
      const names = boxesOf(file).map(({ name }) => name);
      assert.deepEqual(names.slice(0, 2), ["ftyp", "moov"]);
      const fragments = names.slice(2).join(" ");
      assert.match(fragments, /^(moof mdat ?)*$/);
      const missing = written.slice(fragments === "" ? 0 : await countFrames(file));
      const times = missing.map(({ time }) => time).sort((one, other) => one - other);
      // A fragment ends at the first frame a second after its first, but not among reordered frames.
      const [first = 0] = times;
      assert.ok(times.slice(0, -6).every((time) => time < first + 90_000));
    }),
    runs(20),
  );
});

Deno.test("without a second key frame, fragments go out all the same", () => {
  const frames = atRate(300, (index) => ({ isKey: index === 0 }));
  const writer = new FragmentedMp4Writer(formatOf(frames[0]!.frame));
  const fragments = frames.map((frame) => writer.write(frame)).filter(({ length }) => length > 0);
  assert.equal(fragments.length, 9);
});

Deno.test("frames that come faster than their times, or are large, fill a fragment too", () => {
  const same = atRate(2500, (index) => ({ isKey: index === 0, ticks: 0 }));
  const writer = new FragmentedMp4Writer(formatOf(same[0]!.frame));
  assert.equal(same.filter((frame) => writer.write(frame).length > 0).length, 2);
  const large = atRate(10, (index) => ({ isKey: index === 0, ticks: 0, size: 1_500_000 }));
  const other = new FragmentedMp4Writer(formatOf(large[0]!.frame));
  const sizes = large.map((frame) => other.write(frame).length).filter((length) => length > 0);
  assert.equal(sizes.length, 4);
  assert.ok(sizes.every((length) => length < 4 << 20));
});

Deno.test("decoding times grow, also where times of frames repeat or go back", () => {
  const arbitraryTimes = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(arbitraryTimes, (times) => {
    const frames = atRate(times.length, (index) => ({ isKey: index === 0, ticks: times[index] }));
    const writer = new FragmentedMp4Writer(formatOf(frames[0]!.frame));
    const parts = [...frames.map((frame) => writer.write(frame)), writer.end()];
    const samples = boxesOf(concat(...parts)).filter(({ name }) => name === "moof")
      .flatMap(({ bytes }) => samplesOf(bytes));
    assert.deepEqual(samples.map(({ time }) => time), times);
    let last = -1;
    for (const { decodedAt } of samples) {
      assert.ok(decodedAt > last, `${decodedAt} after ${last}`);
      last = decodedAt;
    }
  }));
});

/** The times of a fragment's samples, by ISO 14496-12 sections 8.8.7, 8.8.8 and 8.8.12. */
function samplesOf(moof: Uint8Array): { decodedAt: number; time: number }[] {
  const view = viewOf(moof);
  const place = (name: string) => moof.toHex().indexOf(new TextEncoder().encode(name).toHex()) / 2;
  let decodedAt = Number(view.getBigUint64(place("tfdt") + 8));
  const run = place("trun");
  return Array.from({ length: view.getUint32(run + 8) }, (_, index) => {
    const row = run + 16 + index * 16;
    const time = decodedAt + view.getInt32(row + 12);
    const sample = { decodedAt, time };
    decodedAt += view.getUint32(row);
    return sample;
  });
}
