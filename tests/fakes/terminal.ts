import type { Terminal } from "../../shared/driver/machine.ts";

/** A terminal that keeps what is written, and gives the screen as a person sees it. */
export class FakeTerminal implements Terminal {
  written = "";
  errors = "";
  /** Text that may be left out when there is no room, since the next text replaces it. */
  readonly statuses: string[] = [];
  /** Until a command has written something: it loads what it needs only when it is given. */
  readonly begins: Promise<void>;
  #begin = () => {};

  constructor(readonly isTerminal = false, readonly color = false, readonly width = 80) {
    this.begins = new Promise((resolve) => this.#begin = resolve);
  }

  out(text: string, worth: "news" | "status" = "news"): void {
    this.written += text;
    this.#begin();
    if (worth === "status") this.statuses.push(text);
  }

  err(text: string): void {
    this.errors += text;
  }

  isUnicode = true;
  height = 24;

  columns(): number {
    return this.width;
  }

  rows(): number {
    return this.height;
  }

  /** The complete lines as they were written. */
  get lines(): string[] {
    return this.written.split("\n").slice(0, -1);
  }

  /** The lines on the screen without colours; the last one has the cursor. */
  get screen(): string[] {
    const lines = [""];
    // deno-lint-ignore no-control-regex -- terminals are made of them
    for (const part of this.written.split(/(\r\x1b\[2?K|\n|\x1b\[\d*m)/)) {
      if (part === "\n") lines.push("");
      else if (part.startsWith("\r\x1b")) lines[lines.length - 1] = "";
      else if (!part.startsWith("\x1b[")) lines[lines.length - 1] += part;
    }
    return lines;
  }
}
