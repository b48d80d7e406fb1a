import type { Terminal } from "../../shared/driver/machine.ts";
import type { DataLine } from "../playing/data/data_line.ts";
import { lineOfData } from "./json_lines.ts";
import { SpareLines } from "./spare_lines.ts";

/** The lines of `--json` about live data: one for each message that is shown. */
export class DataLines {
  readonly #lines: SpareLines;

  /** @param onNotice told how many messages have no line, in words for people. */
  constructor(terminal: Terminal, onNotice: (text: string) => void) {
    this.#lines = new SpareLines(terminal, {
      one: "message of live data",
      many: "messages of live data",
      onNotice,
    });
  }

  onMessage(line: DataLine): void {
    this.#lines.print(() => lineOfData(line));
  }

  /** Says what was left out and has not been said. */
  end(): void {
    this.#lines.end();
  }
}
