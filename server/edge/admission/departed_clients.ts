import type { Millis } from "../../../shared/core/units.ts";
import { COOKIE_LIFETIME_MILLIS } from "./cookies.ts";

/** More leave in a cookie's lifetime only where a very large crowd goes at once. */
const MAX_REMEMBERED = 4096;

/** When clients left: a JOIN whose cookie is older than that is a stray copy, and lets nobody in again. */
export class DepartedClients {
  readonly #leftAt = new Map<string, Millis>();
  /** Until then some left who are not remembered: an older JOIN may be a copy of one of theirs. */
  #forgottenUntil: Millis = -Infinity;

  note(clientId: string, now: Millis): void {
    this.#leftAt.delete(clientId);
    this.#leftAt.set(clientId, now);
    for (const [oldest, leftAt] of this.#leftAt) {
      const isNeeded = now - leftAt <= COOKIE_LIFETIME_MILLIS;
      if (isNeeded && this.#leftAt.size <= MAX_REMEMBERED) break;
      this.#leftAt.delete(oldest);
      if (isNeeded) this.#forgottenUntil = leftAt;
    }
  }

  /** When it left, or may have at the latest; -Infinity for one that never did. */
  leftAt(clientId: string): Millis {
    return this.#leftAt.get(clientId) ?? this.#forgottenUntil;
  }
}
