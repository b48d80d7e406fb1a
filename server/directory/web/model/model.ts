/**
 * server/directory/web/model: the state of the directory's page and the words for it, without a browser.
 *
 * In: lists of broadcasts (list_keeper.ts asks for them again and again), what is typed, and the time. Out: signals,
 * which the components only read. sections.ts keeps what is shown in its place, words.ts turns values into text,
 * join_words.ts says how one joins, http_source.ts asks over HTTP. Clock and HTTP are passed in, so tests need no
 * browser. The page of `view` without a link (viewer/web/directory) has the same state. The next file to read is
 * list_keeper.ts.
 */
import { computed, type Signal, signal } from "@preact/signals";
import type { Broadcast } from "../../../../shared/directory/forms.ts";
import type { WallMillis } from "../../../../shared/core/units.ts";
import type { Link } from "../../../../viewer/web/model/connection.ts";
import type { Sections } from "./sections.ts";

/** What was found, and for which words. */
export interface Found {
  readonly text: string;
  readonly broadcasts: readonly Broadcast[];
}

/** The state of the page, as signals for the components. */
export class DirectoryModel {
  readonly link: Signal<Link> = signal({ state: "connecting" });
  /** As it is typed. */
  readonly query = signal("");
  /** null until the first answer. */
  readonly sections: Signal<Sections | null> = signal(null);
  /** null when nothing is searched, or not found yet. */
  readonly found: Signal<Found | null> = signal(null);
  /** There are more than the list shows. */
  readonly hasMore = signal(false);
  /** The broadcast that somebody wants to join; the page then says how. */
  readonly chosen: Signal<Broadcast | null> = signal(null);
  /** For screen readers. */
  readonly announcement = signal("");
  readonly now: Signal<WallMillis>;

  readonly isSearching = computed(() => this.query.value.trim() !== "");

  constructor(now: WallMillis) {
    this.now = signal(now);
  }
}
