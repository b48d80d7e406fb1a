import { viewOf } from "../core/bytes.ts";
import { appFormat } from "./message_format.ts";

/** The longest fragment; with its head and the seal it still fits a datagram. */
export const PAST_FRAGMENT_BYTES = 1100;
/** The most fragments of a block: as many as a request has bits. */
export const MAX_PAST_FRAGMENTS = 64;

const COUNT_BYTES = 6;

/** Asks for fragments of a block of past events (RTCP APP "PREQ"). */
export interface PastRequest {
  readonly type: "pastRequest";
  /** The listener's. */
  readonly ssrc: number;
  /** The count of the block's first entry. */
  readonly firstCount: number;
  /** Indexes of fragments, ascending. */
  readonly fragments: readonly number[];
}

/** Count, two zero bytes, a bit for each fragment. */
const REQUEST_BYTES = 16;

export const pastRequest = appFormat<PastRequest>("pastRequest", "PREQ", readRequest, writeRequest);

function readRequest(data: Uint8Array, ssrc: number): PastRequest | undefined {
  if (data.length !== REQUEST_BYTES) return undefined;
  const firstCount = readCount(data);
  const fragments = readMask(data);
  if (firstCount === 0 || fragments.length === 0) return undefined;
  return { type: "pastRequest", ssrc, firstCount, fragments };
}

function writeRequest({ firstCount, fragments }: PastRequest): Uint8Array {
  const data = new Uint8Array(REQUEST_BYTES);
  writeCount(data, firstCount);
  for (const index of fragments) data[maskByteOf(index)]! |= 1 << index % 8;
  return data;
}

/** Reads bytes, since a datagram may have 40 masks: as big integers they would take a millisecond. */
function readMask(data: Uint8Array): number[] {
  const fragments: number[] = [];
  for (let index = 0; index < MAX_PAST_FRAGMENTS; index++) {
    if (data[maskByteOf(index)]! >> index % 8 & 1) fragments.push(index);
  }
  return fragments;
}

/** The bit of fragment 0 is the lowest of the last byte. */
function maskByteOf(index: number): number {
  return REQUEST_BYTES - 1 - (index >> 3);
}

/** Brings a piece of a block to one listener (RTCP APP "PAST"). */
export interface PastFragment {
  readonly type: "pastFragment";
  /** The host's. */
  readonly ssrc: number;
  /** The SSRC that the listener reports under. */
  readonly listenerSsrc: number;
  /** The count of the block's first entry. */
  readonly firstCount: number;
  /** From 0. */
  readonly index: number;
  /** The number of the block's fragments. */
  readonly fragmentCount: number;
  /** {@linkcode PAST_FRAGMENT_BYTES}, or less in the last fragment. */
  readonly bytes: Uint8Array;
}

/** SSRC, count, index, number of fragments, length, two zero bytes. */
const FRAGMENT_HEAD_BYTES = 16;
const COUNT_OFFSET = 4;
const INDEX_OFFSET = 10;
const NUMBER_OFFSET = 11;
const LENGTH_OFFSET = 12;

export const pastFragment = appFormat<PastFragment>(
  "pastFragment",
  "PAST",
  readFragment,
  writeFragment,
);

function readFragment(data: Uint8Array, ssrc: number): PastFragment | undefined {
  if (data.length <= FRAGMENT_HEAD_BYTES) return undefined;
  const view = viewOf(data);
  const firstCount = readCount(data.subarray(COUNT_OFFSET));
  const [index, fragmentCount] = [view.getUint8(INDEX_OFFSET), view.getUint8(NUMBER_OFFSET)];
  const length = view.getUint16(LENGTH_OFFSET);
  const isLast = index === fragmentCount - 1;
  const isPossible = firstCount > 0 && index < fragmentCount &&
    fragmentCount <= MAX_PAST_FRAGMENTS && length > 0 &&
    length <= data.length - FRAGMENT_HEAD_BYTES &&
    (isLast ? length <= PAST_FRAGMENT_BYTES : length === PAST_FRAGMENT_BYTES);
  if (!isPossible) return undefined;
  const listenerSsrc = view.getUint32(0);
  const bytes = data.slice(FRAGMENT_HEAD_BYTES, FRAGMENT_HEAD_BYTES + length);
  return { type: "pastFragment", ssrc, listenerSsrc, firstCount, index, fragmentCount, bytes };
}

function writeFragment(fragment: PastFragment): Uint8Array {
  const { listenerSsrc, firstCount, index, fragmentCount, bytes } = fragment;
  const data = new Uint8Array(FRAGMENT_HEAD_BYTES + Math.ceil(bytes.length / 4) * 4);
  const view = viewOf(data);
  view.setUint32(0, listenerSsrc);
  writeCount(data.subarray(COUNT_OFFSET), firstCount);
  view.setUint8(INDEX_OFFSET, index);
  view.setUint8(NUMBER_OFFSET, fragmentCount);
  view.setUint16(LENGTH_OFFSET, bytes.length);
  data.set(bytes, FRAGMENT_HEAD_BYTES);
  return data;
}

/** A count has 48 bits. */
function readCount(data: Uint8Array): number {
  const view = viewOf(data);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}

function writeCount(data: Uint8Array, count: number): void {
  const view = viewOf(data.subarray(0, COUNT_BYTES));
  view.setUint16(0, Math.floor(count / 2 ** 32));
  view.setUint32(2, count % 2 ** 32);
}
