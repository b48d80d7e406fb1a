import { Counters } from "../shared/core/counters.ts";
import {
  type PageChange,
  type PageState,
  serializePageMessage,
  type ToPage,
} from "../shared/page/page.ts";
import type { DataMessage } from "../shared/data/data_message.ts";
import type { DataSetup } from "../shared/data/data_setup.ts";
import type { Millis } from "../shared/core/units.ts";
import { DataLog, type DataLogLimits, DataReader } from "./data_log.ts";
import {
  ScreenLog,
  type ScreenLogLimits,
  type ScreenMessages,
  ScreenReader,
} from "./screen_log.ts";

/** One WebSocket message: JSON text, sound, or a part of a frame of the screen or of live data. */
export type Outgoing = string | Uint8Array<ArrayBuffer>;

export interface HubOptions {
  /** The current state, for a page that is new or fell behind. */
  readonly snapshot: () => { readonly now: Millis; readonly state: PageState };
  readonly now: () => Millis;
  readonly maxPages?: number;
  readonly maxChanges?: number;
  readonly maxMediaBytes?: number;
  readonly screen?: Partial<ScreenLogLimits>;
  readonly data?: Partial<DataLogLimits>;
}

const MAX_PAGES = 64;
/** About half a minute of a match with many events. */
const MAX_CHANGES = 64;
/** About two seconds of sound at 256 kbit/s. */
const MAX_MEDIA_BYTES = 64 * 1024;

/** What slow pages lost, and pages that were refused. */
export type HubLoss =
  | "mediaDropped"
  | "framesDropped"
  | "messagesDropped"
  | "changesDropped"
  | "snapshotsResent"
  | "pagesRefused";

/**
 * Distributes messages to all pages, without I/O: the owner of a page's socket takes messages from its
 * {@linkcode PageQueue} as fast as the socket sends them. Every queue is bounded. A page that is too slow
 * loses the oldest sound first; when it has too many changes waiting as well, one new snapshot replaces
 * them all. Of the screen it loses what comes before the newest key frame, of live data whole messages. Other
 * pages are not affected.
 */
export class Hub {
  readonly losses = new Counters<HubLoss>();
  readonly #queues = new Set<PageQueue>();
  readonly #limits: Required<HubOptions>;
  readonly #screen: ScreenLog;
  readonly #data: DataLog;

  constructor(options: HubOptions) {
    this.#limits = {
      maxPages: MAX_PAGES,
      maxChanges: MAX_CHANGES,
      maxMediaBytes: MAX_MEDIA_BYTES,
      screen: {},
      data: {},
      ...options,
    };
    this.#screen = new ScreenLog(this.#limits.screen);
    this.#data = new DataLog(this.#limits.data);
  }

  /** The bytes of the screen that are held for all pages together. */
  get screenBytes(): number {
    return this.#screen.bytes;
  }

  /** The bytes of messages of live data that are held for all pages together. */
  get dataBytes(): number {
    return this.#data.bytes;
  }

  get pageCount(): number {
    return this.#queues.size;
  }

  /** Whether any page wants the sound. */
  get wantsMedia(): boolean {
    return this.#queues.values().some((queue) => queue.wantsMedia);
  }

  /**
   * Makes a queue for one more page, with the snapshot first; undefined when there are too many pages.
   *
   * @param onReady called when the queue has a message again after it was empty
   */
  join(onReady: () => void): PageQueue | undefined {
    if (this.#queues.size >= this.#limits.maxPages) {
      this.losses.add("pagesRefused");
      return undefined;
    }
    const { now } = this.#limits;
    const count = (loss: HubLoss) => (amount: number) => this.losses.add(loss, amount);
    const queue = new PageQueue(this.#limits, this.losses, {
      screen: () => new ScreenReader(this.#screen, count("framesDropped")),
      data: () => new DataReader(this.#data, count("messagesDropped"), now),
    }, onReady);
    this.#queues.add(queue);
    return queue;
  }

  leave(queue: PageQueue): void {
    this.#queues.delete(queue);
  }

  publish(changes: readonly PageChange[]): void {
    for (const change of changes) {
      const text = serializePageMessage(change);
      for (const queue of this.#queues) queue.pushChange(text);
    }
  }

  /** Sends all pages the whole state again, after something that a change can't express. */
  reset(): void {
    for (const queue of this.#queues) queue.startOver();
  }

  publishMedia(message: Uint8Array<ArrayBuffer>): void {
    for (const queue of this.#queues) if (queue.wantsMedia) queue.pushMedia(message);
  }

  /** Keeps the frame too, so that a page that opens later has a picture at once. */
  publishFrame(frame: ScreenMessages): void {
    this.#fill(() => this.#screen.push(frame));
  }

  /** Forgets the frames so far: the host has stopped sharing its screen. */
  clearScreen(): void {
    this.#screen.clear();
  }

  /** Keeps what a page that opens later needs of it. */
  publishData(message: DataMessage, now: Millis): void {
    this.#fill(() => this.#data.push(message, now));
  }

  publishDataSetup(setup: DataSetup): void {
    this.#fill(() => this.#data.setSetup(setup));
  }

  /** Forgets all live data: there is another broadcast. */
  clearData(): void {
    this.#fill(() => this.#data.clear());
  }

  /** Calls the owners of queues that were empty, and are not any more. */
  #fill(fill: () => void): void {
    const idle = [...this.#queues].filter(({ isEmpty }) => isEmpty);
    fill();
    for (const queue of idle) queue.wakeUp();
  }
}

/** A page's place in what is held for all pages. */
interface Reader {
  readonly isEmpty: boolean;
  take(): Uint8Array<ArrayBuffer> | undefined;
}

/** What a page wants or not, and is held for all pages together. */
export type Shared = "screen" | "data";

/** The messages that wait for one page. */
export class PageQueue {
  wantsMedia = false;
  #needsSnapshot = true;
  #changes: string[] = [];
  #media: Uint8Array<ArrayBuffer>[] = [];
  #mediaBytes = 0;
  /** Of what the page wants; the first is the one whose part comes next. */
  readonly #readers = new Map<Shared, Reader>();
  readonly #limits: Required<HubOptions>;
  readonly #losses: Counters<HubLoss>;
  readonly #newReaders: Readonly<Record<Shared, () => Reader>>;
  readonly #onReady: () => void;

  constructor(
    limits: Required<HubOptions>,
    losses: Counters<HubLoss>,
    newReaders: Readonly<Record<Shared, () => Reader>>,
    onReady: () => void,
  ) {
    this.#limits = limits;
    this.#losses = losses;
    this.#newReaders = newReaders;
    this.#onReady = onReady;
  }

  get isEmpty(): boolean {
    return !this.#needsSnapshot && this.#changes.length === 0 && this.#media.length === 0 &&
      this.#readers.values().every(({ isEmpty }) => isEmpty);
  }

  /** The next message: snapshot, changes, sound, then screen and data in turn; undefined when there is none. */
  take(): Outgoing | undefined {
    if (this.#needsSnapshot) {
      this.#needsSnapshot = false;
      const message: ToPage = { kind: "snapshot", ...this.#limits.snapshot() };
      return serializePageMessage(message);
    }
    const change = this.#changes.shift();
    if (change !== undefined) return change;
    const media = this.#media.shift();
    this.#mediaBytes -= media?.length ?? 0;
    return media ?? this.#takeShared();
  }

  #takeShared(): Uint8Array<ArrayBuffer> | undefined {
    for (const [name, reader] of [...this.#readers]) {
      const part = reader.take();
      if (!part) continue;
      this.#readers.delete(name);
      this.#readers.set(name, reader);
      return part;
    }
  }

  /** Sets whether the page wants the sound; if not, waiting sound is dropped. */
  setWantsMedia(wanted: boolean): void {
    this.wantsMedia = wanted;
    if (wanted) return;
    this.#media = [];
    this.#mediaBytes = 0;
  }

  /**
   * Sets whether the page wants the screen, which then begins with the last key frame, or live data, which begins
   * with the set-up and the last minutes.
   */
  setWants(shared: Shared, wanted: boolean): void {
    if (wanted === this.#readers.has(shared)) return;
    this.#filled(() =>
      wanted ? this.#readers.set(shared, this.#newReaders[shared]()) : this.#readers.delete(shared)
    );
  }

  /** To be called when something shared has come while the queue was empty. */
  wakeUp(): void {
    if (!this.isEmpty) this.#onReady();
  }

  pushChange(text: string): void {
    // The snapshot that is still to be made will include this change.
    if (this.#needsSnapshot) return;
    if (this.#changes.length >= this.#limits.maxChanges) {
      this.#losses.add("changesDropped", this.#changes.length + 1);
      this.#losses.add("snapshotsResent");
      return this.startOver();
    }
    this.#filled(() => this.#changes.push(text));
  }

  pushMedia(message: Uint8Array<ArrayBuffer>): void {
    this.#filled(() => this.#media.push(message));
    this.#mediaBytes += message.length;
    while (this.#mediaBytes > this.#limits.maxMediaBytes && this.#media.length > 0) {
      this.#mediaBytes -= this.#media.shift()!.length;
      this.#losses.add("mediaDropped");
    }
  }

  startOver(): void {
    this.#changes = [];
    this.#filled(() => this.#needsSnapshot = true);
  }

  #filled(fill: () => unknown): void {
    const wasEmpty = this.isEmpty;
    fill();
    if (wasEmpty) this.wakeUp();
  }
}
