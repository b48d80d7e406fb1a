import type { Clock } from "../../../shared/driver/clock.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { ExamineJoin } from "../../interface/output.ts";
import type { Examined, JoinExaminer } from "../../tokens/token_examiner.ts";

/** Then what waits in the socket is read: repeated JOINs and reports of those who are in must not fill it. */
const AT_A_STRETCH_MILLIS: Millis = 2;

export interface JoinExaminationsOptions {
  readonly examiner: JoinExaminer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onExamined: (id: number, examined: Examined) => void;
}

/** Examines the JOINs that the core asks for, in their order, and gives way to all else in between. */
export class JoinExaminations {
  readonly #options: JoinExaminationsOptions;
  /** Bounded by the core, which asks for few at a time. */
  readonly #asked: ExamineJoin[] = [];
  #isAtWork = false;

  constructor(options: JoinExaminationsOptions) {
    this.#options = options;
  }

  push(asked: ExamineJoin): void {
    this.#asked.push(asked);
    if (!this.#isAtWork) void this.#work();
  }

  /** Gives way after the last one too: a JOIN that comes at once after it is no reason to read no further. */
  async #work(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#isAtWork = true;
    while (this.#asked.length > 0) {
      const until = clock.now() + AT_A_STRETCH_MILLIS;
      while (this.#asked.length > 0 && clock.now() < until) await this.#examineNext();
      await clock.giveWay(signal);
    }
    this.#isAtWork = false;
  }

  async #examineNext(): Promise<void> {
    const { examiner, onExamined } = this.#options;
    const { id, join } = this.#asked.shift()!;
    onExamined(id, await examiner.examine(join));
  }
}
