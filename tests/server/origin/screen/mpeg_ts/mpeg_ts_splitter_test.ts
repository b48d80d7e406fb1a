import assert from "node:assert/strict";
import fc from "fast-check";
import { MpegTsSplitter } from "../../../../../server/origin/screen/mpeg_ts/mpeg_ts_splitter.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import { joinAnnexB } from "../../../../../shared/media/video/h264.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import { runs } from "../../../../runs.ts";
import { keySlice, PPS, slice, SPS } from "../../../../shared/media/video/frames.ts";
import { arbitrarySizes, cut } from "../chunks.ts";
import {
  pes,
  type PesOptions,
  PIDS,
  type StreamEntry,
  TransportStream,
} from "./transport_stream.ts";

const VIDEO: StreamEntry = { type: 0x1b, pid: PIDS.video };
const MP3: StreamEntry = { type: 0x03, pid: PIDS.sound };
const OPUS: StreamEntry = {
  type: 0x06,
  pid: PIDS.sound,
  descriptors: [0x05, 4, ...new TextEncoder().encode("Opus"), 0x7f, 2, 0x80, 2],
};
const AUD = Uint8Array.of(9, 0xf0);
const first = (unit: Uint8Array) => unit.with(1, unit[1]! | 0x80);

/** Picture `index`, which has its size in it. */
const picture = (index: number) =>
  index % 5 === 0
    ? [AUD, SPS, PPS, first(keySlice(1000 + index))]
    : [AUD, first(slice(300 + index * 7))];

function split(chunks: readonly Uint8Array[]) {
  const splitter = new MpegTsSplitter();
  const outputs = chunks.map((chunk) => splitter.push(chunk));
  outputs.push(splitter.end());
  return {
    splitter,
    pictures: outputs.flatMap(({ pictures }) => pictures),
    sounds: outputs.flatMap(({ sounds }) => sounds),
  };
}

/** A stream of `count` pictures, 3000 ticks apart, with tables before every third. */
function programOf(count: number, { start = 0, ...options }: PesOptions & { start?: number } = {}) {
  const stream = new TransportStream();
  const parts = Array.from({ length: count }, (_, index) => {
    const times = { pts: start + index * 3000, ...options };
    const content = stream.packets(PIDS.video, pes(joinAnnexB(picture(index)), times));
    return index % 3 === 0 ? concat(stream.tables([VIDEO]), content) : content;
  });
  return concat(...parts);
}

Deno.test("each PES packet is a picture with its time, with and without its length", () => {
  for (const hasLength of [true, false]) {
    const { pictures, splitter } = split([programOf(7, { hasLength })]);
    assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [0, 1, 2, 3, 4, 5, 6].map(picture));
    assert.deepEqual(
      pictures.map(({ ticks }) => ticks),
      [0, 1, 2, 3, 4, 5, 6].map((n) => n * 3000),
    );
    assert.deepEqual(
      pictures.map(({ isKey }) => isKey),
      [0, 1, 2, 3, 4, 5, 6].map((n) => n % 5 === 0),
    );
    assert.ok(pictures.every(({ gapBefore }) => !gapBefore));
    assert.equal(splitter.junkBytes, 0);
    assert.deepEqual(splitter.streams, { video: PIDS.video });
  }
});

Deno.test("pictures stay in decoding order, with the times when they are shown", () => {
  const stream = new TransportStream();
  // I, P, then the two B frames between them.
  const shown = [0, 9000, 3000, 6000];
  const parts = shown.map((pts, index) =>
    stream.packets(PIDS.video, pes(joinAnnexB(picture(index)), { pts, dts: index * 3000 - 3000 }))
  );
  const { pictures } = split([concat(stream.tables([VIDEO]), ...parts)]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [0, 1, 2, 3].map(picture));
  assert.deepEqual(pictures.map(({ ticks }) => ticks - pictures[0]!.ticks), shown);
});

Deno.test("times go on across the wrap of 33 bits, those of B frames and of sound too", () => {
  const wrap = 2 ** 33;
  const stream = new TransportStream();
  const shown = [wrap - 3000, wrap + 6000, wrap, wrap + 3000];
  const parts = shown.flatMap((pts, index) => [
    stream.packets(
      PIDS.video,
      pes(joinAnnexB(picture(index)), { pts, dts: wrap - 6000 + index * 3000 }),
    ),
    stream.packets(PIDS.sound, pes(new Uint8Array(50), { pts, stream: 0xc0, hasLength: true })),
  ]);
  const { pictures, sounds } = split([concat(stream.tables([VIDEO, MP3]), ...parts)]);
  for (const units of [pictures, sounds]) {
    assert.deepEqual(units.map(({ ticks }) => ticks - pictures[0]!.ticks), [0, 9000, 3000, 6000]);
  }
});

Deno.test("a PES packet with two pictures gives its time to the first; without a time it goes on", () => {
  const stream = new TransportStream();
  const both = joinAnnexB([...picture(2), ...picture(3)]);
  const file = concat(
    stream.tables([VIDEO]),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(0)), { pts: 0 })),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(1)), { pts: 6000 })),
    stream.packets(PIDS.video, pes(both, { pts: 12_000 })),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(4)))),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(5)), { pts: 30_000 })),
  );
  const { pictures } = split([file]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [0, 1, 2, 3, 4, 5].map(picture));
  assert.deepEqual(pictures.map(({ ticks }) => ticks), [0, 6000, 12_000, 18_000, 24_000, 30_000]);
});

Deno.test("a picture without a time follows the last by the time between two decoded ones", () => {
  const stream = new TransportStream();
  const times = [{ pts: 3000, dts: 0 }, { pts: 9000, dts: 3000 }, { pts: 6000, dts: 6000 }, {}];
  const parts = times.map((options, index) =>
    stream.packets(PIDS.video, pes(joinAnnexB(picture(index)), options))
  );
  const { pictures } = split([concat(stream.tables([VIDEO]), ...parts)]);
  assert.deepEqual(pictures.map(({ ticks }) => ticks), [3000, 9000, 6000, 9000]);
});

Deno.test("what comes behind the length of a PES packet is no part of it", () => {
  const stream = new TransportStream();
  const content = new SeededRng(3).bytes(300);
  const packet = pes(content, { pts: 1, stream: 0xc0, hasLength: true });
  const padded = concat(packet, new Uint8Array(30).fill(0xff));
  const { sounds } = split([
    concat(stream.tables([MP3]), stream.packets(PIDS.sound, padded)),
  ]);
  assert.deepEqual(sounds.map(({ parts }) => parts), [[content]]);
});

Deno.test("a picture may be spread over several PES packets", () => {
  const stream = new TransportStream();
  const bytes = joinAnnexB(picture(0));
  const file = concat(
    stream.tables([VIDEO]),
    stream.packets(PIDS.video, pes(bytes.subarray(0, 700), { pts: 900 })),
    stream.packets(PIDS.video, pes(bytes.subarray(700))),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(1)), { pts: 3900 })),
  );
  const { pictures } = split([file]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [picture(0), picture(1)]);
  assert.deepEqual(pictures.map(({ ticks }) => ticks), [900, 3900]);
});

Deno.test("a lost packet costs its picture, the next one says so; packets sent twice cost none", () => {
  const file = programOf(8);
  const packets = cut(file, [188]);
  const twice = packets.flatMap((packet) => [packet, packet]);
  assert.equal(split([concat(...twice)]).pictures.length, 8);
  for (let lost = 0; lost < packets.length; lost++) {
    const { pictures } = split([concat(...packets.filter((_, index) => index !== lost))]);
    const numbers = pictures.map(({ ticks }) => ticks / 3000);
    const isCut = pictures.some(({ nalUnits }, index) =>
      JSON.stringify(nalUnits) !== JSON.stringify(picture(numbers[index]!))
    );
    // No stream can tell that its last packet is missing.
    if (lost < packets.length - 1) {
      assert.equal(isCut, false, `packet ${lost}`);
      // Two are lost when their border is, and three without the first tables.
      assert.ok(pictures.length >= (lost < 2 ? 5 : 6), `packet ${lost}: ${numbers}`);
      const gap = numbers.findIndex((number, index) => number !== index);
      if (gap > 0) assert.equal(pictures[gap]!.gapBefore, true);
    }
  }
});

Deno.test("a counter that stands still with other content is a loss, of sixteen packets", () => {
  const stream = new TransportStream();
  const large = [AUD, first(slice(6000))];
  const parts = [picture(0), large, picture(1)].map((units, index) =>
    stream.packets(PIDS.video, pes(joinAnnexB(units), { pts: index * 3000 }))
  );
  const packets = cut(concat(stream.tables([VIDEO]), ...parts), [188]);
  const { pictures, splitter } = split([concat(...packets.toSpliced(12, 15))]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [picture(0), picture(1)]);
  assert.deepEqual(pictures.map(({ gapBefore }) => gapBefore), [false, true]);
  assert.equal(splitter.faults.get("damagedPicture"), 1);
});

Deno.test("an announced jump of the counter is no loss", () => {
  const stream = new TransportStream();
  const pictures = [0, 1, 2].map((index) => pes(joinAnnexB(picture(index)), { pts: index * 3000 }));
  const tables = stream.tables([VIDEO]);
  const before = stream.packets(PIDS.video, pictures[0]!);
  stream.packets(PIDS.video, pictures[0]!);
  const behind = stream.packets(PIDS.video, pictures[1]!, { isDiscontinuous: true });
  const file = concat(tables, before, behind, stream.packets(PIDS.video, pictures[2]!));
  assert.deepEqual(split([file]).pictures.map(({ gapBefore }) => gapBefore), [false, false, false]);
});

Deno.test("garbage is skipped, before the stream and within it, sync bytes in it too", () => {
  const file = programOf(9);
  const garbage = new SeededRng(7).bytes(1000).map((byte, index) => index % 3 === 0 ? 0x47 : byte);
  const middle = Math.floor(file.length / 188 / 2) * 188;
  const damaged = concat(garbage, file.subarray(0, middle), garbage, file.subarray(middle));
  const { pictures, splitter } = split([damaged]);
  const numbers = pictures.map(({ ticks }) => ticks / 3000);
  assert.ok(numbers.length >= 7, `${numbers}`);
  for (const [index, { nalUnits }] of pictures.entries()) {
    assert.deepEqual(nalUnits, picture(numbers[index]!));
  }
  assert.ok(splitter.junkBytes > 1500);
});

Deno.test("a stream that is cut within a packet is found again", () => {
  const file = programOf(9);
  for (const [from, count] of [[0, 100], [3 * 188 + 5, 100], [10 * 188 + 60, 400]] as const) {
    const { pictures } = split([concat(file.subarray(0, from), file.subarray(from + count))]);
    const last = pictures.at(-1)!;
    assert.deepEqual(last.nalUnits, picture(8));
    assert.ok(from === 0 || pictures.length >= 6);
  }
});

Deno.test("packets with an error and scrambled ones are lost", () => {
  const packets = cut(programOf(4), [188]);
  for (
    const change of [
      (packet: Uint8Array) => packet.with(1, packet[1]! | 0x80),
      (packet: Uint8Array) => packet.with(3, packet[3]! | 0x80),
    ]
  ) {
    const bad = packets.with(4, change(packets[4]!));
    const { pictures } = split([concat(...bad)]);
    assert.equal(pictures.length, 3);
  }
});

Deno.test("MPEG audio comes as it is, Opus in packets, both with their times", () => {
  const stream = new TransportStream();
  const mp3 = new SeededRng(1).bytes(417);
  const sound = (content: Uint8Array, pts: number) =>
    stream.packets(PIDS.sound, pes(content, { pts, stream: 0xc0, hasLength: true }));
  const heard = split([concat(stream.tables([VIDEO, MP3]), sound(mp3, 100), sound(mp3, 2451))]);
  assert.deepEqual(heard.sounds, [
    { codec: "mpeg-audio", ticks: 100, parts: [mp3] },
    { codec: "mpeg-audio", ticks: 2451, parts: [mp3] },
  ]);
  const [short, long] = [Uint8Array.of(0xfc, 1, 2), new SeededRng(2).bytes(300)];
  // 300 = 255 + 45; the second has trimming at its start and end, and an extension.
  const opus = Uint8Array.of(
    0x7f,
    0xe0,
    3,
    ...short,
    0x7f,
    0xfc,
    255,
    45,
    0,
    9,
    0,
    9,
    1,
    7,
    ...long,
  );
  const again = new TransportStream();
  const packets = again.packets(PIDS.sound, pes(opus, { pts: 5, stream: 0xbd, hasLength: true }));
  assert.deepEqual(split([concat(again.tables([OPUS]), packets)]).sounds, [
    { codec: "opus", ticks: 5, parts: [short, long] },
  ]);
});

Deno.test("sound that is known to be whole does not wait for more", () => {
  const stream = new TransportStream();
  const splitter = new MpegTsSplitter();
  splitter.push(stream.tables([MP3]));
  const options = { pts: 1, stream: 0xc0, hasLength: true };
  // Three sync bytes are needed once, to find the first packet.
  const output = splitter.push(stream.packets(PIDS.sound, pes(new Uint8Array(300), options)));
  assert.equal(output.sounds.length, 1);
});

Deno.test("the streams of a program are named, and pictures of another codec", () => {
  const streamsOf = (entries: StreamEntry[]) =>
    split([concat(new TransportStream().tables(entries), new Uint8Array(0))]).splitter.streams;
  const pad = { type: 0x05, pid: 0x30 };
  assert.deepEqual(streamsOf([pad, VIDEO, OPUS, { type: 0x1b, pid: 0x33 }]), {});
  const withMore = (entries: StreamEntry[]) => {
    const stream = new TransportStream();
    const { splitter } = split([concat(stream.tables(entries), stream.tables(entries))]);
    return splitter.streams;
  };
  assert.deepEqual(withMore([pad, VIDEO, OPUS, { type: 0x1b, pid: 0x33 }]), {
    video: PIDS.video,
    sound: { pid: PIDS.sound, codec: "opus" },
  });
  assert.deepEqual(withMore([{ type: 0x24, pid: 0x40 }, MP3]), {
    otherVideo: "H.265",
    sound: { pid: PIDS.sound, codec: "mpeg-audio" },
  });
  assert.deepEqual(withMore([{ type: 0x06, pid: 0x41, descriptors: [0x59, 0] }]), {});
});

Deno.test("a stream that moves to another PID is followed", () => {
  const stream = new TransportStream();
  const moved = { ...VIDEO, pid: 0x200 };
  const file = concat(
    stream.tables([VIDEO]),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(0)), { pts: 0 })),
    stream.tables([moved], 0x1001),
    stream.packets(PIDS.video, pes(joinAnnexB(picture(9)), { pts: 9 })),
    stream.packets(moved.pid, pes(joinAnnexB(picture(5)), { pts: 3000 })),
  );
  const { pictures } = split([file]);
  assert.deepEqual(pictures.map(({ nalUnits }) => nalUnits), [picture(0), picture(5)]);
});

Deno.test("a table with a wrong checksum has no effect", () => {
  const stream = new TransportStream();
  const tables = stream.tables([VIDEO]);
  // A bit of the map's PID in the association.
  const broken = tables.with(4 + 1 + 8 + 7, tables[4 + 1 + 8 + 7]! ^ 1);
  // A bit of the video's PID in the map.
  const entry = 188 + 4 + 1 + 8 + 4;
  const alsoBroken = tables.with(entry + 2, tables[entry + 2]! ^ 1);
  const content = stream.packets(PIDS.video, pes(joinAnnexB(picture(0)), { pts: 0 }));
  for (const wrong of [broken, alsoBroken]) {
    assert.deepEqual(split([concat(wrong, content)]).splitter.streams, {});
  }
  assert.deepEqual(split([concat(tables, content)]).splitter.streams, { video: PIDS.video });
});

Deno.test("whatever the chunks, the pictures are the same", () => {
  const file = programOf(8, { start: 2 ** 33 - 9000 });
  const whole = split([file]);
  assert.equal(whole.pictures.length, 8);
  fc.assert(
    fc.property(arbitrarySizes, (sizes) => {
      assert.deepEqual(split(cut(file, sizes)).pictures, whole.pictures);
    }),
    runs(50),
  );
});

Deno.test("no bytes make it throw, and it recovers from any damage", () => {
  const clean = programOf(4, { hasLength: true });
  const healthy = programOf(8);
  const damage = fc.array(
    fc.record({
      at: fc.nat(clean.length),
      cut: fc.nat(400),
      put: fc.uint8Array({ maxLength: 400 }),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(damage, arbitrarySizes, (changes, sizes) => {
      let bytes: Uint8Array = clean;
      for (const { at, cut, put } of changes) {
        bytes = concat(bytes.subarray(0, at), put, bytes.subarray(at + cut));
      }
      const { pictures } = split(cut(concat(bytes, healthy), sizes));
      assert.deepEqual(pictures.at(-1)!.nalUnits, picture(7));
      assert.ok(pictures.every(({ ticks }) => Number.isSafeInteger(ticks)));
    }),
    runs(300),
  );
});

Deno.test("a stream of nothing but starts, or without an end, takes no memory", () => {
  const stream = new TransportStream();
  const splitter = new MpegTsSplitter();
  splitter.push(stream.tables([VIDEO, MP3]));
  const endless = new Uint8Array(100_000).fill(0xff);
  for (let round = 0; round < 100; round++) {
    splitter.push(stream.packets(PIDS.video, pes(new Uint8Array(0), { pts: round })));
    const { sounds } = splitter.push(
      stream.packets(PIDS.sound, pes(endless, { pts: 1, stream: 0xc0 })),
    );
    assert.deepEqual(sounds, []);
    splitter.push(stream.packets(PIDS.video, pes(endless, { pts: round })));
  }
  assert.deepEqual(splitter.end().pictures, []);
});
