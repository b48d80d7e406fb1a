import type { Terminal } from "../../shared/driver/machine.ts";

/** A terminal that keeps what is written, and can show the screen as a person sees it. */
export class FakeTerminal implements Terminal {
  written = "";
  errors = "";
  /** What of it may be left out for want of room, since the next one makes up for it. */
  readonly statuses: string[] = [];

  constructor(readonly isTerminal = false, readonly color = false, readonly width = 80) {}

  out(text: string, worth: "news" | "status" = "news"): void {
    this.written += text;
    if (worth === "status") this.statuses.push(text);
  }

  err(text: string): void {
    this.errors += text;
  }

  columns(): number {
    return this.width;
  }

  /** The lines as they were written, without one that has no end yet. */
  get lines(): string[] {
    return this.written.split("\n").slice(0, -1);
  }

  /** The lines on screen, the last one being where the cursor stands; colours are left out. */
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
