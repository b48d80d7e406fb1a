import { concat } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { EncodedFrame } from "./channel.ts";
import { type MpegAudioHeader, parseMpegAudioHeader } from "./mpeg_audio.ts";
import { type Depacketizer, MAX_PAYLOAD_BYTES, type RtpPayload } from "./rtp_payload.ts";

/** RFC 2250 section 3.5: 16 bits that must be zero, then Frag_offset. */
const HEADER_BYTES = 4;
const MAX_SOUND_BYTES = MAX_PAYLOAD_BYTES - HEADER_BYTES;

/**
 * Packs MP3 frames as RFC 2250 section 3.5: as many whole frames as fit in one packet; a frame that
 * does not fit is cut into fragments with the same timestamp.
 */
export function packMpegAudio(frames: readonly EncodedFrame[]): RtpPayload[] {
  const payloads: RtpPayload[] = [];
  let first = 0;
  while (first < frames.length) {
    if (frames[first]!.bytes.length > MAX_SOUND_BYTES) {
      payloads.push(...packFragments(frames[first]!.bytes, first));
      first++;
      continue;
    }
    const end = endOfPacket(frames, first);
    payloads.push(packWhole(frames.slice(first, end), first));
    first = end;
  }
  return payloads;
}

function endOfPacket(frames: readonly EncodedFrame[], first: number): number {
  let room = MAX_SOUND_BYTES;
  let end = first;
  while (end < frames.length && frames[end]!.bytes.length <= room) {
    room -= frames[end]!.bytes.length;
    end++;
  }
  return end;
}

function packWhole(frames: readonly EncodedFrame[], firstFrame: number): RtpPayload {
  const payload = concat(new Uint8Array(HEADER_BYTES), ...frames.map(({ bytes }) => bytes));
  return { payload, firstFrame };
}

function packFragments(frame: Uint8Array, firstFrame: number): RtpPayload[] {
  const payloads: RtpPayload[] = [];
  for (let offset = 0; offset < frame.length; offset += MAX_SOUND_BYTES) {
    const fragment = frame.subarray(offset, offset + MAX_SOUND_BYTES);
    const payload = new Uint8Array(HEADER_BYTES + fragment.length);
    new DataView(payload.buffer).setUint16(2, offset);
    payload.set(fragment, HEADER_BYTES);
    payloads.push({ payload, firstFrame });
  }
  return payloads;
}

interface PartialFrame {
  readonly header: MpegAudioHeader;
  readonly bytes: Uint8Array;
  filled: number;
}

/** Unpacks RFC 2250. A frame is dropped when any of its fragments is missing. */
export class MpegAudioDepacketizer implements Depacketizer {
  #partial: PartialFrame | undefined;

  push(payload: Uint8Array, gapBefore: boolean): Parsed<EncodedFrame[]> {
    if (gapBefore) this.#partial = undefined;
    if (payload.length <= HEADER_BYTES) return this.#refuse();
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (view.getUint16(0) !== 0) return this.#refuse();
    const offset = view.getUint16(2);
    const sound = payload.subarray(HEADER_BYTES);
    return offset === 0 ? this.#pushStart(sound) : this.#pushFragment(sound, offset);
  }

  #pushStart(sound: Uint8Array): Parsed<EncodedFrame[]> {
    this.#partial = undefined;
    const frames: EncodedFrame[] = [];
    for (let position = 0; position < sound.length;) {
      const header = parseMpegAudioHeader(sound, position);
      if (header === undefined) return this.#refuse();
      const bytes = sound.slice(position, position + header.frameBytes);
      if (bytes.length < header.frameBytes) {
        // Only a frame that is alone in its packet may continue in the next one (section 3.5).
        return position === 0 ? this.#startPartial(header, bytes) : this.#refuse();
      }
      frames.push(toFrame(header, bytes));
      position += header.frameBytes;
    }
    return parsed(frames);
  }

  #startPartial(header: MpegAudioHeader, fragment: Uint8Array): Parsed<EncodedFrame[]> {
    const bytes = new Uint8Array(header.frameBytes);
    bytes.set(fragment);
    this.#partial = { header, bytes, filled: fragment.length };
    return parsed([]);
  }

  #pushFragment(sound: Uint8Array, offset: number): Parsed<EncodedFrame[]> {
    const partial = this.#partial;
    // Its start was lost, or was sent before this listener joined.
    if (partial === undefined) return parsed([]);
    if (offset !== partial.filled || offset + sound.length > partial.bytes.length) {
      return this.#refuse();
    }
    partial.bytes.set(sound, offset);
    partial.filled += sound.length;
    if (partial.filled < partial.bytes.length) return parsed([]);
    this.#partial = undefined;
    return parsed([toFrame(partial.header, partial.bytes)]);
  }

  #refuse(): Parsed<EncodedFrame[]> {
    this.#partial = undefined;
    return junk("malformedPayload");
  }
}

function toFrame(header: MpegAudioHeader, bytes: Uint8Array): EncodedFrame {
  return { bytes, sampleCount: header.sampleCount, sampleRate: header.sampleRate };
}
