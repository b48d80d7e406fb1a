import { Subscribers } from "../../shared/driver/subscribers.ts";

const MAX_EARLY_TEXTS = 100;

/** Texts from the sources, for people. Those that come before the broadcast is open are kept until then. */
export class Notices {
  readonly #texts = new Subscribers<string>(MAX_EARLY_TEXTS);
  readonly #onWaiting: (text: string) => void;

  /** @param onWaiting called at once with what the opening waits for, since the broadcast has no outputs yet. */
  constructor(onWaiting: (text: string) => void = () => {}) {
    this.#onWaiting = onWaiting;
  }

  sayWaiting(text: string): void {
    if (this.#texts.hasBegun) this.#texts.tell(text);
    else this.#onWaiting(text);
  }

  say(text: string): void {
    this.#texts.tell(text);
  }

  /** From now on `tell` gets every text; first those that were kept. */
  goTo(tell: (text: string) => void): void {
    this.#texts.subscribe(tell);
  }
}
