import type { Millis } from "../../shared/core/units.ts";
import { GoodbyeSchedule } from "./goodbye_schedule.ts";

export interface EndingOptions {
  /** Whether no packet waits to leave. */
  readonly hasSentAll: () => boolean;
  /** How many listeners have not left. */
  readonly listenerCount: () => number;
  /** All packets have left: the goodbyes begin. */
  readonly close: () => void;
  readonly sayGoodbye: (reason: string, now: Millis) => void;
  /** Everybody has left, or had time to. */
  readonly onOver: (reason: string) => void;
}

/** The end of a broadcast: first the last packets leave, then goodbyes are said, then it is over. */
export class Ending {
  readonly #options: EndingOptions;
  #reason: string | undefined;
  #goodbyes: GoodbyeSchedule | undefined;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** Whether the origin has told of the end. */
  get isTold(): boolean {
    return this.#reason !== undefined;
  }

  get isSayingGoodbye(): boolean {
    return this.#goodbyes !== undefined;
  }

  get isOver(): boolean {
    return this.#goodbyes?.isOver ?? false;
  }

  /** When the next goodbye is due; Infinity before the first, which follows the last packet. */
  get deadline(): Millis {
    return this.#goodbyes?.deadline ?? Infinity;
  }

  begin(reason: string, now: Millis): void {
    this.#reason = reason;
    this.advance(now);
  }

  advance(now: Millis): void {
    const { hasSentAll, close } = this.#options;
    if (this.#reason === undefined || this.isOver) return;
    if (!this.#goodbyes) {
      if (!hasSentAll()) return;
      this.#goodbyes = new GoodbyeSchedule(this.#reason, now);
      close();
    }
    this.#sayGoodbyes(this.#goodbyes, now);
  }

  #sayGoodbyes(goodbyes: GoodbyeSchedule, now: Millis): void {
    const { listenerCount, sayGoodbye, onOver } = this.#options;
    const poll = () => goodbyes.poll(listenerCount(), now);
    for (let step = poll(); step; step = poll()) {
      if (step === "end") return onOver(goodbyes.reason);
      sayGoodbye(goodbyes.reason, now);
    }
  }
}
