import { concat, viewOf } from "../../../../shared/core/bytes.ts";
import { Continuity } from "./continuity.ts";
import type { TransportPacket } from "./transport_packets.ts";

/** The streams of a program that can be sent. */
export interface ProgramStreams {
  /** PID of the H.264 stream. */
  readonly video?: number;
  readonly sound?: { readonly pid: number; readonly codec: "mpeg-audio" | "opus" };
  /** The codec of other pictures in the program, as "H.265". */
  readonly otherVideo?: string;
  /** The codec of other sound in the program, as "AAC". */
  readonly otherSound?: string;
}

const PAT_PID = 0;
const PAT_TABLE = 0;
const PMT_TABLE = 2;
/** Table id and length; both tables have sections of at most 1024 bytes in all. */
const SECTION_HEAD_BYTES = 3;
const MAX_SECTION_BYTES = 1024;
const CHECKSUM_BYTES = 4;
/** Table id, length, id (2), version, section (2): before the content of both tables. */
const TABLE_HEAD_BYTES = 8;
const PID_BITS = 0x1fff;
const LENGTH_BITS = 0x0fff;

/** ISO 13818-1 table 2-34. */
const H264_STREAM = 0x1b;
const MPEG_AUDIO_STREAMS: ReadonlySet<number> = new Set([0x03, 0x04]);
const PRIVATE_STREAM = 0x06;
const OTHER_VIDEO: ReadonlyMap<number, string> = new Map([
  [0x01, "MPEG-1 video"],
  [0x02, "MPEG-2 video"],
  [0x10, "MPEG-4 video"],
  [0x24, "H.265"],
  [0x33, "H.266"],
]);
const OTHER_SOUND: ReadonlyMap<number, string> = new Map([
  [0x0f, "AAC"],
  [0x11, "AAC (LATM)"],
  [0x81, "Dolby Digital (AC-3)"],
  [0x87, "Dolby Digital Plus (E-AC-3)"],
]);
const REGISTRATION_DESCRIPTOR = 0x05;

/** Follows the tables of a transport stream: program association (PAT), then its first program's map (PMT). */
export class ProgramTables {
  readonly #association = new SectionReader();
  #map = new SectionReader();
  #mapPid: number | undefined;

  /** @returns the streams, each time that a whole program map came. */
  push(packet: TransportPacket): ProgramStreams | undefined {
    if (packet.pid === PAT_PID) this.#followAssociation(packet);
    if (packet.pid !== this.#mapPid) return undefined;
    const sections = this.#map.push(packet);
    return sections.map(readProgramMap).findLast((streams) => streams !== undefined);
  }

  #followAssociation(packet: TransportPacket): void {
    for (const section of this.#association.push(packet)) {
      const pid = readMapPid(section);
      if (pid === undefined || pid === this.#mapPid) continue;
      this.#mapPid = pid;
      this.#map = new SectionReader();
    }
  }
}

/** Takes whole sections with a right checksum out of the packets of one PID (ISO 13818-1 section 2.4.4). */
class SectionReader {
  readonly #continuity = new Continuity();
  /** The section under way; undefined when none has begun. */
  #bytes: Uint8Array | undefined;

  push(packet: TransportPacket): Uint8Array[] {
    const verdict = this.#continuity.check(packet);
    if (verdict === "duplicate") return [];
    if (verdict === "gap") this.#bytes = undefined;
    const { payload, startsUnit } = packet;
    if (!startsUnit) return this.#append(payload);
    // The pointer says how much of the payload belongs to the section before.
    const start = 1 + (payload[0] ?? 0);
    const before = this.#append(payload.subarray(1, start));
    this.#bytes = new Uint8Array(0);
    return [...before, ...this.#append(payload.subarray(start))];
  }

  #append(part: Uint8Array): Uint8Array[] {
    if (this.#bytes === undefined) return [];
    const sections: Uint8Array[] = [];
    let bytes = concat(this.#bytes, part);
    for (let length = sectionLength(bytes); length <= bytes.length; length = sectionLength(bytes)) {
      const section = bytes.subarray(0, length);
      if (checksumOf(section) === 0) sections.push(section);
      bytes = bytes.subarray(length);
    }
    // The rest is the beginning of a section, unless it is stuffing or too long to be one.
    const isOver = bytes[0] === 0xff || sectionLength(bytes) > MAX_SECTION_BYTES;
    this.#bytes = isOver && bytes.length >= SECTION_HEAD_BYTES ? undefined : bytes;
    return sections;
  }
}

/** Infinity while it is not known. */
function sectionLength(bytes: Uint8Array): number {
  if (bytes.length < SECTION_HEAD_BYTES) return Infinity;
  return SECTION_HEAD_BYTES + (viewOf(bytes).getUint16(1) & LENGTH_BITS);
}

/** CRC-32 of MPEG, which is 0 over a section with its own checksum (ISO 13818-1 annex A). */
function checksumOf(section: Uint8Array): number {
  let sum = 0xffff_ffff;
  for (const byte of section) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum;
}

/** PID of the map of the first program; program 0 is the network's own table. */
function readMapPid(section: Uint8Array): number | undefined {
  if (section[0] !== PAT_TABLE) return undefined;
  const view = viewOf(section);
  const end = section.length - CHECKSUM_BYTES;
  for (let at = TABLE_HEAD_BYTES; at + 4 <= end; at += 4) {
    if (view.getUint16(at) !== 0) return view.getUint16(at + 2) & PID_BITS;
  }
}

function readProgramMap(section: Uint8Array): ProgramStreams | undefined {
  const end = section.length - CHECKSUM_BYTES;
  if (section[0] !== PMT_TABLE || end < TABLE_HEAD_BYTES + 4) return undefined;
  const view = viewOf(section);
  let streams: ProgramStreams = {};
  let at = TABLE_HEAD_BYTES + 4 + (view.getUint16(TABLE_HEAD_BYTES + 2) & LENGTH_BITS);
  while (at + 5 <= end) {
    const pid = view.getUint16(at + 1) & PID_BITS;
    const next = at + 5 + (view.getUint16(at + 3) & LENGTH_BITS);
    streams = withStream(streams, section[at]!, pid, section.subarray(at + 5, Math.min(next, end)));
    at = next;
  }
  return streams;
}

/** The first stream of each sort counts. */
function withStream(
  streams: ProgramStreams,
  type: number,
  pid: number,
  descriptors: Uint8Array,
): ProgramStreams {
  if (type === H264_STREAM) return { video: pid, ...streams };
  if (MPEG_AUDIO_STREAMS.has(type)) return { sound: { pid, codec: "mpeg-audio" }, ...streams };
  const isOpus = type === PRIVATE_STREAM && registrationOf(descriptors) === "Opus";
  if (isOpus) return { sound: { pid, codec: "opus" }, ...streams };
  const otherVideo = OTHER_VIDEO.get(type);
  const otherSound = OTHER_SOUND.get(type);
  return {
    ...(otherVideo !== undefined && { otherVideo }),
    ...(otherSound !== undefined && { otherSound }),
    ...streams,
  };
}

/** The four letters of the registration descriptor (ISO 13818-1 section 2.6.8). */
function registrationOf(descriptors: Uint8Array): string | undefined {
  for (let at = 0; at + 2 <= descriptors.length; at += 2 + descriptors[at + 1]!) {
    if (descriptors[at] !== REGISTRATION_DESCRIPTOR) continue;
    return String.fromCharCode(...descriptors.subarray(at + 2, at + 6));
  }
}
