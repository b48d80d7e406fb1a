import { batch } from "@preact/signals";
import type { BroadcastList } from "../../../../shared/directory/forms.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { DirectoryModel } from "./model.ts";
import { NO_SECTIONS, refreshFound, refreshSections } from "./sections.ts";
import { foundWords } from "./words.ts";

/** What is asked of a directory: what its words find, or without words all that is on or begins. */
export interface ListWish {
  readonly text?: string;
  readonly state?: "soon";
}

export type ListAnswer =
  | { readonly ok: true; readonly list: BroadcastList }
  | { readonly ok: false; readonly retryAfterMillis?: Millis };

/** What the keeper needs of a browser; tests pass in their own. */
export interface ListAdapter {
  /** Resolves for a failure too; never rejects. */
  list(wish: ListWish, signal: AbortSignal): Promise<ListAnswer>;
  now(): Millis;
  /** @returns a function that cancels the call. */
  schedule(callback: () => void, delay: Millis): () => void;
  /** In [0, 1). */
  random(): number;
}

/** Hosts tell their score each 10 s. */
const REFRESH_MILLIS: Millis = 4000;
/** Somebody who types is not asked for at each letter. */
const TYPING_MILLIS: Millis = 120;
const FIRST_RETRY_MILLIS: Millis = 1000;
const LONGEST_RETRY_MILLIS: Millis = 30_000;

/** Keeps the list as it is at the directory, as long as somebody sees it. */
export class ListKeeper {
  readonly #model: DirectoryModel;
  readonly #adapter: ListAdapter;
  #asking = new AbortController();
  #cancelTimer = () => {};
  #isVisible = true;
  #failures = 0;
  /** The list is shown anew, without what is over: nobody reads it at this moment. */
  #isFresh = true;

  constructor(model: DirectoryModel, adapter: ListAdapter) {
    this.#model = model;
    this.#adapter = adapter;
  }

  /** Asks now, without waiting for the next time. */
  async refresh(): Promise<void> {
    this.#cancelTimer();
    this.#asking.abort();
    const asking = this.#asking = new AbortController();
    const text = this.#model.query.peek().trim();
    const answer = await this.#ask(text, asking.signal);
    if (asking.signal.aborted) return;
    if (!answer.ok) return this.#fail(answer.retryAfterMillis);
    this.#failures = 0;
    batch(() => this.#show(text, answer.list));
    this.#refreshIn(REFRESH_MILLIS);
  }

  /** Takes what is typed. */
  search(typed: string): void {
    const before = this.#model.query.peek().trim();
    this.#model.query.value = typed;
    if (typed.trim() === before) return;
    this.#isFresh = true;
    if (typed.trim() === "") this.#model.found.value = null;
    this.#refreshIn(TYPING_MILLIS);
  }

  /** A page that nobody sees asks for nothing. */
  setVisible(isVisible: boolean): void {
    if (isVisible === this.#isVisible) return;
    this.#isVisible = isVisible;
    this.#isFresh = true;
    if (isVisible) this.refresh();
    else this.#cancelTimer();
  }

  /** What begins soon stands behind all that is on, and may not be in the list. */
  async #ask(text: string, signal: AbortSignal): Promise<ListAnswer> {
    if (text !== "") return await this.#adapter.list({ text }, signal);
    const all = await this.#adapter.list({}, signal);
    if (!all.ok || all.list.next === undefined) return all;
    const soon = await this.#adapter.list({ state: "soon" }, signal);
    if (!soon.ok) return soon;
    const known = new Set(all.list.broadcasts.map(({ id }) => id));
    const others = soon.list.broadcasts.filter(({ id }) => !known.has(id));
    return { ok: true, list: { ...all.list, broadcasts: [...all.list.broadcasts, ...others] } };
  }

  #show(text: string, { broadcasts, next }: BroadcastList): void {
    const { link, hasMore, found, sections, announcement } = this.#model;
    const isWhole = next === undefined;
    link.value = { state: "open" };
    hasMore.value = !isWhole;
    if (text === "") {
      const shown = this.#isFresh ? NO_SECTIONS : sections.peek() ?? NO_SECTIONS;
      sections.value = refreshSections(shown, broadcasts, isWhole);
    } else {
      const shown = this.#isFresh ? [] : found.peek()?.broadcasts ?? [];
      found.value = { text, broadcasts: refreshFound(shown, broadcasts, isWhole) };
      if (this.#isFresh) announcement.value = foundWords(text, broadcasts.length, !isWhole);
    }
    this.#isFresh = false;
  }

  #fail(retryAfterMillis: Millis | undefined): void {
    const longest = Math.min(FIRST_RETRY_MILLIS * 2 ** this.#failures++, LONGEST_RETRY_MILLIS);
    // A random delay, so that pages that lost the directory together do not all ask at once.
    const delay = Math.max(retryAfterMillis ?? 0, longest * (0.5 + this.#adapter.random() / 2));
    this.#model.link.value = { state: "lost", retryAt: this.#adapter.now() + delay };
    this.#refreshIn(delay);
  }

  #refreshIn(delay: Millis): void {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    if (this.#isVisible) this.#cancelTimer = this.#adapter.schedule(() => this.refresh(), delay);
  }
}
