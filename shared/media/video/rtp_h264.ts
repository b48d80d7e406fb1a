import { concat, viewOf } from "../../core/bytes.ts";
import { Counters } from "../../core/counters.ts";
import { junk, type Parsed, parsed } from "../../core/parsed.ts";
import type { RtpTicks } from "../../core/units.ts";
import { FrameCollector } from "./frame_collector.ts";
import { isKeyAccessUnit, isNalUnit, NAL_TYPES, nalTypeOf } from "./h264.ts";
import { ParameterSets } from "./h264_parameter_sets.ts";
import {
  type FramePacket,
  markLast,
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
  type Unpacked,
  type VideoPayload,
} from "./video_payload.ts";

/** The payload structures of packetization mode 1 besides a single NAL unit (RFC 6184 section 5.2). */
const STAP_A = 24;
const FU_A = 28;
/** Types that a receiver must ignore (RFC 6184 section 5.4). */
const RESERVED_TYPES: ReadonlySet<number> = new Set([0, 30, 31]);

const FORBIDDEN_BIT = 0x80;
/** F and nal_ref_idc (NRI), which an indicator has of its NAL units (RFC 6184 section 5.3). */
const UPPER_BITS = 0xe0;
const REFERENCE_BITS = 0x60;
const TYPE_BITS = 0x1f;
const START_BIT = 0x80;
const END_BIT = 0x40;
const FU_HEADER_BYTES = 2;
const SIZE_BYTES = 2;

/** Why the packer leaves something out. */
export type LeftOut =
  /** Not a NAL unit of a type that exists, or its forbidden bit is set. */
  | "unsendableUnit"
  /** A frame of more than {@linkcode MAX_FRAME_PACKETS} packets. */
  | "oversizedFrame";

/**
 * Packs access units as RFC 6184 in packetization mode 1 (section 6.3): small NAL units together (STAP-A,
 * section 5.7.1), large ones in fragments (FU-A, section 5.8). Delimiter and parameter sets come first,
 * sequence parameters before picture parameters; a key frame has all that the stream has had. Filler is not
 * sent.
 */
export class H264Packer {
  readonly #parameterSets = new ParameterSets();
  readonly leftOut = new Counters<LeftOut>();

  /** @param parameterSets known from elsewhere, as from a description. */
  constructor(parameterSets: readonly Uint8Array[] = []) {
    this.#parameterSets.note(parameterSets);
  }

  /** @returns the payloads of one access unit, none when it is too large or has nothing to send. */
  pack(nalUnits: readonly Uint8Array[]): VideoPayload[] {
    const sendable = nalUnits.filter(isNalUnit);
    this.leftOut.add("unsendableUnit", nalUnits.length - sendable.length);
    const payloads = packUnits(this.#complete(sendable));
    if (payloads.length <= MAX_FRAME_PACKETS) return markLast(payloads);
    this.leftOut.add("oversizedFrame");
    return [];
  }

  /** A delimiter is first, sets are before all that refers to them (H.264 section 7.4.1.2.3). */
  #complete(nalUnits: readonly Uint8Array[]): Uint8Array[] {
    this.#parameterSets.note(nalUnits);
    const ofType = (type: number) => nalUnits.filter((unit) => nalTypeOf(unit) === type);
    const sets = isKeyAccessUnit(nalUnits)
      ? this.#parameterSets.all
      : [...ofType(NAL_TYPES.sequenceParameters), ...ofType(NAL_TYPES.pictureParameters)];
    const others = nalUnits.filter((unit) => !IN_FRONT_OR_LEFT_OUT.has(nalTypeOf(unit)));
    return [...ofType(NAL_TYPES.delimiter), ...sets, ...others];
  }
}

const IN_FRONT_OR_LEFT_OUT: ReadonlySet<number> = new Set([
  NAL_TYPES.filler,
  NAL_TYPES.delimiter,
  NAL_TYPES.sequenceParameters,
  NAL_TYPES.pictureParameters,
]);

function packUnits(units: readonly Uint8Array[]): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let first = 0;
  while (first < units.length) {
    const end = endOfAggregate(units, first);
    if (units[first]!.length > MAX_VIDEO_PAYLOAD_BYTES) {
      payloads.push(...packFragments(units[first]!));
    } else {payloads.push(
        end === first + 1 ? units[first]! : packAggregate(units.slice(first, end)),
      );}
    first = end;
  }
  return payloads;
}

/** The unit behind those that fit one packet with the unit `first`, at least the next. */
function endOfAggregate(units: readonly Uint8Array[], first: number): number {
  let room = MAX_VIDEO_PAYLOAD_BYTES - 1;
  let end = first;
  while (end < units.length && SIZE_BYTES + units[end]!.length <= room) {
    room -= SIZE_BYTES + units[end]!.length;
    end++;
  }
  return Math.max(end, first + 1);
}

function packAggregate(units: readonly Uint8Array[]): Uint8Array {
  const reference = Math.max(...units.map((unit) => unit[0]! & REFERENCE_BITS));
  const sized = units.flatMap((unit) => {
    return [Uint8Array.of(unit.length >> 8, unit.length & 0xff), unit];
  });
  return concat(Uint8Array.of(reference | STAP_A), ...sized);
}

function packFragments(unit: Uint8Array): Uint8Array[] {
  const [header, content] = [unit[0]!, unit.subarray(1)];
  const room = MAX_VIDEO_PAYLOAD_BYTES - FU_HEADER_BYTES;
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < content.length; offset += room) {
    const start = offset === 0 ? START_BIT : 0;
    const end = offset + room >= content.length ? END_BIT : 0;
    const head = Uint8Array.of((header & UPPER_BITS) | FU_A, start | end | (header & TYPE_BITS));
    fragments.push(concat(head, content.subarray(offset, offset + room)));
  }
  return fragments;
}

/** An access unit as it came in. */
export interface ReceivedH264 {
  readonly frameNumber: number;
  readonly ticks: RtpTicks;
  /** In their order, parameter sets included. */
  readonly nalUnits: readonly Uint8Array[];
  readonly isKey: boolean;
}

/** What an unpacker leaves out without dropping the frame. */
export type IgnoredUnit =
  /** A type that a receiver must ignore (RFC 6184 section 5.4). */
  | "reservedType"
  /** A NAL unit without a byte in an aggregation packet. */
  | "emptyUnit";

/** Unpacks RFC 6184, packetization modes 0 and 1. A frame is given out whole or not at all. */
export class H264Unpacker {
  readonly #collector = new FrameCollector(beginsAccessUnit);
  readonly ignored = new Counters<IgnoredUnit>();

  push(packet: FramePacket): Unpacked<ReceivedH264> {
    const { frame, ...rest } = this.#collector.push(packet);
    if (frame === undefined) return rest;
    const { frameNumber, ticks, payloads } = frame;
    const nalUnits = new UnitReader(this.ignored).read(payloads);
    if (!nalUnits.ok) return { lost: rest.lost + 1, junk: nalUnits.junk };
    const isKey = isKeyAccessUnit(nalUnits.value);
    return { ...rest, frame: { frameNumber, ticks, nalUnits: nalUnits.value, isKey } };
  }
}

/**
 * Whether a payload is certainly the first of its access unit: it begins with a delimiter, or with sequence
 * parameters, with which {@linkcode H264Packer} begins a key frame.
 */
export function beginsAccessUnit(payload: Uint8Array): boolean {
  const type = nalTypeOf(payload);
  const firstUnit = type === STAP_A ? nalTypeOf(payload.subarray(1 + SIZE_BYTES)) : type;
  return firstUnit === NAL_TYPES.delimiter || firstUnit === NAL_TYPES.sequenceParameters;
}

export function isAggregate(payload: Uint8Array): boolean {
  return nalTypeOf(payload) === STAP_A;
}

export function isFragment(payload: Uint8Array): boolean {
  return nalTypeOf(payload) === FU_A;
}

/** The NAL units of an aggregation packet, as views, as far as they can be read. */
export function aggregatedUnits(payload: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  const view = viewOf(payload);
  for (let position = 1; position + SIZE_BYTES <= payload.length;) {
    const start = position + SIZE_BYTES;
    position = start + view.getUint16(position);
    if (position <= payload.length) units.push(payload.subarray(start, position));
  }
  return units;
}

/** Reads the NAL units of the payloads of one access unit. */
class UnitReader {
  readonly #ignored: Counters<IgnoredUnit>;
  readonly #units: Uint8Array[] = [];
  /** The header of the NAL unit whose fragments are being read, then their contents. */
  #fragments: Uint8Array[] = [];

  constructor(ignored: Counters<IgnoredUnit>) {
    this.#ignored = ignored;
  }

  read(payloads: readonly Uint8Array[]): Parsed<Uint8Array[]> {
    const isReadable = payloads.every((payload) => this.#readPayload(payload));
    const hasEnded = this.#fragments.length === 0;
    // An access unit has a picture; all its units may have been ignored.
    if (!isReadable || !hasEnded || this.#units.length === 0) return junk("malformedPayload");
    return parsed(this.#units);
  }

  /** @returns whether the payload can be read. */
  #readPayload(payload: Uint8Array): boolean {
    if (payload.length === 0 || (payload[0]! & FORBIDDEN_BIT) !== 0) return false;
    const type = nalTypeOf(payload);
    if (type === FU_A) return this.#readFragment(payload);
    // The fragments of a NAL unit follow each other (RFC 6184 section 5.8).
    if (this.#fragments.length > 0) return false;
    return type === STAP_A ? this.#readAggregate(payload) : this.#take(payload);
  }

  #readAggregate(payload: Uint8Array): boolean {
    const view = viewOf(payload);
    let position = 1;
    while (position + SIZE_BYTES <= payload.length) {
      const start = position + SIZE_BYTES;
      position = start + view.getUint16(position);
      if (position > payload.length) return false;
      if (!this.#take(payload.subarray(start, position))) return false;
    }
    return position === payload.length;
  }

  /** RFC 6184 section 5.8: the start bit and the end bit are not both set. */
  #readFragment(payload: Uint8Array): boolean {
    const [indicator, header] = payload;
    if (indicator === undefined || header === undefined) return false;
    const isStart = (header & START_BIT) !== 0;
    const isEnd = (header & END_BIT) !== 0;
    const unitHeader = (indicator & UPPER_BITS) | (header & TYPE_BITS);
    if (isStart === (this.#fragments.length > 0) || (isStart && isEnd)) return false;
    if (isStart) this.#fragments.push(Uint8Array.of(unitHeader));
    if (this.#fragments[0]![0] !== unitHeader) return false;
    this.#fragments.push(payload.subarray(FU_HEADER_BYTES));
    if (!isEnd) return true;
    const unit = concat(...this.#fragments);
    this.#fragments = [];
    return this.#take(unit);
  }

  /** @returns whether the frame can be used with this unit, or without it. */
  #take(unit: Uint8Array): boolean {
    if (unit.length === 0) this.#ignored.add("emptyUnit");
    else if (RESERVED_TYPES.has(nalTypeOf(unit))) this.#ignored.add("reservedType");
    else if (!isNalUnit(unit)) return false;
    else this.#units.push(unit);
    return true;
  }
}
