import {
  type BroadcastSettings,
  type BroadcastStore,
  type EntryBatch,
  type HostKeys,
  type LateSignatures,
  type StoredBlock,
  type StoredBroadcast,
  type StoredDirectory,
  type StoredEntry,
  type StoredTimeline,
  StoreError,
} from "../../server/origin/timeline/broadcast_store.ts";
import { serializeEvent, type TimelineEvent } from "../../shared/event/event.ts";

/** A store that outlives its host, as a disk does, and that can be made to fail. */
export class MemoryStore implements BroadcastStore {
  /** While set, nothing can be written, as on a full disk. */
  isFull = false;
  /** Called with each entry once it is stored. */
  onKept: (entry: TimelineEvent) => void = () => {};
  readonly entries: TimelineEvent[] = [];
  /** The numbers of entries that were stored together. */
  readonly batches: number[] = [];
  readonly #signatures = new Map<number, Uint8Array>();
  readonly #blocks = new Map<number, StoredBlock>();
  readonly #positions = new Map<string, number>();
  #settings: BroadcastSettings = {};
  #keys: HostKeys | undefined;
  #directory: StoredDirectory | undefined;

  constructor(readonly broadcastId = "0123456789abcdef") {}

  load(): StoredBroadcast {
    const { broadcastId } = this;
    const [keys, directory] = [this.#keys, this.#directory];
    return {
      broadcastId,
      settings: this.#settings,
      timeline: timelineOf(this.entries, this.#signatures, this.#blocks),
      ...(keys && { keys }),
      ...(directory && { directory }),
    };
  }

  append({ entries, blocks }: EntryBatch): void {
    this.#write();
    this.batches.push(entries.length);
    for (const { entry, signature, from } of entries) {
      this.entries.push(structuredClone(entry));
      if (signature) this.#signatures.set(entry.count, signature);
      if (from) this.#positions.set(from.source, from.position);
    }
    for (const block of blocks) this.#blocks.set(block.firstCount, block);
    for (const { entry } of entries) this.onKept(entry);
  }

  saveSignatures({ entries, blocks }: LateSignatures): void {
    this.#write();
    for (const { count, signature } of entries) this.#signatures.set(count, signature);
    for (const block of blocks) this.#blocks.set(block.firstCount, block);
  }

  /** Leaves what a store of the first version has: neither signatures nor blocks. */
  forgetSignatures(): void {
    this.#signatures.clear();
    this.#blocks.clear();
  }

  positionOf(source: string): number {
    return this.#positions.get(source) ?? 0;
  }

  saveSettings(settings: BroadcastSettings): void {
    this.#write();
    this.#settings = settings;
  }

  saveTeams(match: NonNullable<BroadcastSettings["match"]>): void {
    this.#write();
    this.#settings = { ...this.#settings, match };
  }

  saveKeys(keys: HostKeys): void {
    this.#write();
    this.#keys = keys;
  }

  saveDirectory(directory: StoredDirectory): void {
    this.#write();
    this.#directory = directory;
  }

  /** What listeners have reported. */
  readonly reportLines: string[] = [];
  readonly reports = {
    kept: () => [...this.reportLines],
    append: (line: string) => {
      this.#write();
      this.reportLines.push(line);
    },
    replace: (line: string) => {
      this.#write();
      this.reportLines.splice(0, Infinity, line);
    },
  };

  close(): void {}

  #write(): void {
    if (this.isFull) throw new StoreError("--db memory: the disk is full; make room");
  }
}

/** A stored timeline of these entries; without signatures and blocks it is one of the first version. */
export function timelineOf(
  all: readonly TimelineEvent[],
  signatures: ReadonlyMap<number, Uint8Array> = new Map(),
  blocks: ReadonlyMap<number, StoredBlock> = new Map(),
): StoredTimeline {
  const entries = [...all];
  const last = entries.at(-1);
  const lastOnClock = entries.findLast(({ event }) => event.supersedes === undefined);
  const unsigned = entries.find(({ count }) => !signatures.has(count));
  const ids = entries.map(({ event, count }) => [event.id, count] as const);
  const stored = (entry: TimelineEvent): StoredEntry => {
    const signature = signatures.get(entry.count);
    return { json: serializeEvent(entry), ...(signature && { signature }) };
  };
  return {
    count: entries.length,
    ...(last && { last }),
    ...(lastOnClock && { lastOnClock }),
    ids: new Map(ids.toReversed()),
    firstUnsigned: unsigned?.count ?? Infinity,
    blocks: [...blocks.values()],
    entriesFrom: (count) => entries.slice(count - 1).map(stored),
  };
}
