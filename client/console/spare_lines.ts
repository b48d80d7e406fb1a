import type { Terminal } from "../../shared/driver/machine.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";

export interface SpareLinesOptions {
  /** What a line is about: `frame` and `frames`. */
  readonly one: string;
  readonly many: string;
  /** Told how many have no line, in words for people. */
  readonly onNotice: (text: string) => void;
}

/**
 * Lines of JSON that come so often that some can be left out. While the reader of standard output is behind, none is
 * printed, so that other lines find room; how many is said when the reader has caught up.
 */
export class SpareLines {
  readonly #terminal: Terminal;
  readonly #options: SpareLinesOptions;
  #leftOut = 0;

  constructor(terminal: Terminal, options: SpareLinesOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** @param line makes the line, if it is printed. */
  print(line: () => object): void {
    const { reader } = this.#terminal;
    // Also not those that come before the reader's catching up has been noticed.
    if (this.#leftOut > 0 || reader?.isBehind) return this.#leaveOut();
    this.#terminal.out(formatJsonLine(line()));
  }

  /** Says what was left out and has not been said. */
  end(): void {
    if (this.#leftOut === 0) return;
    const { one, many, onNotice } = this.#options;
    const what = this.#leftOut === 1 ? `1 ${one} has` : `${this.#leftOut} ${many} have`;
    this.#leftOut = 0;
    onNotice(`${what} no line: standard output is read too slowly`);
  }

  #leaveOut(): void {
    this.#leftOut++;
    if (this.#leftOut === 1) this.#terminal.reader!.catchUp().then(() => this.end());
  }
}
