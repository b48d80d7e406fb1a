import { Counters } from "../shared/core/counters.ts";
import {
  type PageChange,
  type PageState,
  serializePageMessage,
  type ToPage,
} from "../shared/page/page.ts";
import type { Millis } from "../shared/core/units.ts";
import {
  ScreenLog,
  type ScreenLogLimits,
  type ScreenMessages,
  ScreenReader,
} from "./screen_log.ts";

/** One WebSocket message: JSON text, sound, or a part of a frame of the screen. */
export type Outgoing = string | Uint8Array<ArrayBuffer>;

export interface HubOptions {
  /** The current state, for a page that is new or fell behind. */
  readonly snapshot: () => { readonly now: Millis; readonly state: PageState };
  readonly maxPages?: number;
  readonly maxChanges?: number;
  readonly maxMediaBytes?: number;
  readonly screen?: Partial<ScreenLogLimits>;
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
  | "changesDropped"
  | "snapshotsResent"
  | "pagesRefused";

/**
 * Distributes messages to all pages, without I/O: the owner of a page's socket takes messages from its
 * {@linkcode PageQueue} as fast as the socket sends them. Every queue is bounded. A page that is too slow
 * loses the oldest sound first; when it has too many changes waiting as well, one new snapshot replaces
 * them all. Of the screen it loses what comes before the newest key frame. Other pages are not affected.
 */
export class Hub {
  readonly losses = new Counters<HubLoss>();
  readonly #queues = new Set<PageQueue>();
  readonly #limits: Required<HubOptions>;
  readonly #screen: ScreenLog;

  constructor(options: HubOptions) {
    this.#limits = {
      maxPages: MAX_PAGES,
      maxChanges: MAX_CHANGES,
      maxMediaBytes: MAX_MEDIA_BYTES,
      screen: {},
      ...options,
    };
    this.#screen = new ScreenLog(this.#limits.screen);
  }

  /** The bytes of the screen that are held for all pages together. */
  get screenBytes(): number {
    return this.#screen.bytes;
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
    const onDrop = (frames: number) => this.losses.add("framesDropped", frames);
    const newReader = () => new ScreenReader(this.#screen, onDrop);
    const queue = new PageQueue(this.#limits, this.losses, newReader, onReady);
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
    const idle = [...this.#queues].filter(({ isEmpty }) => isEmpty);
    this.#screen.push(frame);
    for (const queue of idle) queue.wakeUp();
  }

  /** Forgets the frames so far: the host has stopped sharing its screen. */
  clearScreen(): void {
    this.#screen.clear();
  }
}

/** The messages that wait for one page. */
export class PageQueue {
  wantsMedia = false;
  #needsSnapshot = true;
  #changes: string[] = [];
  #media: Uint8Array<ArrayBuffer>[] = [];
  #mediaBytes = 0;
  /** Undefined while the page does not want the screen. */
  #screen: ScreenReader | undefined;
  readonly #limits: Required<HubOptions>;
  readonly #losses: Counters<HubLoss>;
  readonly #newReader: () => ScreenReader;
  readonly #onReady: () => void;

  constructor(
    limits: Required<HubOptions>,
    losses: Counters<HubLoss>,
    newReader: () => ScreenReader,
    onReady: () => void,
  ) {
    this.#limits = limits;
    this.#losses = losses;
    this.#newReader = newReader;
    this.#onReady = onReady;
  }

  get isEmpty(): boolean {
    return !this.#needsSnapshot && this.#changes.length === 0 && this.#media.length === 0 &&
      (this.#screen?.isEmpty ?? true);
  }

  /** The next message: snapshot, changes, sound, then the screen; undefined when there is none. */
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
    return media ?? this.#screen?.take();
  }

  /** Sets whether the page wants the sound; if not, waiting sound is dropped. */
  setWantsMedia(wanted: boolean): void {
    this.wantsMedia = wanted;
    if (wanted) return;
    this.#media = [];
    this.#mediaBytes = 0;
  }

  /** Sets whether the page wants the screen, which then begins with the last key frame. */
  setWantsScreen(wanted: boolean): void {
    if (wanted === (this.#screen !== undefined)) return;
    this.#filled(() => this.#screen = wanted ? this.#newReader() : undefined);
  }

  /** To be called when a frame has come while the queue was empty. */
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
