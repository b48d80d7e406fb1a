import assert from "node:assert/strict";
import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { concat } from "../../../shared/core/bytes.ts";
import { createAudioStreamWriter } from "../../../client/playing/audio_stream.ts";
import type { AudioFormat } from "../../../shared/media/channel.ts";
import { type OggPage, parseOggPage } from "../../../shared/media/ogg.ts";
import { parseOpusHead, serializeOpusHead } from "../../../shared/media/opus_packet.ts";
import { requireTool, testWith } from "../../tools.ts";
import { mp3Frames, opusFrame } from "../../shared/media/frames.ts";

const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const OPUS: AudioFormat = {
  codec: "opus",
  sampleRate: 48_000,
  channelCount: 2,
  description: serializeOpusHead(2, 312),
};
const FRAMES = Array.from({ length: 10 }, (_, index) => opusFrame(40 + index * 60, index));

Deno.test("audio stream: MP3 goes out as it is", () => {
  const writer = createAudioStreamWriter(MP3);
  const frames = mp3Frames(3);
  assert.equal(writer.mimeType, "audio/mpeg");
  assert.equal(writer.header().length, 0);
  assert.deepEqual(writer.write(frames), concat(...frames.map(({ bytes }) => bytes)));
  assert.equal(writer.end().length, 0);
});

Deno.test("audio stream: Ogg begins with the head and the tags, each on a page of its own", () => {
  const [head, tags, ...more] = pagesOf(createAudioStreamWriter(OPUS).header());
  assert.deepEqual(more, []);
  assert(head!.isFirst && !tags!.isFirst);
  assert.deepEqual(head!.body, OPUS.description);
  assert.equal(new TextDecoder().decode(tags!.body.subarray(0, 8)), "OpusTags");
  assert.deepEqual([head!.granulePosition, tags!.granulePosition], [0, 0]);
});

Deno.test("audio stream: each write ends its page and holds one frame back for the last", () => {
  const writer = createAudioStreamWriter(OPUS);
  const header = pagesOf(writer.header());
  const writes = [[0, 1], [1, 4], [4, 10]].map(([from, to]) =>
    writer.write(FRAMES.slice(from, to))
  );
  assert.equal(writes[0]!.length, 0);
  const pages = [...writes, writer.end()].flatMap(pagesOf);
  assert.deepEqual(pages.map(({ granulePosition }) => granulePosition), [2880, 8640, 9600]);
  assert.deepEqual(pages.map(({ sequenceNumber }) => sequenceNumber), [2, 3, 4]);
  assert.deepEqual(pages.map(({ isLast }) => isLast), [false, false, true]);
  assert(pages.every(({ serialNumber }) => serialNumber === header[0]!.serialNumber));
  assert.deepEqual(pages[2]!.body, FRAMES[9]!.bytes);
});

Deno.test("audio stream: an end without any sound is a page without a packet", () => {
  const writer = createAudioStreamWriter(OPUS);
  writer.header();
  const [last] = pagesOf(writer.end());
  assert(last!.isLast && last!.body.length === 0 && last!.granulePosition === -1);
});

Deno.test("audio stream: nothing written is nothing", () => {
  assert.equal(createAudioStreamWriter(OPUS).write([]).length, 0);
});

Deno.test("audio stream: more packets than a page can name take several pages", () => {
  const frames = Array.from({ length: 300 }, (_, index) => opusFrame(255 + index % 2));
  const writer = createAudioStreamWriter(OPUS);
  const pages = [writer.write(frames), writer.end()].flatMap(pagesOf);
  // 255 bytes take two of a page's 255 segments: 127 packets a page.
  assert.equal(pages.length, 4);
  assert.equal(pages.at(-1)!.granulePosition, 300 * 960);
});

Deno.test("audio stream: two of them may follow each other in one byte stream", () => {
  const serials = [1, 2].map(() =>
    pagesOf(createAudioStreamWriter(OPUS).header())[0]!.serialNumber
  );
  assert.notEqual(serials[0], serials[1]);
});

Deno.test("audio stream: without a head from the server one is made", () => {
  const { description: _, ...bare } = OPUS;
  const [head] = pagesOf(createAudioStreamWriter(bare).header());
  assert.deepEqual(parseOpusHead(head!.body), {
    channelCount: 2,
    preSkip: 3840,
    mappingFamily: 0,
    streamCount: 1,
  });
});

Deno.test("audio stream: another reader of Ogg finds the same packets", async () => {
  const input = new Input({ source: new BufferSource(oggFile()), formats: [OGG] });
  const track = await input.getPrimaryAudioTrack();
  const packets: Uint8Array[] = [];
  for await (const packet of new EncodedPacketSink(track!).packets()) packets.push(packet.data);
  assert.deepEqual(packets, FRAMES.map(({ bytes }) => bytes));
});

testWith(
  ["opusenc", "ffprobe"],
  "audio stream: opusinfo and ffprobe find nothing wrong",
  async () => {
    const path = Deno.makeTempFileSync({ suffix: ".opus" });
    try {
      Deno.writeFileSync(path, oggFile());
      const report = await run("opusinfo", path);
      assert.match(report, /Logical stream 1 ended/);
      assert.doesNotMatch(report, /WARNING|ERROR|missing/i);
      // 9600 samples, of which a decoder throws the pre-skip of 312 away.
      assert.match(report, /Playback length: 0m:00\.193s/);
      const probe = ["-v", "error", "-show_entries", "packet=size", "-of", "csv=p=0", path];
      const sizes = (await run(requireTool("ffprobe"), ...probe)).match(/\d+/g)?.map(Number);
      assert.deepEqual(sizes, FRAMES.map(({ bytes }) => bytes.length));
    } finally {
      Deno.removeSync(path);
    }
  },
);

function oggFile(): Uint8Array<ArrayBuffer> {
  const writer = createAudioStreamWriter(OPUS);
  return concat(
    writer.header(),
    writer.write(FRAMES.slice(0, 3)),
    writer.write(FRAMES.slice(3)),
    writer.end(),
  );
}

function pagesOf(bytes: Uint8Array): OggPage[] {
  const pages: OggPage[] = [];
  for (let position = 0; position < bytes.length;) {
    const found = parseOggPage(bytes, position);
    assert(found !== undefined && found !== "needs more");
    pages.push(found.page);
    position += found.length;
  }
  return pages;
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
