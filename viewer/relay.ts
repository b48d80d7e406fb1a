import type { ListenerOutput } from "../client/interface/output.ts";
import { audioFormatFrom } from "../client/playing/audio_format.ts";
import type { Millis } from "../shared/core/units.ts";
import type { ScreenFrame } from "../shared/media/video/screen_frame.ts";
import { serializePageFrame } from "../shared/page/page_frame.ts";
import { serializePageMedia } from "../shared/page/page_media.ts";
import type { AudioRelay } from "./audio_relay.ts";
import type { Hub } from "./hub.ts";
import type { PageModel } from "./model.ts";

export interface RelayOptions {
  readonly model: PageModel;
  readonly hub: Hub;
  readonly audio: AudioRelay;
  readonly now: () => Millis;
}

/** Passes a listener's outputs to the state, the pages and the players. */
export class Relay {
  readonly #options: RelayOptions;
  /** Counts the pieces of sound, whether or not a page wants them. */
  #soundNumber = 0;
  #broadcastId: string | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  take(output: ListenerOutput): void {
    const { hub, now } = this.#options;
    switch (output.kind) {
      case "audio":
        return output.channel === "audio" ? this.#onSound(output) : undefined;
      case "frame":
        return output.channel === "screen" ? this.#onFrame(output.frame) : undefined;
      case "data":
        return output.channel === "data" ? hub.publishData(output.message, now()) : undefined;
      case "data-setup":
        return hub.publishDataSetup(output.setup);
      default:
        return this.#onState(output);
    }
  }

  #onSound(output: Extract<ListenerOutput, { kind: "audio" }>): void {
    const { audio, hub } = this.#options;
    audio.publish(output.frames);
    const number = ++this.#soundNumber;
    if (!hub.wantsMedia || output.frames.length === 0) return;
    hub.publishMedia(serializePageMedia({ ...output, number }));
  }

  #onFrame(frame: ScreenFrame): void {
    const parts = serializePageFrame(frame);
    const { isKey, ticks } = frame;
    if (parts.length > 0) this.#options.hub.publishFrame({ isKey, ticks, parts });
  }

  #onState(output: ListenerOutput): void {
    const { model, hub, audio, now } = this.#options;
    if (output.kind === "joined") this.#onBroadcast(output.info.broadcastId);
    if (output.kind === "channel-ended" && output.channel === "screen") hub.clearScreen();
    const { changes, isReset } = model.apply(output, now());
    const format = audioFormatFrom(output);
    // Players go on with sound that has stopped and begins again in the same format.
    if (output.kind === "joined" || format) audio.setFormat(format);
    if (isReset) hub.reset();
    else hub.publish(changes);
  }

  /** The data of another broadcast is not that of this one. */
  #onBroadcast(id: string): void {
    if (id !== this.#broadcastId) this.#options.hub.clearData();
    this.#broadcastId = id;
  }
}
