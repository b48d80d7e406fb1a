import { viewOf } from "../../../../shared/core/bytes.ts";

/** Boxes that hold others (ISO 14496-12), as far as tables of samples are in them. */
const HOLDERS: ReadonlySet<string> = new Set([
  ...["moov", "trak", "mdia", "minf", "stbl", "moof", "traf"],
]);
/** An index or a fragment that is larger is not examined. */
export const MAX_TABLE_BYTES = 64 << 20;
/** More samples than a track has may be named by a number of this size; a reader is soon through with them. */
const MANY = 1 << 16;
/** Two weeks of pictures, 30 a second. */
const MAX_SAMPLES = 1 << 25;
const HEADER_BYTES = 8;
/** Version, flags and a count begin each table. */
const TABLE_HEADER_BYTES = 8;

/** The numbers of one track by which a reader counts in loops. */
interface Counts {
  samples: number;
  chunks: number;
  timed: number;
  offsets: number;
  largestChunk: number;
  lastChunk: number;
}

/** Whether a box has tables of samples that a reader follows. */
export function hasTables(name: string): boolean {
  return name === "moov" || name === "moof";
}

/**
 * Whether the numbers of an index (moov) or a fragment (moof) can be true. One that damage has made a billion keeps
 * a reader, which believes it, busy for hours, and the whole program with it.
 *
 * @param box with its header; what is missing at its end is not examined.
 */
export function areTablesSound(box: Uint8Array): boolean {
  return boxesIn(box).every(({ name, content }) => isSound(name, content));
}

function isSound(name: string, content: Uint8Array): boolean {
  if (name === "stbl") return isTrackSound(boxesIn(content));
  if (name === "trun") return isRunSound(content);
  return !HOLDERS.has(name) ||
    boxesIn(content).every((inner) => isSound(inner.name, inner.content));
}

interface Box {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The boxes that follow each other in these bytes; the last may be cut off. */
function boxesIn(bytes: Uint8Array): Box[] {
  const boxes: Box[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const size = view.getUint32(at);
    if (size < HEADER_BYTES) break;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + HEADER_BYTES));
    boxes.push({ name, content: bytes.subarray(at + HEADER_BYTES, at + size) });
    at += size;
  }
  return boxes;
}

function isTrackSound(tables: readonly Box[]): boolean {
  const counts: Counts = {
    ...{ samples: 0, chunks: 0, timed: 0, offsets: 0, largestChunk: 0, lastChunk: 0 },
  };
  for (const { name, content } of tables) READERS[name]?.(content, counts);
  const { samples, chunks, timed, offsets, largestChunk, lastChunk } = counts;
  const areFew = offsets === 0 || timed <= MAX_SAMPLES && offsets <= MAX_SAMPLES;
  return areFew && largestChunk <= Math.max(samples, MANY) && lastChunk <= Math.max(chunks, MANY);
}

const READERS: Readonly<Record<string, (table: Uint8Array, counts: Counts) => void>> = {
  stts: (table, counts) => counts.timed = sumOf(columns(table, 2)),
  ctts: (table, counts) => counts.offsets = sumOf(columns(table, 2)),
  stco: (table, counts) => counts.chunks = columns(table, 1).length,
  co64: (table, counts) => counts.chunks = columns(table, 2).length,
  // The size of all samples stands before the count.
  stsz: (table, counts) => counts.samples = numberAt(table, TABLE_HEADER_BYTES),
  stz2: (table, counts) => counts.samples = numberAt(table, TABLE_HEADER_BYTES),
  stsc: (table, counts) => {
    counts.lastChunk = largestOf(columns(table, 3));
    counts.largestChunk = largestOf(columns(table, 3, 1));
  },
};

/** Of the rows of a table, each of so many numbers, the number at that place. */
function columns(table: Uint8Array, width: number, place = 0): number[] {
  const rowBytes = 4 * width;
  const room = Math.floor((table.length - TABLE_HEADER_BYTES) / rowBytes);
  const count = Math.max(0, Math.min(numberAt(table, 4), room));
  return Array.from(
    { length: count },
    (_, row) => numberAt(table, TABLE_HEADER_BYTES + row * rowBytes + 4 * place),
  );
}

function numberAt(bytes: Uint8Array, at: number): number {
  return at + 4 <= bytes.length ? viewOf(bytes).getUint32(at) : 0;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function largestOf(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number), 0);
}

/** Each of these flags gives every sample of a run a number of its own; without any, nothing bounds the count. */
const OWN_NUMBERS = [0x100, 0x200, 0x400, 0x800];

function isRunSound(run: Uint8Array): boolean {
  const flags = numberAt(run, 0);
  return OWN_NUMBERS.some((flag) => (flags & flag) !== 0) || numberAt(run, 4) <= MANY;
}
