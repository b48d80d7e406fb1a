import assert from "node:assert/strict";
import fc from "fast-check";
import { silenceLike } from "../../../../../server/origin/screen/files/silence.ts";
import { SoundAlignment } from "../../../../../server/origin/screen/files/sound_alignment.ts";
import type { AudioFormat, EncodedFrame } from "../../../../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../../../../shared/media/mpeg_audio.ts";
import { parseOpusPacket } from "../../../../../shared/media/opus_packet.ts";
import { Mp3Splitter } from "../../../../../server/origin/sound/io/formats/mp3_splitter.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import { runs } from "../../../../runs.ts";
import { arbitraryMp3Frame, mp3Frames, opusFrame } from "../../../../shared/media/frames.ts";

const OPUS: AudioFormat = { codec: "opus", sampleRate: 48_000, channelCount: 2 };
const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
const FRAME = opusFrame(100);
const LENGTH = FRAME.sampleCount / 48;

/** Puts sound where it belongs as the sound of a screen is put there. */
function place(alignment: SoundAlignment, frame: EncodedFrame, at: number): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  for (;;) {
    const silence = alignment.fill(at, frame);
    if (silence.length === 0) break;
    frames.push(...silence);
  }
  return alignment.place(frame, at) ? [...frames, frame] : frames;
}

Deno.test("sound without holes stays as it is, though times in files are rounded", () => {
  const alignment = new SoundAlignment(OPUS);
  for (let index = 0; index < 1000; index++) {
    const at = Math.round(index * LENGTH) + (index % 7) - 3;
    assert.deepEqual(place(alignment, FRAME, at), [FRAME]);
  }
  assert.equal(Math.round(alignment.position), Math.round(1000 * LENGTH));
});

Deno.test("sound that begins later than the pictures has silence before it", () => {
  const alignment = new SoundAlignment(OPUS);
  const frames = place(alignment, FRAME, 5000);
  assert.equal(frames.length, 251);
  assert.equal(frames.at(-1), FRAME);
  assert(frames.slice(0, -1).every((frame) => frame.bytes.length === 3));
});

Deno.test("sound before the first picture is left out", () => {
  const alignment = new SoundAlignment(OPUS);
  const kept = [...Array(20).keys()].filter((index) =>
    place(alignment, FRAME, index * LENGTH - 5 * LENGTH).length > 0
  );
  assert.equal(kept[0], Math.ceil((5 * LENGTH - 60) / LENGTH));
});

Deno.test("when its times go back far, sound goes on without a pause", () => {
  const alignment = new SoundAlignment(OPUS);
  place(alignment, FRAME, 0);
  place(alignment, FRAME, 60_000);
  const before = alignment.position;
  assert.deepEqual(place(alignment, FRAME, 0), [FRAME]);
  assert.deepEqual(place(alignment, FRAME, LENGTH), [FRAME]);
  assert(Math.abs(alignment.position - before - 2 * LENGTH) < 1e-6);
});

Deno.test("silence is made in parts, however long it is, and none before a frame shows its form", () => {
  const alignment = new SoundAlignment(MP3);
  assert.deepEqual(alignment.fill(10_000), []);
  const [frame] = mp3Frames(1);
  const silence = alignment.fill(3_600_000, frame);
  assert(silence.length < 100);
  assert(Math.abs(alignment.position - 2000) < 30);
});

Deno.test("sound is never further from its place than the tolerance and half a frame", () => {
  const steps = fc.array(fc.integer({ min: -300, max: 5000 }), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (jumps) => {
      const alignment = new SoundAlignment(OPUS);
      let at = 0;
      for (const jump of jumps) {
        at = Math.max(0, at + jump);
        const frames = place(alignment, FRAME, at);
        if (frames.includes(FRAME)) {
          assert(Math.abs(alignment.position - LENGTH - at) <= 60 + 10 + 1e-6);
        }
        at += LENGTH;
      }
    }),
    runs(200),
  );
});

Deno.test("silent Opus is a packet of 20 ms with the channels of the sound", () => {
  for (const channelCount of [1, 2] as const) {
    const { bytes, sampleCount } = silenceLike(FRAME, { ...OPUS, channelCount });
    assert.deepEqual(parseOpusPacket(bytes), { sampleCount: 960, channelCount });
    assert.equal(sampleCount, 960);
  }
});

Deno.test("silent MP3 is a frame of the same stream, whatever the sound's form", () => {
  fc.assert(
    fc.property(arbitraryMp3Frame, (frame) => {
      const silent = silenceLike(frame, MP3);
      const header = parseMpegAudioHeader(silent.bytes)!;
      const like = parseMpegAudioHeader(frame.bytes)!;
      assert.equal(header.frameBytes, silent.bytes.length);
      assert.deepEqual(
        [header.version, header.layer, header.sampleRate, header.channelCount],
        [like.version, like.layer, like.sampleRate, like.channelCount],
      );
      assert.deepEqual([silent.sampleCount, silent.sampleRate], [
        frame.sampleCount,
        frame.sampleRate,
      ]);
      assert(silent.bytes.subarray(4).every((byte) => byte === 0));
      const stream = concat(frame.bytes, silent.bytes, silent.bytes, frame.bytes);
      const splitter = new Mp3Splitter();
      assert.equal([...splitter.push(stream), ...splitter.end()].length, 4);
    }),
    runs(100),
  );
});
