import type { DataMessage } from "../../shared/data/data_message.ts";
import type { DataLines } from "../console/data_lines.ts";
import type { ListenerOutput } from "../interface/output.ts";
import { dataLine } from "../playing/data/data_line.ts";
import type { DataRecording } from "./data_recording.ts";

export interface DataOutOptions {
  readonly recording?: DataRecording;
  readonly lines?: DataLines;
  /** Whether people see the data; if not, they are told once how they can. */
  readonly isShown: boolean;
}

const HINT = "The host sends live data: streamer view shows it, --record-data FOLDER records it";

/** Gives the live data of a listener to a recording, to the lines of `--json`, to both or to none. */
export class DataOut {
  readonly #options: DataOutOptions;
  readonly #onNotice: (text: string) => void;
  #broadcastId: string | undefined;
  #hasHinted = false;

  constructor(options: DataOutOptions, onNotice: (text: string) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  onOutput(output: ListenerOutput): void {
    switch (output.kind) {
      case "joined":
        this.#onBroadcast(output.info.broadcastId);
        if (output.info.channels.some(({ channel }) => channel === "data")) this.#hint();
        return;
      case "channel-started":
        return output.channel === "data" ? this.#hint() : undefined;
      case "data":
        return output.channel === "data" ? this.#onMessage(output.message) : undefined;
    }
  }

  /** Resolves when the recording is written. */
  async close(): Promise<void> {
    this.#options.lines?.end();
    await this.#options.recording?.close();
  }

  #onMessage(message: DataMessage): void {
    const { recording, lines } = this.#options;
    const line = recording?.write(message) ?? dataLine(message.head);
    lines?.onMessage(line);
  }

  #onBroadcast(id: string): void {
    if (this.#broadcastId !== undefined && id !== this.#broadcastId) {
      this.#options.recording?.beginAnew();
    }
    this.#broadcastId = id;
  }

  #hint(): void {
    const { isShown, recording } = this.#options;
    if (isShown || recording || this.#hasHinted) return;
    this.#hasHinted = true;
    this.#onNotice(HINT);
  }
}
