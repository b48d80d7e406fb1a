import { createHash } from "node:crypto";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { canonicalBytes } from "../../shared/media/video/screen_frame.ts";
import type { ListenerOutput } from "../interface/output.ts";
import { SpareLines } from "./spare_lines.ts";

type ShownFrame = Extract<ListenerOutput, { kind: "frame" }>;

export interface FrameLinesOptions {
  /** The time of day at a moment of the listener's own clock. */
  readonly timeOfDay: (at: Millis) => WallMillis;
  /** Told how many frames have no line, in words for people. */
  readonly onNotice: (text: string) => void;
}

/** The lines of `--frames`: one for each frame that is shown. */
export class FrameLines {
  readonly #lines: SpareLines;
  readonly #timeOfDay: FrameLinesOptions["timeOfDay"];

  constructor(terminal: Terminal, { timeOfDay, onNotice }: FrameLinesOptions) {
    this.#lines = new SpareLines(terminal, { one: "frame", many: "frames", onNotice });
    this.#timeOfDay = timeOfDay;
  }

  onFrame(output: ShownFrame): void {
    this.#lines.print(() => this.#lineOf(output));
  }

  /** Says what was left out and has not been said. */
  end(): void {
    this.#lines.end();
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
      shownAt: Math.round(this.#timeOfDay(at)),
    };
  }
}
