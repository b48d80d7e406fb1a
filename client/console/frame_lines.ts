import { createHash } from "node:crypto";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { canonicalBytes } from "../../shared/media/video/screen_frame.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { ListenerOutput } from "../interface/output.ts";

type ShownFrame = Extract<ListenerOutput, { kind: "frame" }>;

export interface FrameLinesOptions {
  /** The time of day at a moment of the listener's own clock. */
  readonly timeOfDay: (at: Millis) => WallMillis;
  /** Told how many frames have no line, in words for people. */
  readonly onNotice: (text: string) => void;
}

/**
 * The lines of `--frames`: one for each frame that is shown. While the reader of standard output is behind, frames
 * get no line, so that other lines find room; how many is said when the reader has caught up.
 */
export class FrameLines {
  readonly #terminal: Terminal;
  readonly #options: FrameLinesOptions;
  #leftOut = 0;

  constructor(terminal: Terminal, options: FrameLinesOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  onFrame(output: ShownFrame): void {
    const { reader } = this.#terminal;
    // Also not those that come before the reader's catching up has been noticed.
    if (this.#leftOut > 0 || reader?.isBehind) return this.#leaveOut();
    this.#terminal.out(formatJsonLine(this.#lineOf(output)));
  }

  /** Says what was left out and has not been said. */
  end(): void {
    if (this.#leftOut === 0) return;
    const frames = this.#leftOut === 1 ? "1 frame has" : `${this.#leftOut} frames have`;
    this.#leftOut = 0;
    this.#options.onNotice(`${frames} no line: standard output is read too slowly`);
  }

  #leaveOut(): void {
    this.#leftOut++;
    if (this.#leftOut === 1) this.#terminal.reader!.catchUp().then(() => this.end());
  }

  #lineOf({ channel, frame, at }: ShownFrame): object {
    const bytes = canonicalBytes(frame);
    return {
      kind: "frame",
      channel,
      frame: frame.frameNumber,
      timestamp: frame.ticks,
      isKey: frame.isKey,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      shownAt: Math.round(this.#options.timeOfDay(at)),
    };
  }
}
