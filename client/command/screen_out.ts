import { isScreenCodec, type ScreenCodec } from "../../shared/media/channel.ts";
import type { FrameLines } from "../console/frame_lines.ts";
import type { ListenerOutput } from "../interface/output.ts";
import type { ScreenRecording } from "./screen_recording.ts";

export interface ScreenOutOptions {
  readonly recording?: ScreenRecording;
  readonly lines?: FrameLines;
  /** Whether people see the screen; if not, they are told once how they can. */
  readonly isShown: boolean;
}

const HINT = "The host shares a screen: streamer view shows it";

/** Gives the screen of a listener to a recording, to the lines of `--frames`, to both or to none. */
export class ScreenOut {
  readonly #options: ScreenOutOptions;
  readonly #onNotice: (text: string) => void;
  #broadcastId: string | undefined;
  #hasHinted = false;

  constructor(options: ScreenOutOptions, onNotice: (text: string) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  onOutput(output: ListenerOutput): void {
    switch (output.kind) {
      case "joined":
        this.#onBroadcast(output.info.broadcastId);
        for (const { channel, codec } of output.info.channels) {
          if (channel === "screen" && isScreenCodec(codec)) this.#onScreen(codec);
        }
        return;
      case "channel-started":
        if (output.channel !== "screen" || !isScreenCodec(output.codec)) return;
        return this.#onScreen(output.codec);
      case "frame":
        if (output.channel !== "screen") return;
        this.#options.lines?.onFrame(output);
        return this.#options.recording?.write(output.frame, output.at);
    }
  }

  /** Resolves when the recording is written. */
  async close(): Promise<void> {
    this.#options.lines?.end();
    await this.#options.recording?.close();
  }

  #onBroadcast(id: string | undefined): void {
    if (this.#broadcastId !== undefined && id !== this.#broadcastId) {
      this.#options.recording?.beginAnew();
    }
    this.#broadcastId = id;
  }

  #onScreen(codec: ScreenCodec): void {
    this.#options.recording?.announce(codec);
    if (this.#options.isShown || this.#hasHinted) return;
    this.#hasHinted = true;
    this.#onNotice(HINT);
  }
}
