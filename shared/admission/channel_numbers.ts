import { ByteReader, ByteWriter, isIntegerWithin } from "../core/byte_fields.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { CHANNEL_KINDS, type ChannelKind, kindOfCode } from "../media/channel_kinds.ts";
import type { ClockRate, ExtendedSequence, Millis, RtpTicks } from "../core/units.ts";

/** A stream that repairs another stream and has its own numbers. */
export interface SideStream {
  readonly ssrc: number;
  readonly payloadType: number;
  /** The extended sequence number of its next packet; the first packet has 0. */
  readonly nextSequence: ExtendedSequence;
}

/** What a listener must know of a channel before its first packet: sent in binary. */
export interface ChannelNumbers {
  readonly kind: ChannelKind;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: ClockRate;
  /** The extended sequence number of the stream's first packet. */
  readonly sequenceBase: ExtendedSequence;
  /** The extended sequence number of the first packet meant for this listener. */
  readonly nextSequence: ExtendedSequence;
  /** The unwrapped RTP timestamp of the broadcast's start: media time 0 of every channel. */
  readonly timestampBase: RtpTicks;
  /** How far ahead of its media time a packet may be sent: `--interval`, else 0. */
  readonly aheadMillis: Millis;
  /** The retransmission stream (RFC 4588); absent when packets are not retransmitted. */
  readonly rtx?: SideStream;
  /** The parity stream (RFC 8627), sent to listeners that need it. */
  readonly fec?: SideStream;
}

/** The highest extended sequence number: the index of an SRTP packet has 48 bits (RFC 3711 section 3.3.1). */
export const MAX_SEQUENCE = 2 ** 48 - 1;
/** The most bytes that the numbers of a channel take. */
export const MAX_CHANNEL_BYTES = 64;
const MAX_PAYLOAD_TYPE = 127;
const MAX_CLOCK_RATE = 1_000_000;
const MAX_AHEAD_MILLIS = 60_000;
const Flag = { rtx: 1, fec: 2 } as const;

/** @throws RangeError when a number is out of range, which no listener would accept. */
export function serializeChannelNumbers(numbers: ChannelNumbers): Uint8Array {
  const writer = new ByteWriter(MAX_CHANNEL_BYTES);
  writeChannelNumbers(writer, numbers);
  return writer.finish();
}

/** Writes at most {@linkcode MAX_CHANNEL_BYTES}. @throws RangeError as {@linkcode serializeChannelNumbers}. */
export function writeChannelNumbers(writer: ByteWriter, numbers: ChannelNumbers): void {
  if (!areInRange(numbers)) throw new RangeError(`Channel ${numbers.ssrc} has impossible numbers`);
  const { rtx, fec } = numbers;
  writer.uint8(CHANNEL_KINDS[numbers.kind].code);
  writer.uint8((rtx ? Flag.rtx : 0) | (fec ? Flag.fec : 0));
  writer.uint8(numbers.payloadType);
  writer.uint32(numbers.ssrc);
  writer.uint32(numbers.clockRate as number);
  writer.uint16(numbers.aheadMillis as number);
  writer.long(numbers.sequenceBase as number);
  writer.long(numbers.nextSequence as number);
  writer.long(numbers.timestampBase as number);
  if (rtx) writeSideStream(writer, rtx);
  if (fec) writeSideStream(writer, fec);
}

function writeSideStream(writer: ByteWriter, { ssrc, payloadType, nextSequence }: SideStream) {
  writer.uint32(ssrc);
  writer.uint8(payloadType);
  writer.long(nextSequence as number);
}

/**
 * Reads the numbers of one channel. Bytes after them, from a later version, are passed over.
 *
 * @returns the value undefined for a channel of a kind that this version does not know.
 */
export function parseChannelNumbers(bytes: Uint8Array): Parsed<ChannelNumbers | undefined> {
  if (bytes.length > MAX_CHANNEL_BYTES) return junk("malformedAdmission");
  const reader = new ByteReader(bytes);
  const code = reader.uint8();
  const kind = kindOfCode(code);
  if (!reader.isWhole || code === 0) return junk("malformedAdmission");
  if (kind === undefined) return parsed(undefined);
  const numbers = readNumbers(reader, kind);
  return reader.isWhole && areInRange(numbers) ? parsed(numbers) : junk("malformedAdmission");
}

function readNumbers(reader: ByteReader, kind: ChannelKind): ChannelNumbers {
  const flags = reader.uint8();
  return {
    kind,
    payloadType: reader.uint8(),
    ssrc: reader.uint32(),
    clockRate: reader.uint32(),
    aheadMillis: reader.uint16(),
    sequenceBase: reader.long(),
    nextSequence: reader.long(),
    timestampBase: reader.long(),
    ...(flags & Flag.rtx ? { rtx: readSideStream(reader) } : {}),
    ...(flags & Flag.fec ? { fec: readSideStream(reader) } : {}),
  };
}

function readSideStream(reader: ByteReader): SideStream {
  return {
    ssrc: reader.uint32(),
    payloadType: reader.uint8(),
    nextSequence: reader.long(),
  };
}

function areInRange(numbers: ChannelNumbers): boolean {
  const { clockRate, sequenceBase, nextSequence, timestampBase, aheadMillis } = numbers;
  const { rtx, fec } = numbers;
  return isStreamInRange(numbers) && (!rtx || isStreamInRange(rtx)) &&
    (!fec || isStreamInRange(fec)) &&
    isIntegerWithin(clockRate as number, 1, MAX_CLOCK_RATE) &&
    isIntegerWithin(aheadMillis as number, 0, MAX_AHEAD_MILLIS) &&
    isIntegerWithin(sequenceBase as number, 0, nextSequence as number) &&
    isIntegerWithin(timestampBase as number, 0, Number.MAX_SAFE_INTEGER) && areDistinct([numbers]);
}

/** Whether no two streams of these channels share an SSRC: packets are told apart by nothing else. */
export function areDistinct(
  channels: readonly Pick<ChannelNumbers, "ssrc" | "rtx" | "fec">[],
): boolean {
  const ssrcs = channels.flatMap(ssrcsOf);
  return new Set(ssrcs).size === ssrcs.length;
}

/** The SSRCs of a channel and of the streams that repair it. */
export function ssrcsOf(
  { ssrc, rtx, fec }: Pick<ChannelNumbers, "ssrc" | "rtx" | "fec">,
): number[] {
  return [ssrc, ...(rtx ? [rtx.ssrc] : []), ...(fec ? [fec.ssrc] : [])];
}

function isStreamInRange({ ssrc, payloadType, nextSequence }: SideStream): boolean {
  return isIntegerWithin(ssrc, 0, 0xffff_ffff) &&
    isIntegerWithin(payloadType, 0, MAX_PAYLOAD_TYPE) &&
    isIntegerWithin(nextSequence as number, 0, MAX_SEQUENCE);
}
