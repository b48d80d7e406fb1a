// Past events: fetches the blocks of the timeline that this listener lacks.
//
// In:  ranges of counts to fetch; fragments of blocks (RTCP "PAST"); the time.
// Out: requests (RTCP "PREQ"), the next deadline, and verified entries in order of their counts.
//
// `missing_past.ts` says which entries a stream wants in blocks. All blocks are pulled through one window of
// fragments (`fetch_window.ts`), which leaves room for sound. Each block is put together in an `OpenBlock`, and
// `proofs.ts` keeps the host's signatures of what came. client/core/past_events.ts uses these parts together.
// Read fetch_window.ts next, then server/edge/past/past_answers.ts.

import type { JunkName } from "../../../shared/core/parsed.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  BLOCK_ENTRIES,
  blockStart,
  type PastEntry,
  readBlock,
} from "../../../shared/event/blocks.ts";
import type { PastFragment, PastRequest } from "../../../shared/rtcp/past_messages.ts";
import type { EventVerifier } from "../../../shared/secrecy/signed_event.ts";
import { FetchWindow } from "./fetch_window.ts";
import { OpenBlock } from "./open_block.ts";

/** Blocks that are wanted: more than a timeline has. */
const MAX_WANTED = 4096;
/** Blocks that are being fetched, or wait for an earlier one. */
const MAX_OPEN = 96;
/** Requests in one datagram. */
const MAX_REQUESTS = 32;
/** Before the first block came. */
const USUAL_FRAGMENTS = 4;
/** Free places of the window are used together, since each request is a datagram. */
const MOST_TOGETHER = 8;

export interface PastFetcherOptions {
  /** Absent when the broadcast is sent in clear. */
  readonly verifier: EventVerifier | undefined;
  /** Told of each block and fragment that is not the host's. */
  readonly onJunk: (name: JunkName) => void;
  /** Told of each verified block, with the host's signature, in any order: to keep the proof. */
  readonly onBlock?: (firstCount: number, block: Uint8Array) => void;
}

/** A fragment that was requested and has not come. */
interface UnderWay {
  readonly block: OpenBlock;
  readonly index: number;
  readonly requestedAt: Millis;
  readonly isRepeated: boolean;
}

/** Fetches past events in blocks. */
export class PastFetcher {
  readonly #options: PastFetcherOptions;
  readonly #window = new FetchWindow();
  /** The first counts of the blocks that were not given out, ascending. */
  readonly #wanted: number[] = [];
  readonly #open = new Map<number, OpenBlock>();
  /** In the order of the requests, by block and index. */
  readonly #underWay = new Map<number, UnderWay>();
  /** What was requested before, so that its arrival tells no round trip. */
  readonly #repeated = new Set<number>();
  #usual = USUAL_FRAGMENTS;
  /** When the latest request left whose fragment has come. */
  #cameFrom: Millis = -Infinity;
  #wakeAt: Millis = Infinity;

  constructor(options: PastFetcherOptions) {
    this.#options = options;
  }

  /** Whether everything wanted was given out. */
  get isIdle(): boolean {
    return this.#wanted.length === 0;
  }

  /** In fragments. */
  get windowSize(): number {
    return this.#window.size;
  }

  /** Blocks in memory. */
  get openCount(): number {
    return this.#open.size;
  }

  /** When to call {@linkcode poll}. */
  get deadline(): Millis {
    return this.#wakeAt;
  }

  /**
   * Fetches the full blocks that hold the counts `first` to `last`. Whole blocks are given out, with their other
   * entries. Counts that are wanted already change nothing.
   *
   * @returns false when some are not fetched because too many are wanted.
   */
  want(first: number, last: number): boolean {
    const known = new Set(this.#wanted);
    for (let count = blockStart(first); count <= last; count += BLOCK_ENTRIES) {
      if (known.has(count)) continue;
      if (this.#wanted.length >= MAX_WANTED) return false;
      this.#wanted.push(count);
    }
    this.#wanted.sort((one, other) => one - other);
    this.#wakeAt = -Infinity;
    return true;
  }

  /** @returns requests to be sent in one datagram; call until there are none. @param ssrc the listener's. */
  poll(ssrc: number, now: Millis): PastRequest[] {
    if (now < this.#wakeAt) return [];
    this.#noteTimeouts(now);
    const requests: PastRequest[] = [];
    let free = this.#free;
    for (const block of this.#askable(now)) {
      if (free <= 0 || requests.length === MAX_REQUESTS) break;
      const fragments = this.#notUnderWay(block).slice(0, free);
      if (fragments.length === 0) continue;
      free -= fragments.length;
      for (const index of fragments) this.#request(block, index, now);
      requests.push({ type: "pastRequest", ssrc, firstCount: block.firstCount, fragments });
    }
    this.#wakeAt = requests.length > 0 ? -Infinity : this.#nextWake();
    return requests;
  }

  onFragment(fragment: PastFragment, now: Millis): void {
    const block = this.#open.get(fragment.firstCount);
    if (!block || block.entries || block.has(fragment.index)) return;
    this.#noteArrival(keyOf(block, fragment.index), now);
    this.#wakeAt = -Infinity;
    if (!block.take(fragment, now)) return this.#options.onJunk("malformedBlock");
    this.#usual = fragment.fragmentCount;
    this.#dropBeyond(block, fragment.fragmentCount);
    const { bytes } = block;
    if (bytes) this.#finish(block, bytes, now);
  }

  /** Takes out the entries of the next block, if it is there; call until undefined. */
  take(): readonly PastEntry[] | undefined {
    const firstCount = this.#wanted[0];
    const entries = firstCount === undefined ? undefined : this.#open.get(firstCount)?.entries;
    if (!entries) return undefined;
    this.#open.delete(this.#wanted.shift()!);
    this.#wakeAt = -Infinity;
    return entries;
  }

  #finish(block: OpenBlock, bytes: Uint8Array, now: Millis): void {
    const entries = readBlock(bytes, this.#options.verifier);
    const isWanted = entries.ok && entries.value.length === BLOCK_ENTRIES &&
      entries.value[0]!.count === block.firstCount;
    if (isWanted) {
      this.#options.onBlock?.(block.firstCount, bytes);
      return block.finish(entries.value);
    }
    this.#options.onJunk(entries.ok ? "malformedBlock" : entries.junk);
    block.fail(now);
  }

  /** The blocks that may be asked for, the first wanted first; opens blocks while there is room. */
  *#askable(now: Millis): Generator<OpenBlock> {
    for (const [index, firstCount] of this.#wanted.entries()) {
      let block = this.#open.get(firstCount);
      if (!block) {
        if (this.#open.size >= MAX_OPEN && index > 0) return;
        block = new OpenBlock(firstCount);
        this.#open.set(firstCount, block);
      }
      if (block.waitsUntil <= now) yield block;
    }
  }

  /** How many fragments are to be requested; 0 while it is not worth a datagram. */
  get #free(): number {
    const free = this.#window.size - this.#underWay.size;
    const worthIt = Math.min(this.#window.size >> 2, MOST_TOGETHER);
    return this.#underWay.size === 0 || free >= worthIt ? free : 0;
  }

  #notUnderWay(block: OpenBlock): number[] {
    return block.missing(this.#usual).filter((index) => !this.#underWay.has(keyOf(block, index)));
  }

  #request(block: OpenBlock, index: number, requestedAt: Millis): void {
    const key = keyOf(block, index);
    this.#underWay.set(key, { block, index, requestedAt, isRepeated: this.#repeated.delete(key) });
  }

  #noteArrival(key: number, now: Millis): void {
    const underWay = this.#underWay.get(key);
    this.#repeated.delete(key);
    if (!underWay) return;
    this.#underWay.delete(key);
    const { requestedAt, isRepeated } = underWay;
    this.#window.onArrived(isRepeated ? undefined : now - requestedAt);
    if (isRepeated) return;
    this.#cameFrom = Math.max(this.#cameFrom, requestedAt);
    for (const [lateKey, late] of this.#underWay) {
      if (late.requestedAt + this.#window.reorderMillis >= this.#cameFrom) break;
      this.#lose(lateKey, late, now);
    }
  }

  #noteTimeouts(now: Millis): void {
    const silent = new Set<OpenBlock>();
    for (const [key, underWay] of this.#underWay) {
      if (underWay.requestedAt + this.#window.timeout > now) break;
      this.#lose(key, underWay, now);
      silent.add(underWay.block);
    }
    for (const block of silent) block.backOff(now);
  }

  #lose(key: number, { requestedAt }: UnderWay, now: Millis): void {
    this.#underWay.delete(key);
    this.#repeated.add(key);
    this.#window.onLost(requestedAt, now);
  }

  /** The block turned out to be shorter than usual. */
  #dropBeyond(block: OpenBlock, fragmentCount: number): void {
    for (let index = fragmentCount; this.#underWay.delete(keyOf(block, index)); index++);
  }

  #nextWake(): Millis {
    let wakeAt = Infinity;
    for (const { requestedAt } of this.#underWay.values()) {
      wakeAt = requestedAt + this.#window.timeout;
      break;
    }
    if (this.#free === 0) return wakeAt;
    for (const block of this.#open.values()) {
      if (this.#notUnderWay(block).length > 0) wakeAt = Math.min(wakeAt, block.waitsUntil);
    }
    return wakeAt;
  }
}

/** A block has fewer than 64 fragments. */
function keyOf({ firstCount }: OpenBlock, index: number): number {
  return firstCount * 64 + index;
}
