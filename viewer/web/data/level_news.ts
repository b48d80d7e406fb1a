import type { Millis } from "../../../shared/core/units.ts";
import type { Level } from "../../../shared/data/data_setup.ts";

const WORDS: Readonly<Record<Level, string>> = {
  normal: "normal again",
  warn: "warning",
  alarm: "alarm",
};
/** Screen readers are told of changes no more often. */
const SHORTEST_MILLIS: Millis = 3000;
const MOST_NAMED = 3;

/** Tells screen readers which values passed their limits, in one sentence for all that did meanwhile. */
export class LevelNews {
  /** What was told last; absent for normal. */
  readonly #told = new Map<string, Level>();
  readonly #changed = new Map<string, { readonly title: string; readonly level: Level }>();
  readonly #announce: (sentence: string) => void;
  #toldAt: Millis = -Infinity;

  constructor(announce: (sentence: string) => void) {
    this.#announce = announce;
  }

  note(name: string, title: string, level: Level): void {
    if (level === (this.#told.get(name) ?? "normal")) this.#changed.delete(name);
    else this.#changed.set(name, { title, level });
  }

  tell(now: Millis): void {
    if (this.#changed.size === 0 || now - this.#toldAt < SHORTEST_MILLIS) return;
    this.#toldAt = now;
    const news = [...this.#changed.values()].map(({ title, level }) => `${title}: ${WORDS[level]}`);
    for (const [name, { level }] of this.#changed) {
      if (level === "normal") this.#told.delete(name);
      else this.#told.set(name, level);
    }
    this.#changed.clear();
    const more = news.length - MOST_NAMED;
    const named = news.slice(0, MOST_NAMED).join(", ");
    this.#announce(more > 0 ? `${named}, and ${more} more` : named);
  }
}
