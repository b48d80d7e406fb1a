/** What sources say, from before there is a broadcast to say it. */
export class Notices {
  readonly #waiting: string[] = [];
  readonly #onWaiting: (text: string) => void;
  #tell: ((text: string) => void) | undefined;

  /** @param onWaiting told at once what the start waits for, as nobody else can be. */
  constructor(onWaiting: (text: string) => void = () => {}) {
    this.#onWaiting = onWaiting;
  }

  sayWaiting(text: string): void {
    if (this.#tell) this.#tell(text);
    else this.#onWaiting(text);
  }

  say(text: string): void {
    if (this.#tell) this.#tell(text);
    else if (this.#waiting.length < 100) this.#waiting.push(text);
  }

  goTo(tell: (text: string) => void): void {
    this.#tell = tell;
    for (const text of this.#waiting.splice(0)) tell(text);
  }
}
