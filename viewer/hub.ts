import { Counters } from "../shared/core/counters.ts";
import {
  type PageChange,
  type PageState,
  serializePageMessage,
  type ToPage,
} from "../shared/page/page.ts";
import type { Millis } from "../shared/core/units.ts";

/** What goes into one WebSocket message: JSON, or sound. */
export type Outgoing = string | Uint8Array<ArrayBuffer>;

export interface HubOptions {
  /** The state as it stands, for a page that is new or fell behind. */
  readonly snapshot: () => { readonly now: Millis; readonly state: PageState };
  readonly maxPages?: number;
  readonly maxChanges?: number;
  readonly maxMediaBytes?: number;
}

const MAX_PAGES = 64;
/** Half a minute of a lively match. */
const MAX_CHANGES = 64;
/** About two seconds of sound at 256 kbit/s. */
const MAX_MEDIA_BYTES = 64 * 1024;

/** What pages lost by being slow. */
export type HubLoss = "mediaDropped" | "changesDropped" | "snapshotsResent" | "pagesRefused";

/**
 * Feeds many pages at once, without I/O: whoever owns a page's socket takes from its
 * {@linkcode PageFeed} as fast as that socket carries it. Every feed is bounded. A page that is too
 * slow loses sound first, oldest first; when changes pile up as well, they all give way to one fresh
 * snapshot. Other pages notice nothing.
 */
export class Hub {
  readonly losses = new Counters<HubLoss>();
  readonly #feeds = new Set<PageFeed>();
  readonly #limits: Required<HubOptions>;

  constructor(options: HubOptions) {
    this.#limits = {
      maxPages: MAX_PAGES,
      maxChanges: MAX_CHANGES,
      maxMediaBytes: MAX_MEDIA_BYTES,
      ...options,
    };
  }

  get pageCount(): number {
    return this.#feeds.size;
  }

  /** Whether a page wants the sound right now. */
  get wantsMedia(): boolean {
    return this.#feeds.values().some((feed) => feed.wantsMedia);
  }

  /**
   * A feed for one more page, its first message the snapshot; undefined when there are too many.
   *
   * @param onReady called whenever there is something to take after there was nothing
   */
  join(onReady: () => void): PageFeed | undefined {
    if (this.#feeds.size >= this.#limits.maxPages) {
      this.losses.add("pagesRefused");
      return undefined;
    }
    const feed = new PageFeed(this.#limits, this.losses, onReady);
    this.#feeds.add(feed);
    return feed;
  }

  leave(feed: PageFeed): void {
    this.#feeds.delete(feed);
  }

  publish(changes: readonly PageChange[]): void {
    for (const change of changes) {
      const text = serializePageMessage(change);
      for (const feed of this.#feeds) feed.pushChange(text);
    }
  }

  /** Pages get the whole state anew, for what changes can't express. */
  reset(): void {
    for (const feed of this.#feeds) feed.startOver();
  }

  publishMedia(message: Uint8Array<ArrayBuffer>): void {
    for (const feed of this.#feeds) if (feed.wantsMedia) feed.pushMedia(message);
  }
}

/** What one page has yet to get. */
export class PageFeed {
  wantsMedia = false;
  #needsSnapshot = true;
  #changes: string[] = [];
  #media: Uint8Array<ArrayBuffer>[] = [];
  #mediaBytes = 0;
  readonly #limits: Required<HubOptions>;
  readonly #losses: Counters<HubLoss>;
  readonly #onReady: () => void;

  constructor(limits: Required<HubOptions>, losses: Counters<HubLoss>, onReady: () => void) {
    this.#limits = limits;
    this.#losses = losses;
    this.#onReady = onReady;
  }

  get isEmpty(): boolean {
    return !this.#needsSnapshot && this.#changes.length === 0 && this.#media.length === 0;
  }

  /** The next message: state before changes before sound; undefined when there is none. */
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
    return media;
  }

  /** Whether the page plays the sound; what it no longer wants is forgotten. */
  setWantsMedia(wanted: boolean): void {
    this.wantsMedia = wanted;
    if (wanted) return;
    this.#media = [];
    this.#mediaBytes = 0;
  }

  pushChange(text: string): void {
    // A snapshot yet to be made will hold this change.
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
    if (wasEmpty) this.#onReady();
  }
}
