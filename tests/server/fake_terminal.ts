import type { Terminal } from "../../shared/core/machine.ts";

/** A terminal that remembers what was written. */
export class FakeTerminal implements Terminal {
  written = "";
  errors = "";

  constructor(readonly isTerminal = false, readonly color = false, readonly width = 80) {}

  out(text: string): void {
    this.written += text;
  }

  err(text: string): void {
    this.errors += text;
  }

  columns(): number {
    return this.width;
  }

  get lines(): string[] {
    return this.written.split("\n").slice(0, -1);
  }

  /** What stands on the screen at the end, with each rewritten line as it was last. */
  get screen(): string[] {
    return this.written.split("\n").map((line) => line.split("\r\x1b[2K").at(-1)!);
  }
}
