import { ByteReader, ByteWriter, isIntegerWithin } from "../core/byte_fields.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";
import { formatClock, readClock } from "../event/event.ts";
import { KEEPALIVE_RANGE } from "../rtcp/app_messages.ts";
import { MAX_SRTCP_INDEX } from "../secrecy/srtcp.ts";
import { type AcceptKeys, parseAcceptKeys, writeAcceptKeys } from "./accept_keys.ts";
import {
  areDistinct,
  type ChannelNumbers,
  MAX_CHANNEL_BYTES,
  parseChannelNumbers,
  writeChannelNumbers,
} from "./channel_numbers.ts";

/** Where the timeline stands: what a listener shows before its first event. */
export interface TimelineState {
  /** The count of the last entry; 0 when there is none. */
  readonly count: number;
  /** The score after it, home team first. */
  readonly score: readonly [home: number, away: number];
  /** The match clock of the last entry that corrects no other, `MM:SS`. */
  readonly clock?: string;
  readonly period?: number;
}

/** What an ACCEPT of version 2 says. Names and codecs come in messages of the lane. */
export interface AcceptBody {
  readonly connectionId: bigint;
  /** Absent when the broadcast is not encrypted. */
  readonly keys?: AcceptKeys;
  /** The SSRC the listener reports under. */
  readonly listenerSsrc: number;
  /** The SSRC of the host's own RTCP, which is no channel's. */
  readonly hostSsrc: number;
  /** The longest time between two reports. */
  readonly keepaliveMillis: Millis;
  /** Identifies the timeline; a host that restarts and resumes it keeps the id. 16 hex digits. */
  readonly broadcastId: string;
  /** Encrypted broadcasts: the SRTCP index of the next control packet to all listeners. */
  readonly srtcpIndex?: number;
  readonly timeline: TimelineState;
  /** Those that run now; at most {@linkcode MAX_CHANNELS}. */
  readonly channels: readonly ChannelNumbers[];
}

/** The most channels that run at a time. */
export const MAX_CHANNELS = 8;
/** More than any body has, so that the writer always has room; the datagram's limit is checked later. */
const CAPACITY = 400 + MAX_CHANNELS * (1 + MAX_CHANNEL_BYTES);
const BROADCAST_ID_BYTES = 8;
const BROADCAST_ID = /^[0-9a-f]{16}$/;
const MAX_GOALS = 999;
const MAX_PERIOD = 9;
const MAX_CLOCK_SECONDS = 999 * 60 + 59;
/** In the field of the clock, which counts seconds. */
const NO_CLOCK = 0xffff;
const NO_PERIOD = 0;
/** In the field of the SRTCP index, which has 31 bits. */
const NO_INDEX = 0xffff_ffff;

/** @throws RangeError when something is out of range, which no listener would accept. */
export function serializeAcceptBody(body: AcceptBody): Uint8Array {
  if (!isPossible(body)) throw new RangeError("The ACCEPT says something impossible");
  const { keys } = body;
  const writer = new ByteWriter(CAPACITY);
  writer.uint64(body.connectionId);
  writer.sized(() => keys && writeAcceptKeys(writer, keys));
  writer.uint32(body.listenerSsrc);
  writer.uint32(body.hostSsrc);
  writer.uint16(body.keepaliveMillis as number);
  writer.uint64(BigInt(`0x${body.broadcastId}`));
  writer.uint32(body.srtcpIndex ?? NO_INDEX);
  writeTimeline(writer, body.timeline);
  writer.uint8(body.channels.length);
  for (const numbers of body.channels) {
    writer.sized(() => writeChannelNumbers(writer, numbers));
  }
  return writer.finish();
}

function writeTimeline(writer: ByteWriter, { count, score, clock, period }: TimelineState): void {
  writer.long(count);
  for (const goals of score) writer.uint16(goals);
  writer.uint16(clock === undefined ? NO_CLOCK : (readClock(clock) as number) / 1000);
  writer.uint8(period ?? NO_PERIOD);
}

/**
 * Reads the body of an ACCEPT. Channels of a kind that this version does not know are left out, and
 * bytes at the end, from a later version, are passed over.
 */
export function parseAcceptBody(bytes: Uint8Array): Parsed<AcceptBody> {
  const reader = new ByteReader(bytes);
  const connectionId = idOf(reader.bytes(BROADCAST_ID_BYTES));
  const keyBytes = reader.bytes(reader.uint8());
  const keys = keyBytes.length === 0 ? undefined : parseAcceptKeys(keyBytes);
  const areKeysBad = keyBytes.length > 0 && keys === undefined;
  const fixed = readFixed(reader);
  const channels = readChannels(reader);
  if (areKeysBad || channels === undefined || !reader.isWhole) return junk("malformedAdmission");
  const body: AcceptBody = { connectionId, ...(keys ? { keys } : {}), ...fixed, channels };
  return isPossible(body) ? parsed(body) : junk("malformedAdmission");
}

function readFixed(reader: ByteReader): Omit<AcceptBody, "connectionId" | "keys" | "channels"> {
  const [listenerSsrc, hostSsrc] = [reader.uint32(), reader.uint32()];
  const keepaliveMillis = reader.uint16();
  const broadcastId = idOf(reader.bytes(BROADCAST_ID_BYTES)).toString(16).padStart(16, "0");
  const index = reader.uint32();
  return {
    listenerSsrc,
    hostSsrc,
    keepaliveMillis,
    broadcastId,
    ...(index === NO_INDEX ? {} : { srtcpIndex: index }),
    timeline: readTimeline(reader),
  };
}

function readTimeline(reader: ByteReader): TimelineState {
  const count = reader.long();
  const score = [reader.uint16(), reader.uint16()] as const;
  const [seconds, period] = [reader.uint16(), reader.uint8()];
  return {
    count,
    score,
    ...(seconds === NO_CLOCK ? {} : { clock: formatClock(seconds * 1000) }),
    ...(period === NO_PERIOD ? {} : { period }),
  };
}

/** @returns undefined when the numbers of a channel are malformed. */
function readChannels(reader: ByteReader): ChannelNumbers[] | undefined {
  const count = reader.uint8();
  if (count > MAX_CHANNELS) return undefined;
  const all = Array.from(
    { length: count },
    () => parseChannelNumbers(reader.bytes(reader.uint8())),
  );
  if (!all.every((numbers) => numbers.ok)) return undefined;
  return all.map(({ value }) => value).filter((numbers) => numbers !== undefined);
}

/** Whether all but the keys, and what each channel says by itself, is in range and without contradiction. */
function isPossible(body: AcceptBody): boolean {
  const { keepaliveMillis, srtcpIndex = 0, listenerSsrc, hostSsrc } = body;
  const { shortest, longest } = KEEPALIVE_RANGE;
  return isIntegerWithin(keepaliveMillis as number, shortest, longest) &&
    isIntegerWithin(srtcpIndex, 0, MAX_SRTCP_INDEX) &&
    isIntegerWithin(listenerSsrc, 0, 0xffff_ffff) && isIntegerWithin(hostSsrc, 0, 0xffff_ffff) &&
    BROADCAST_ID.test(body.broadcastId) && body.channels.length <= MAX_CHANNELS &&
    areDistinct([...body.channels, { ssrc: hostSsrc }]) && isPossibleTimeline(body.timeline);
}

function isPossibleTimeline({ count, score, clock, period }: TimelineState): boolean {
  const seconds = clock === undefined ? 0 : (readClock(clock) as number) / 1000;
  return isIntegerWithin(count, 0, Number.MAX_SAFE_INTEGER) &&
    score.every((goals) => isIntegerWithin(goals, 0, MAX_GOALS)) &&
    isIntegerWithin(seconds, 0, MAX_CLOCK_SECONDS) && isIntegerWithin(period ?? 1, 1, MAX_PERIOD);
}

/** 0 when the bytes were not all there. */
function idOf(bytes: Uint8Array): bigint {
  if (bytes.length < BROADCAST_ID_BYTES) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}
