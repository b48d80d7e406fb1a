import type { Millis } from "../../shared/core/units.ts";
import type { FindingStep, HostSearch } from "../finding/host_finder.ts";
import type { ListenerOutput } from "../interface/output.ts";

export interface HostSeekingOptions extends HostSearch {
  readonly now: () => Millis;
  /** The session joins there from now on. */
  readonly join: (step: Extract<FindingStep, { kind: "join" }>) => void;
}

/** Carries out what a `HostFinder` decides. */
export class HostSeeking {
  readonly #options: HostSeekingOptions;

  constructor(options: HostSeekingOptions) {
    this.#options = options;
  }

  onOutput(output: ListenerOutput): void {
    const { finder, now } = this.#options;
    if (output.kind !== "connection") return;
    finder.onState(output.state, now());
    this.advance();
  }

  /** To be called about once a second. */
  advance(): void {
    const { finder, now, join } = this.#options;
    for (let step = finder.poll(now()); step; step = finder.poll(now())) {
      if (step.kind === "join") join(step);
      else this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { finder, ask, now } = this.#options;
    finder.onGrant(await ask(), now());
    this.advance();
  }
}
