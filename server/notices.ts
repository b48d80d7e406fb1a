/** What sources say, from before there is a broadcast to say it. */
export class Notices {
  readonly #waiting: string[] = [];
  #tell: ((text: string) => void) | undefined;

  say(text: string): void {
    if (this.#tell) this.#tell(text);
    else if (this.#waiting.length < 100) this.#waiting.push(text);
  }

  goTo(tell: (text: string) => void): void {
    this.#tell = tell;
    for (const text of this.#waiting.splice(0)) tell(text);
  }
}
