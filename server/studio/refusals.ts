import { BoundedMap } from "../../shared/core/bounded_map.ts";
import { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { PageQueue } from "./pages/page_queue.ts";

/** A page that sends sound or pictures in vain is told so no more often; the host neither. */
const REFUSE_EVERY_MILLIS: Millis = 1000;
const WARN_EVERY_MILLIS: Millis = 60_000;

export const NOT_DRIVING = "Another page drives this broadcast: take over first";
export const NOT_A_MESSAGE =
  "A studio page sent what is no message of the studio: it is refused. Reload the page";

/** Messages of pages that are refused: counted by name, and said, but not for each picture. */
export class Refusals {
  readonly counts: Counters<JunkName | "notDriving" | "notBrowser"> = new Counters();
  /** When each page was last told that it sends in vain, and the host that there is no message. */
  readonly #refusedAt = new WeakMap<PageQueue, Millis>();
  readonly #warnedAt = new BoundedMap<string, Millis>(16);

  /** Refuses sound, a picture, or what has no id to be answered. */
  refuseMedium(
    page: PageQueue,
    why: "notDriving" | "notBrowser",
    text: string,
    now: Millis,
  ): void {
    this.counts.add(why);
    if (now - (this.#refusedAt.get(page) ?? -Infinity) < REFUSE_EVERY_MILLIS) return;
    this.#refusedAt.set(page, now);
    page.push({ kind: "answer", ok: false, text });
  }

  /** @returns whether the host is to be warned, too. */
  refuseJunk(page: PageQueue, name: JunkName, now: Millis): boolean {
    this.counts.add(name);
    page.push({ kind: "answer", ok: false, text: NOT_A_MESSAGE });
    if (now - (this.#warnedAt.get(name) ?? -Infinity) < WARN_EVERY_MILLIS) return false;
    this.#warnedAt.renew(name, now);
    return true;
  }
}
