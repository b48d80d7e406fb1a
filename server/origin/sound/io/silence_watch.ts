import type { Clock } from "../../../../shared/driver/clock.ts";
import type { Millis } from "../../../../shared/core/units.ts";

/** So long may bytes come that are no sound; with what else takes time it is told within 3 s. */
const PATIENCE_MILLIS: Millis = 2500;

/** How long a source has been giving bytes and no sound. Without a clock it never becomes too long. */
export class SilenceWatch {
  readonly #clock: Clock | undefined;
  #since: Millis | undefined;
  #wasTold = false;

  constructor(clock: Clock | undefined) {
    this.#clock = clock;
  }

  /** @param isSound whether the bytes that came last are sound, or may become it. */
  note(isSound: boolean): void {
    if (!isSound) {
      this.#since ??= this.#clock?.now();
      return;
    }
    this.#since = undefined;
    this.#wasTold = false;
  }

  get isTooLong(): boolean {
    return this.#since !== undefined && this.#clock!.now() >= this.#since + PATIENCE_MILLIS;
  }

  /** Whether it is to be told now: once each time it becomes too long. */
  takeWord(): boolean {
    const isNews = this.isTooLong && !this.#wasTold;
    this.#wasTold ||= isNews;
    return isNews;
  }

  /** @returns what `coming` gives; undefined when it becomes too long before that. */
  async within<Value>(coming: Promise<Value>): Promise<Value | undefined> {
    if (this.#since === undefined || this.#wasTold) return await coming;
    const waiting = new AbortController();
    const end = this.#clock!.sleepUntil(this.#since + PATIENCE_MILLIS, waiting.signal);
    try {
      return await Promise.race([coming, end.then(() => undefined)]);
    } finally {
      waiting.abort();
    }
  }
}
