import { concat, viewOf } from "../../../../../shared/core/bytes.ts";

/** Builds transport streams (ISO 13818-1), written from the standard and not from the reader. */

export const PIDS = { map: 0x1000, video: 0x100, sound: 0x101 } as const;

export interface StreamEntry {
  readonly type: number;
  readonly pid: number;
  readonly descriptors?: readonly number[];
}

/** Counts the packets of each PID. */
export class TransportStream {
  readonly #counters = new Map<number, number>();

  /** Packets that carry `content`, which begins a unit. */
  packets(pid: number, content: Uint8Array, { isDiscontinuous = false } = {}): Uint8Array {
    const packets: Uint8Array[] = [];
    let position = 0;
    do {
      const isFirst = position === 0;
      const adaptation = isFirst && isDiscontinuous ? [1, 0x80] : [];
      const room = 184 - adaptation.length;
      const part = content.subarray(position, position + room);
      packets.push(this.#packet(pid, part, isFirst, adaptation));
      position += room;
    } while (position < content.length);
    return concat(...packets);
  }

  #packet(pid: number, part: Uint8Array, startsUnit: boolean, adaptation: number[]): Uint8Array {
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, (counter + 1) % 16);
    const packet = new Uint8Array(188).fill(0xff);
    const stuffing = 184 - part.length;
    const hasAdaptation = stuffing > 0;
    packet.set([0x47, (startsUnit ? 0x40 : 0) | pid >> 8, pid & 0xff]);
    packet[3] = (hasAdaptation ? 0x30 : 0x10) | counter;
    if (hasAdaptation) {
      packet[4] = stuffing - 1;
      if (stuffing > 1) packet[5] = adaptation[1] ?? 0;
    }
    packet.set(part, 188 - part.length);
    return packet;
  }

  /** Association and map of one program. */
  tables(streams: readonly StreamEntry[], mapPid: number = PIDS.map): Uint8Array {
    const entries = streams.flatMap(({ type, pid, descriptors = [] }) => [
      ...[type, 0xe0 | pid >> 8, pid & 0xff, 0xf0, descriptors.length],
      ...descriptors,
    ]);
    const first = streams[0]?.pid ?? 0x1fff;
    const clock = [0xe0 | first >> 8, first & 0xff, 0xf0, 0];
    return concat(
      // Program 0 is the network's table.
      this.section(0, 0, [0, 0, 0xe0, 0x10, 0, 1, 0xe0 | mapPid >> 8, mapPid & 0xff]),
      this.section(mapPid, 2, [...clock, ...entries]),
    );
  }

  section(pid: number, table: number, content: readonly number[]): Uint8Array {
    const length = 5 + content.length + 4;
    const head = [table, 0xb0 | length >> 8, length & 0xff, 0, 1, 0xc1, 0, 0];
    const section = Uint8Array.of(...head, ...content);
    const checksum = new Uint8Array(4);
    viewOf(checksum).setUint32(0, crc32Mpeg(section));
    // A pointer of 0, and stuffing to the end of the packet, which sections have instead of adaptation.
    const whole = concat(Uint8Array.of(0), section, checksum);
    const padded = new Uint8Array(Math.ceil(whole.length / 184) * 184).fill(0xff);
    padded.set(whole);
    return this.packets(pid, padded);
  }
}

/** CRC-32 with polynomial 0x04c11db7 from all ones, not reflected, in exact integers. */
function crc32Mpeg(bytes: Uint8Array): number {
  let sum = 0xffff_ffffn;
  for (const byte of bytes) {
    sum ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++) {
      const isHigh = (sum & 0x8000_0000n) !== 0n;
      sum = (sum << 1n & 0xffff_ffffn) ^ (isHigh ? 0x04c1_1db7n : 0n);
    }
  }
  return Number(sum);
}

export interface PesOptions {
  readonly pts?: number;
  readonly dts?: number;
  readonly stream?: number;
  /** Whether the packet says how long it is. */
  readonly hasLength?: boolean;
}

/** A PES packet; times wrap at 33 bits. */
export function pes(content: Uint8Array, { pts, dts, stream = 0xe0, hasLength }: PesOptions = {}) {
  const times = [
    ...(pts === undefined ? [] : timestamp(dts === undefined ? 2 : 3, pts)),
    ...(dts === undefined ? [] : timestamp(1, dts)),
  ];
  const flags = (pts === undefined ? 0 : 0x80) | (dts === undefined ? 0 : 0x40);
  const rest = [0x80, flags, times.length, ...times];
  const length = hasLength ? rest.length + content.length : 0;
  return concat(
    Uint8Array.of(0, 0, 1, stream, length >> 8, length & 0xff, ...rest),
    content,
  );
}

function timestamp(prefix: number, time: number): number[] {
  const value = BigInt(time) & 0x1_ffff_ffffn;
  const part = (shift: bigint, mask: bigint) => Number((value >> shift) & mask);
  return [
    prefix << 4 | part(30n, 7n) << 1 | 1,
    part(22n, 0xffn),
    part(15n, 0x7fn) << 1 | 1,
    part(7n, 0xffn),
    part(0n, 0x7fn) << 1 | 1,
  ];
}
