import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../../../../shared/core/bytes.ts";
import { createAudioStreamWriter } from "../../../../../../client/playing/audio_stream.ts";
import { OggOpusReader } from "../../../../../../server/origin/sound/io/formats/ogg_opus_reader.ts";
import type { EncodedFrame } from "../../../../../../shared/media/channel.ts";
import { parseOpusHead, serializeOpusHead } from "../../../../../../shared/media/opus_packet.ts";
import { opusFrame } from "../../../../../shared/media/frames.ts";
import { oggPagesOf } from "../sound_files.ts";

const HEAD = serializeOpusHead(2, 312);
const FRAMES = framesFilled(0);
const TAGS = Uint8Array.of(...new TextEncoder().encode("OpusTags"), ...new Uint8Array(8));

function framesFilled(fill = 0): EncodedFrame[] {
  return Array.from({ length: 12 }, (_, index) => opusFrame(50 + 30 * index, fill + index + 1));
}

/** Head, tags, then two packets a page. */
function oggFile(
  options: { tags?: Uint8Array; serialNumber?: number; fill?: number } = {},
): Uint8Array[] {
  const serialNumber = options.serialNumber ?? 7;
  const headers = [
    ...oggPagesOf(HEAD, { serialNumber, isFirst: true }),
    ...oggPagesOf(options.tags ?? TAGS, { serialNumber, firstSequence: 1 }),
  ];
  const sound = framesFilled(options.fill).flatMap((frame, index) =>
    oggPagesOf(frame.bytes, {
      serialNumber,
      firstSequence: headers.length + index,
      granulePosition: 960 * (index + 1),
      isLast: index === FRAMES.length - 1,
    })
  );
  return [...headers, ...sound];
}

Deno.test("ogg opus: the packets come out, in chunks of any size", () => {
  for (const chunkBytes of [1, 27, 500, 65_536]) {
    const { frames, reader } = read(oggFile(), chunkBytes);
    assert.deepEqual(frames, FRAMES);
    assert.deepEqual(reader.head, HEAD);
    assert(!reader.isTruncated);
  }
});

Deno.test("ogg opus: tags with a large picture, over many pages, are skipped", () => {
  const tags = concat(TAGS, new Uint8Array(300_000).fill(0x4f));
  assert.deepEqual(read(oggFile({ tags }), 4096).frames, FRAMES);
});

Deno.test("ogg opus: chained streams follow each other", () => {
  const pages = [...oggFile(), ...oggFile({ serialNumber: 8 })];
  assert.deepEqual(read(pages, 1000).frames, [...FRAMES, ...FRAMES]);
});

Deno.test("ogg opus: a page of damaged bytes costs its own packet", () => {
  const pages = oggFile();
  pages[5] = pages[5]!.with(40, 0xee);
  assert.deepEqual(read(pages, 1000).frames, FRAMES.toSpliced(3, 1));
});

Deno.test("ogg opus: a packet over two pages is left out when one of them is missing", () => {
  const long = new Uint8Array(70_000).fill(1);
  const pages = (missing?: number) => {
    const sound = [
      ...oggPagesOf(FRAMES[0]!.bytes, { firstSequence: 2 }),
      ...oggPagesOf(long, { firstSequence: 3 }),
      ...oggPagesOf(FRAMES[1]!.bytes, { firstSequence: 5 }),
    ];
    return [...oggFile().slice(0, 2), ...sound.filter((_, index) => index !== missing)];
  };
  for (const missing of [undefined, 1, 2]) {
    assert.deepEqual(read(pages(missing), 5000).frames, FRAMES.slice(0, 2));
  }
});

Deno.test("ogg opus: a stream joined in the middle plays once its pages agree", () => {
  const pages = oggFile().slice(5);
  const { frames, reader } = read([pages[0]!.subarray(20), ...pages.slice(1)], 700);
  // After the cut page, the first page is only a candidate; two more confirm it.
  assert.deepEqual(frames, FRAMES.slice(6));
  assert.equal(parseOpusHead(reader.head!)?.channelCount, 1);
});

Deno.test("ogg opus: an end in the middle of a packet sets isTruncated", () => {
  const whole = concat(...oggFile());
  const { frames, reader } = read([whole.subarray(0, whole.length - 10)], 1000);
  assert.deepEqual(frames, FRAMES.slice(0, -1));
  assert(reader.isTruncated);
});

Deno.test("ogg opus: other codecs are named", () => {
  const vorbis = Uint8Array.of(1, ...new TextEncoder().encode("vorbis"), 0, 0, 0, 0);
  assert.equal(read(oggPagesOf(vorbis, { isFirst: true }), 100).reader.otherCodec, "Vorbis");
  const surround = Uint8Array.of(...serializeOpusHead(6, 312), 4, 2, 0, 4, 1, 2, 3, 5).with(18, 1);
  const { reader } = read(oggPagesOf(surround, { isFirst: true }), 100);
  assert.equal(reader.otherCodec, "Opus of 6 channels in 4 streams");
});

Deno.test("ogg opus: beside a stream of another codec, Opus plays", () => {
  const other = (index: number) =>
    oggPagesOf(Uint8Array.of(1, 2, 3), {
      serialNumber: 99,
      firstSequence: index,
      isFirst: index === 0,
    });
  const pages = oggFile().flatMap((page, index) => [...other(index), page]);
  assert.deepEqual(read(pages, 100).frames, FRAMES);
});

const SKELETON = concat(new TextEncoder().encode("fishead\0"), new Uint8Array(56));
const VORBIS = Uint8Array.of(1, ...new TextEncoder().encode("vorbis"), ...new Uint8Array(23));

/** A stream of another codec: its first page, then some of its sound, which may look like Opus. */
function otherStream(head: Uint8Array, serialNumber: number, count = 5): Uint8Array[] {
  const sound = Array.from({ length: count }, (_, index) =>
    oggPagesOf(Uint8Array.of(2, 9, 9, 9), {
      serialNumber,
      firstSequence: index + 1,
      granulePosition: 1000 * (index + 1),
    }));
  return [...oggPagesOf(head, { serialNumber, isFirst: true }), ...sound.flat()];
}

Deno.test("ogg opus: a skeleton before Opus is no sound, however little is read at a time", () => {
  const [skeleton, ...rest] = otherStream(SKELETON, 99);
  const [head, ...others] = oggFile();
  for (const chunkBytes of [1, 50, 100, 10_000]) {
    const reader = new OggOpusReader();
    const frames = [skeleton!, head!, ...rest, ...others].flatMap((page) => {
      const read: EncodedFrame[] = [];
      for (let position = 0; position < page.length; position += chunkBytes) {
        read.push(...reader.push(page.slice(position, position + chunkBytes)));
        assert(!reader.isUnsupported, "given up before all streams were announced");
      }
      return read;
    });
    assert.deepEqual(frames, FRAMES);
    assert.deepEqual(reader.takeRemarks(), []);
  }
});

Deno.test("ogg opus: of two parallel tracks the first is sent, with a remark", () => {
  const second = oggFile({ serialNumber: 9, fill: 100 });
  const [firstHead, ...first] = oggFile();
  const [secondHead, ...others] = second;
  const pages = [
    firstHead!,
    secondHead!,
    ...first.flatMap((page, index) => [others[index]!, page]),
  ];
  for (const chunkBytes of [1, 333, 100_000]) {
    const { frames, reader } = read(pages, chunkBytes);
    assert.deepEqual(frames, FRAMES);
    assert.deepEqual(reader.takeRemarks(), ["has 2 Opus tracks; the first is sent"]);
  }
});

Deno.test("ogg opus: a chain that switches to another codec is reported, and continues when Opus is back", () => {
  // Even with the same serial number, no packet of it may be taken for Opus.
  for (const serialNumber of [8, 7]) {
    const pages = [
      ...oggFile(),
      ...otherStream(SKELETON, 98, 0),
      ...otherStream(VORBIS, serialNumber),
      ...oggFile({ serialNumber: 9, fill: 50 }),
    ];
    const { frames, reader } = read(pages, 64);
    assert.deepEqual(frames, [...FRAMES, ...framesFilled(50)]);
    assert.deepEqual(reader.takeRemarks(), [
      "goes on with Vorbis, which can't be sent; it is skipped until Opus comes again",
    ]);
    assert(!reader.isUnsupported);
  }
});

Deno.test("ogg opus: a chained stream whose beginning is damaged is joined like any other", () => {
  const next = oggFile({ serialNumber: 8 });
  next[0] = next[0]!.with(40, 0xee);
  assert.deepEqual(read([...oggFile(), ...next], 500).frames, [...FRAMES, ...FRAMES.slice(1)]);
});

Deno.test("ogg opus: pages of another codec whose beginning was missed count as junk", () => {
  const { reader } = read(otherStream(VORBIS, 5).slice(1), 64);
  assert(reader.junkBytes > 0);
  assert(!reader.mayBeSound);
});

Deno.test("ogg opus: the output of the live writer is read, whatever its grouping", () => {
  const frame = fc.tuple(fc.integer({ min: 1, max: 1200 }), fc.nat(255)).map(([length, fill]) =>
    opusFrame(length, fill)
  );
  fc.assert(fc.property(fc.array(fc.array(frame, { maxLength: 9 })), (writes) => {
    const writer = createAudioStreamWriter({
      codec: "opus",
      sampleRate: 48_000,
      channelCount: 2,
      description: HEAD,
    });
    const parts = [writer.header(), ...writes.map((frames) => writer.write(frames)), writer.end()];
    assert.deepEqual(read(parts, 777).frames, writes.flat());
  }));
});

Deno.test("ogg opus: random and mutated bytes never throw", () => {
  const pages = oggFile();
  const pieces = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...pages));
  const change = fc.tuple(fc.nat(), fc.nat(255));
  fc.assert(fc.property(fc.array(pieces), fc.array(change), (parts, changes) => {
    const bytes = concat(...parts);
    for (const [position, value] of changes) {
      if (bytes.length > 0) bytes[position % bytes.length] = value;
    }
    read([bytes], 100);
  }));
});

function read(parts: readonly Uint8Array[], chunkBytes: number) {
  const reader = new OggOpusReader();
  const bytes = concat(...parts);
  const frames: EncodedFrame[] = [];
  for (let position = 0; position < bytes.length; position += chunkBytes) {
    frames.push(...reader.push(bytes.slice(position, position + chunkBytes)));
  }
  return { frames, reader };
}
