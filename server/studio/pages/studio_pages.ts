/*
 * What the studio's pages are told, and which of them drives.
 *
 * In: pages that open and close, rows of listeners, statistics. Out: messages for each page, which the owner of
 * its socket takes as fast as the page reads (page_queue.ts); a queue is bounded, and what a slow page loses is
 * counted. `StudioPages` (this file) holds the pages; listener_table.ts and sent_counts.ts make messages of what
 * the host's core says. Nothing here does I/O. Read page_queue.ts next.
 */

import { Counters } from "../../../shared/core/counters.ts";
import type { StudioToPage } from "../../../shared/studio/studio_messages.ts";
import { PageQueue } from "./page_queue.ts";

/** More than one host opens; each gets all messages. */
const MAX_PAGES = 8;
/** Of pages that another one took over from. */
const MAX_REPLACED = 64;

/** The pages that are open, and which of them drives. */
export class StudioPages {
  /** Pages that were refused, and messages that a slow page has lost. */
  readonly losses: Counters<"pageRefused" | "messageDropped"> = new Counters();
  /** Those who came first at the beginning. */
  readonly #pages = new Set<PageQueue>();
  #driver: PageQueue | undefined;
  /** Names of pages that another one took over from: when a whole browser stood still, they may be back first. */
  readonly #replaced = new Set<string>();

  /** Undefined when no page drives. */
  get driver(): PageQueue | undefined {
    return this.#driver;
  }

  get count(): number {
    return this.#pages.size;
  }

  /**
   * A page has opened. It drives if no other does, unless another one took over from it.
   *
   * @returns undefined when too many are open.
   */
  join(name: string | undefined, onReady: () => void): PageQueue | undefined {
    if (this.#pages.size >= MAX_PAGES) {
      this.losses.add("pageRefused");
      return undefined;
    }
    const onDrop = () => this.losses.add("messageDropped");
    const page = new PageQueue({ name, onReady, onDrop });
    this.#pages.add(page);
    if (name === undefined || !this.#replaced.has(name)) this.#driver ??= page;
    return page;
  }

  /**
   * A page is gone. If it drove, it may be back already: its old connection ends late when its machine or its
   * network stood still. So a page of the same name drives then, and no other.
   */
  leave(page: PageQueue): void {
    this.#pages.delete(page);
    if (page !== this.#driver) return;
    const { name } = page;
    const isSame = (other: PageQueue) => name !== undefined && other.name === name;
    this.#driver = [...this.#pages].findLast(isSame);
  }

  /** @returns the page that drove before, if it is another one. */
  takeOver(page: PageQueue): PageQueue | undefined {
    const former = this.#driver;
    this.#driver = page;
    if (page.name !== undefined) this.#replaced.delete(page.name);
    if (former === undefined || former === page) return undefined;
    if (former.name !== undefined && former.name !== page.name) this.#noteReplaced(former.name);
    return former;
  }

  #noteReplaced(name: string): void {
    this.#replaced.add(name);
    if (this.#replaced.size <= MAX_REPLACED) return;
    const [oldest] = this.#replaced;
    this.#replaced.delete(oldest!);
  }

  publish(message: StudioToPage): void {
    for (const page of this.#pages) page.push(message);
  }

  /** Tells every page whether it drives. */
  tellDriving(): void {
    const driver = this.#driver;
    for (const page of this.#pages) {
      const isOther = driver !== undefined && driver !== page;
      page.push({ kind: "driving", isDriving: driver === page, isOther });
    }
  }
}
