import fc from "fast-check";
import {
  FormatReader,
  type RecordedFormat,
} from "../../../../client/playing/screen/screen_format.ts";
import type {
  RecordedFrame,
  ScreenStreamWriter,
} from "../../../../client/playing/screen/screen_stream.ts";
import { concat } from "../../../../shared/core/bytes.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { ScreenFrame } from "../../../../shared/media/video/screen_frame.ts";
import { keySlice, PPS, slice, SPS, vp8Frame } from "../../../shared/media/video/frames.ts";

/** 30 a second. */
export const FRAME_TICKS = 3000;

export interface FrameFields {
  readonly isKey?: boolean;
  readonly ticks?: number;
  readonly size?: number;
  /** H.264 only: the parameter sets of a key frame. */
  readonly sets?: readonly Uint8Array[];
}

/** A frame as the host sends it: a key frame of H.264 has its parameter sets. */
export function screenFrame(
  codec: ScreenCodec,
  frameNumber: number,
  fields: FrameFields = {},
): ScreenFrame {
  const { isKey = false, ticks = frameNumber * FRAME_TICKS, size = 50 } = fields;
  const numbers = { frameNumber, ticks, isKey };
  if (codec === "vp8") {
    return { codec, ...numbers, bytes: vp8Frame(size, { isKey, seed: frameNumber }) };
  }
  const picture = isKey ? keySlice(size, frameNumber) : slice(size, frameNumber);
  // It begins with the first macroblock, so that readers of a byte stream find the picture's start.
  picture[1]! |= 0x80;
  const sets = isKey ? fields.sets ?? [SPS, PPS] : [];
  return { codec, ...numbers, nalUnits: [...sets, picture] };
}

/** The format of a recording that begins with this key frame. */
export function formatOf(key: ScreenFrame): RecordedFormat {
  const format = new FormatReader().read(key);
  if (format === undefined) throw new Error("This is no key frame with a format");
  return format;
}

/** All bytes of a file with these frames. */
export async function writeAll(
  writer: ScreenStreamWriter,
  frames: readonly RecordedFrame[],
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = [writer.header()];
  for (const frame of frames) parts.push(await writer.write(frame));
  parts.push(await writer.end());
  return concat(...parts);
}

/** Groups of pictures: keys, delta frames that may be shown in another order, holes, rare large frames. */
export function arbitraryRecording(codec: ScreenCodec): fc.Arbitrary<RecordedFrame[]> {
  const size = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 20, max: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 1_500_000 }) },
  );
  const group = fc.record({
    key: size,
    /** Of the frames that follow: in one of these runs the last is decoded first, as with B-frames. */
    runs: fc.array(fc.array(size, { minLength: 1, maxLength: 4 }), { maxLength: 15 }),
    /** In frames. */
    hole: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3000 })),
  });
  return fc.array(group, { minLength: 1, maxLength: 4 }).map((groups) => {
    const frames: RecordedFrame[] = [];
    let place = 0;
    const add = (at: number, fields: FrameFields) => {
      const frame = screenFrame(codec, frames.length, { ...fields, ticks: at * FRAME_TICKS });
      frames.push({ frame, time: at * FRAME_TICKS });
    };
    for (const { key, runs, hole } of groups) {
      add(place++, { isKey: true, size: key });
      for (const run of runs) {
        const order = [...run.keys()];
        if (codec === "h264") order.unshift(order.pop()!);
        for (const index of order) add(place + index, { size: run[index] });
        place += run.length;
      }
      place += hole;
    }
    return frames;
  });
}
