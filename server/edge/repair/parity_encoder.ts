import type { ExtendedSequence } from "../../../shared/core/units.ts";
import { type Parity, ParitySum, type Protection } from "../../../shared/rtp/fec.ts";
import type { StreamPacket } from "../sending/packetizer.ts";

/** In the `rows` field: a row's parity without parity of columns. */
const ROW_ALONE = 0;
/** In the `rows` field: a row's parity, with parity of columns to follow (RFC 8627 section 4.2.2.2). */
const ROW_WITH_COLUMNS = 1;

/** Makes the parity packets of a stream, block after block (RFC 8627). */
export class ParityEncoder {
  readonly #protection: Protection;
  readonly #mediaSsrc: number;
  #base: ExtendedSequence | undefined;
  /** The packets of the block so far. */
  #count = 0;
  #columns: ParitySum[] = [];
  #row = new ParitySum();
  /** The packets of the block so far, if it may be closed before it is full. */
  #kept: Uint8Array[] = [];
  readonly #mayClose: boolean;

  /** @param mayClose whether {@linkcode close} is called. */
  constructor(protection: Protection, mediaSsrc: number, { mayClose = false } = {}) {
    this.#mayClose = mayClose;
    this.#protection = protection;
    this.#mediaSsrc = mediaSsrc;
  }

  /** Takes packets in the order of their numbers. @returns the parity that is complete with this packet. */
  push({ sequence, datagram }: StreamPacket): Parity[] {
    const { columns, rows, hasRowParity } = this.#protection;
    if (this.#base === undefined) this.#begin(sequence);
    const base = this.#base!;
    const column = this.#count % columns;
    this.#columns[column]!.add(datagram);
    this.#row.add(datagram);
    this.#count++;
    if (this.#mayClose) this.#kept.push(datagram);
    const whole: Parity[] = [];
    if (column === columns - 1) {
      const rowBase = sequence - columns + 1;
      if (hasRowParity) whole.push(this.#parity(this.#row, rowBase, ROW_WITH_COLUMNS));
      this.#row = new ParitySum();
    }
    if (this.#count > columns * (rows - 1)) {
      whole.push(this.#parity(this.#columns[column]!, base + column, rows));
    }
    if (this.#count === columns * rows) this.#base = undefined;
    return whole;
  }

  /** Whether a block has begun that is not full. */
  get isOpen(): boolean {
    return this.#base !== undefined;
  }

  /**
   * Ends the block before it is full, since its next packet would come too late. As many packets share a parity
   * packet as in a full block. Columns whose parity was complete are protected twice, which does no harm.
   *
   * @returns the parity of its packets.
   */
  close(): Parity[] {
    const base = this.#base;
    const packets = this.#kept;
    this.#base = undefined;
    this.#kept = [];
    if (base === undefined) return [];
    const columns = Math.ceil(packets.length / this.#protection.rows);
    return Array.from({ length: columns }, (_, column) => {
      const those = packets.filter((_packet, index) => index % columns === column);
      const sum = new ParitySum();
      for (const datagram of those) sum.add(datagram);
      const isAlone = those.length === 1;
      const shape = isAlone ? { columns: 1, rows: ROW_ALONE } : { columns, rows: those.length };
      return { mediaSsrc: this.#mediaSsrc, sequenceBase: base + column, ...shape, sum: sum.bytes };
    });
  }

  #begin(sequence: ExtendedSequence): void {
    this.#base = sequence;
    this.#count = 0;
    this.#kept = [];
    this.#columns = Array.from({ length: this.#protection.columns }, () => new ParitySum());
    this.#row = new ParitySum();
  }

  #parity(sum: ParitySum, sequenceBase: number, rows: number): Parity {
    const { columns } = this.#protection;
    return { mediaSsrc: this.#mediaSsrc, sequenceBase, columns, rows, sum: sum.bytes };
  }
}
