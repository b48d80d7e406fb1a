import {
  type BroadcastSettings,
  type BroadcastStore,
  type HostKeys,
  type SourcePosition,
  type StoredBroadcast,
  StoreError,
} from "../../server/origin/timeline/broadcast_store.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";

/** A store that outlives its host, as a disk does, and that can be made to fail. */
export class MemoryStore implements BroadcastStore {
  /** While set, nothing can be written, as on a full disk. */
  isFull = false;
  /** Called with each entry once it is stored. */
  onKept: (entry: TimelineEvent) => void = () => {};
  readonly entries: TimelineEvent[] = [];
  readonly #positions = new Map<string, number>();
  #settings: BroadcastSettings = {};
  #keys: HostKeys | undefined;

  constructor(readonly broadcastId = "0123456789abcdef") {}

  load(): StoredBroadcast {
    const { broadcastId } = this;
    const keys = this.#keys;
    return {
      broadcastId,
      settings: this.#settings,
      entries: [...this.entries],
      ...(keys && { keys }),
    };
  }

  append(entry: TimelineEvent, from?: SourcePosition): void {
    this.#write();
    this.entries.push(structuredClone(entry));
    if (from) this.#positions.set(from.source, from.position);
    this.onKept(entry);
  }

  positionOf(source: string): number {
    return this.#positions.get(source) ?? 0;
  }

  saveSettings(settings: BroadcastSettings): void {
    this.#write();
    this.#settings = settings;
  }

  saveKeys(keys: HostKeys): void {
    this.#write();
    this.#keys = keys;
  }

  close(): void {}

  #write(): void {
    if (this.isFull) throw new StoreError("--db memory: the disk is full; make room");
  }
}
