/**
 * scripts/network: a simulated network, for the demo, the bench, the soak and the tests.
 *
 * Datagrams go in and come out later, once, twice or never; the counts say exactly what happened. This
 * file is one direction of a path, without I/O. relay.ts puts such paths between a host and listeners on
 * real sockets, and agreement.ts compares a listener's ledger with the counts. The next file to read is
 * relay.ts.
 */
import { viewOf } from "../../shared/core/bytes.ts";
import { SequenceUnwrapper } from "../../shared/core/seq.ts";
import { Ring } from "../../shared/core/ring.ts";
import { type Rng, SeededRng } from "../../shared/core/rng.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import { demux } from "../../shared/rtp/demux.ts";

/** Loss in bursts: the two-state model of Gilbert and Elliott. */
export interface BurstLoss {
  /** Chance per datagram that a good path turns bad. */
  readonly toBad: number;
  /** Chance per datagram that a bad path turns good; its inverse is the mean length of a burst. */
  readonly toGood: number;
  /** Chance that a datagram is lost while the path is bad. */
  readonly lossInBad: number;
}

/** What a path does to datagrams. Chances are in [0, 1], drawn for every datagram. */
export interface NetemOptions {
  readonly seed?: number;
  readonly loss?: number;
  readonly burst?: BurstLoss;
  readonly duplicate?: number;
  /** How much later the second copy leaves than the first. */
  readonly duplicateMillis?: Millis;
  /** Chance that a datagram is held back by `reorderMillis` while later ones pass it. */
  readonly reorder?: number;
  readonly reorderMillis?: Millis;
  readonly delayMillis?: Millis;
  /** Added delay, evenly distributed over [0, jitterMillis); it does not reorder. */
  readonly jitterMillis?: Millis;
  /** Which datagrams loss, duplication and reordering apply to; the delay applies to all. */
  readonly harms?: "everything" | "media";
}

/** What happened to the datagrams of one kind. */
export interface NetemCounts {
  /** Given to the network. */
  readonly offered: number;
  readonly lost: number;
  /** Left the network, second copies included. */
  readonly forwarded: number;
  /** Second copies that left. */
  readonly duplicated: number;
  /** First copies that left after a higher sequence number had (RFC 4737 section 3); RTP alone. */
  readonly reordered: number;
  /** Bytes of UDP payload that left. */
  readonly bytesForwarded: number;
}

/** The counts of a stream without any datagram. */
export const NOTHING: NetemCounts = {
  offered: 0,
  lost: 0,
  forwarded: 0,
  duplicated: 0,
  reordered: 0,
  bytesForwarded: 0,
};

/** What a path does with one datagram of a stream: known when the datagram is given to the path. */
export interface PacketFate {
  readonly ssrc: number;
  /** Unwrapped from the first packet of the stream that the path was given. */
  readonly sequence: ExtendedSequence;
  /** When the path was given the datagram. */
  readonly at: Millis;
  readonly isLost: boolean;
  readonly isDuplicated: boolean;
  /** Later datagrams may pass it. */
  readonly isHeldBack: boolean;
}

interface InFlight {
  readonly datagram: Uint8Array;
  readonly leavesAt: Millis;
}

/**
 * One direction of a network path, seeded and without I/O: datagrams are pushed in, and polled out when
 * they are due. It counts exactly what it did, so that ledgers can be compared with it. The same seed,
 * pushes and polls give the same run.
 */
export class Netem {
  /** While true, all datagrams are lost. */
  isCut = false;
  /** Datagrams for which this returns true are lost; for tests. */
  swallows: (datagram: Uint8Array) => boolean = () => false;
  /** Is told what becomes of each datagram of RTP. */
  watch: (fate: PacketFate) => void = () => {};
  #options: NetemOptions;
  readonly #rng: Rng;
  readonly #inFlight: InFlight[] = [];
  readonly #streams = new Map<number, StreamTally>();
  readonly #others = new Tally();
  #isBad = false;
  #lastLeavesAt: Millis = -Infinity;

  constructor(options: NetemOptions = {}) {
    this.#options = options;
    this.#rng = new SeededRng(options.seed ?? 1);
  }

  /**
   * Changes the path for datagrams that are pushed from now on. Those under way keep their times, and none overtakes
   * them because the delay has become shorter. The seed has no effect any more.
   */
  change(options: NetemOptions): void {
    this.#options = options;
  }

  /** Takes a copy of `datagram`, so the caller may reuse the buffer. */
  push(datagram: Uint8Array, now: Millis): void {
    const isMedia = isRtp(datagram);
    const tally = isMedia ? this.#stream(datagram) : this.#others;
    const fate = this.#draw(isMedia || this.#options.harms !== "media");
    const isLost = fate.isLost || this.isCut || this.swallows(datagram);
    tally.offered++;
    if (isMedia) this.#tell({ ...fate, isLost }, datagram, now);
    if (isLost) {
      tally.lost++;
      return;
    }
    const leavesAt = this.#leaveTime(fate, now);
    const copy = datagram.slice();
    this.#insert(copy, leavesAt);
    if (fate.isDuplicated) this.#insert(copy, leavesAt + (this.#options.duplicateMillis ?? 0));
  }

  /** All datagrams that are due, in order; the caller owns the buffers. */
  poll(now: Millis): Uint8Array[] {
    const due: Uint8Array[] = [];
    while (this.#inFlight.length > 0 && this.#inFlight[0]!.leavesAt <= now) {
      const { datagram } = this.#inFlight.shift()!;
      if (isRtp(datagram)) this.#stream(datagram).countForwardedMedia(datagram);
      else this.#others.countForwarded(datagram.length);
      due.push(datagram.slice());
    }
    return due;
  }

  /** When the next datagram is due; undefined while the path is empty. */
  get deadline(): Millis | undefined {
    return this.#inFlight[0]?.leavesAt;
  }

  /** The counts by SSRC, for streams with any datagram. */
  get streams(): ReadonlyMap<number, NetemCounts> {
    return new Map([...this.#streams].map(([ssrc, tally]) => [ssrc, tally.snapshot()]));
  }

  /** The counts of all that is not RTP: admission, RTCP, junk. Second copies count like others. */
  get others(): NetemCounts {
    return this.#others.snapshot();
  }

  /** Draws the same random numbers for every datagram, so that each option affects only itself. */
  #draw(isHarmed: boolean) {
    const { loss = 0, burst, duplicate = 0, reorder = 0, jitterMillis = 0 } = this.#options;
    const [lossDraw, turnDraw, burstDraw, duplicateDraw, reorderDraw, jitterDraw] = [
      this.#rng.float(),
      this.#rng.float(),
      this.#rng.float(),
      this.#rng.float(),
      this.#rng.float(),
      this.#rng.float(),
    ] as const;
    if (burst && isHarmed) {
      if (turnDraw < (this.#isBad ? burst.toGood : burst.toBad)) this.#isBad = !this.#isBad;
    }
    const isBurstLost = burst !== undefined && this.#isBad && burstDraw < burst.lossInBad;
    return {
      isLost: isHarmed && (lossDraw < loss || isBurstLost),
      isDuplicated: isHarmed && duplicateDraw < duplicate,
      isHeldBack: isHarmed && reorderDraw < reorder,
      jitter: jitterDraw * jitterMillis,
    };
  }

  #tell(
    { isLost, isDuplicated, isHeldBack }: Pick<
      PacketFate,
      "isLost" | "isDuplicated" | "isHeldBack"
    >,
    datagram: Uint8Array,
    at: Millis,
  ): void {
    const view = viewOf(datagram);
    const sequence = this.#stream(datagram).unwrapOffered(view.getUint16(2));
    const ssrc = view.getUint32(8);
    this.watch({ ssrc, sequence, at, isLost, isDuplicated: isDuplicated && !isLost, isHeldBack });
  }

  #leaveTime(fate: { isHeldBack: boolean; jitter: Millis }, now: Millis): Millis {
    const { delayMillis = 0, reorderMillis = 0 } = this.#options;
    const inOrder = Math.max(now + delayMillis + fate.jitter, this.#lastLeavesAt);
    if (fate.isHeldBack) return inOrder + reorderMillis;
    this.#lastLeavesAt = inOrder;
    return inOrder;
  }

  /** Keeps the queue sorted by the time of leaving; equal times keep their order. */
  #insert(datagram: Uint8Array, leavesAt: Millis): void {
    let index = this.#inFlight.length;
    while (index > 0 && this.#inFlight[index - 1]!.leavesAt > leavesAt) index--;
    this.#inFlight.splice(index, 0, { datagram, leavesAt });
  }

  #stream(datagram: Uint8Array): StreamTally {
    const ssrc = viewOf(datagram).getUint32(8);
    let tally = this.#streams.get(ssrc);
    if (!tally) this.#streams.set(ssrc, tally = new StreamTally());
    return tally;
  }
}

class Tally {
  offered = 0;
  lost = 0;
  forwarded = 0;
  duplicated = 0;
  reordered = 0;
  bytesForwarded = 0;

  countForwarded(bytes: number): void {
    this.forwarded++;
    this.bytesForwarded += bytes;
  }

  snapshot(): NetemCounts {
    const { offered, lost, forwarded, duplicated, reordered, bytesForwarded } = this;
    return { offered, lost, forwarded, duplicated, reordered, bytesForwarded };
  }
}

/** More packets than a path ever delays, fewer than half the sequence numbers. */
const REMEMBERED_PACKETS = 4096;
/** Packets in a block: one word with a bit for each packet. */
const BITS_IN_BLOCK = 5;

class StreamTally extends Tally {
  readonly #unwrapper = new SequenceUnwrapper();
  readonly #offered = new SequenceUnwrapper();
  /** Which packets of each block have left. */
  readonly #left = new Ring<number>(REMEMBERED_PACKETS >> BITS_IN_BLOCK);
  #highest: ExtendedSequence = -Infinity;

  unwrapOffered(sequenceNumber: number): ExtendedSequence {
    return this.#offered.unwrap(sequenceNumber);
  }

  countForwardedMedia(datagram: Uint8Array): void {
    const sequence = this.#unwrapper.unwrap(viewOf(datagram).getUint16(2));
    this.countForwarded(datagram.length);
    if (!this.#mark(sequence)) {
      this.duplicated++;
      return;
    }
    if (sequence < this.#highest) this.reordered++;
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** @returns whether the packet leaves for the first time. */
  #mark(sequence: ExtendedSequence): boolean {
    const block = sequence >> BITS_IN_BLOCK;
    // A shift takes its right side modulo 32, as the blocks do.
    const bit = 1 << sequence;
    const left = this.#left.get(block) ?? 0;
    this.#left.set(block, left | bit);
    return (left & bit) === 0;
  }
}

const RTP_HEADER_BYTES = 12;

function isRtp(datagram: Uint8Array): boolean {
  const kind = demux(datagram);
  return kind.ok && kind.value === "rtp" && datagram.length >= RTP_HEADER_BYTES;
}
