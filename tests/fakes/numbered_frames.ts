import type { EncodedFrame } from "../../shared/media/channel.ts";

/** MPEG-1 layer III, 192 kbit/s at 44 100 Hz: 626.9 bytes per frame, so most are padded. */
const HEADER = [0xff, 0xfb, 0xb0, 0xc4] as const;
const PADDED = [0xff, 0xfb, 0xb2, 0xc4] as const;
const BYTES_PER_FRAME = 144 * 192_000 / 44_100;
/** The place in a frame of a marker word and, behind it, the frame's number. */
const WORD_OFFSET = 36;
const WORD = 0x4e75_6d62;
const NUMBER_OFFSET = WORD_OFFSET + 4;

/** Sound that plays as silence; its frames are numbered from 0. */
export function* numberedFrames(): Generator<EncodedFrame> {
  let owed = 0;
  for (let index = 0;; index++) {
    owed += BYTES_PER_FRAME;
    const length = owed >= 627 ? 627 : 626;
    owed -= length;
    const bytes = new Uint8Array(length);
    bytes.set(length === 627 ? PADDED : HEADER);
    const view = new DataView(bytes.buffer);
    view.setUint32(WORD_OFFSET, WORD);
    view.setUint32(NUMBER_OFFSET, index);
    yield { bytes, sampleCount: 1152, sampleRate: 44_100 };
  }
}

export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(NUMBER_OFFSET);
}

/** The numbers of the complete frames in a part of the stream, and the bytes left over. */
export function takeNumbers(stream: Uint8Array): { numbers: number[]; rest: Uint8Array } {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const numbers: number[] = [];
  let from = 0;
  for (let at = 0; at + 8 <= stream.length; at++) {
    if (view.getUint32(at) !== WORD) continue;
    numbers.push(view.getUint32(at + 4));
    from = at + 8;
  }
  return { numbers, rest: stream.subarray(Math.max(from, stream.length - 7)) };
}
