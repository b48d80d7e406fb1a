import type { ListenerOutput } from "../client/interface/output.ts";
import { type DataMessage, type ImageHead, openImage } from "../shared/data/data_message.ts";
import type { DataSetup } from "../shared/data/data_setup.ts";

/** A message that has a picture. */
export interface PictureMessage extends DataMessage {
  readonly head: DataMessage["head"] & { readonly image: ImageHead };
}

/** The last message of live data, the last picture, and what people are told of the values. In memory alone. */
export class DataStore {
  #latest: DataMessage | undefined;
  #picture: PictureMessage | undefined;
  /** The source's bytes of the last picture, once somebody has asked for them. */
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #setup: DataSetup | undefined;
  #broadcastId: string | undefined;

  /** The last message; undefined before the first. */
  get latest(): DataMessage | undefined {
    return this.#latest;
  }

  /** The last message that has a picture; not every message has one. */
  get picture(): PictureMessage | undefined {
    return this.#picture;
  }

  get setup(): DataSetup | undefined {
    return this.#setup;
  }

  /** The bytes of the last picture as the source gave them; undefined when they can't be inflated. */
  openPicture(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#bytes || !this.#picture) return this.#bytes;
    const opened = openImage(this.#picture);
    if (!opened.ok || !opened.value) return undefined;
    return this.#bytes = new Uint8Array(opened.value);
  }

  take(output: ListenerOutput): void {
    switch (output.kind) {
      case "joined":
        return this.#onBroadcast(output.info.broadcastId);
      case "data-setup":
        this.#setup = output.setup;
        return;
      case "data":
        if (output.channel === "data") this.#onMessage(output.message);
    }
  }

  /** The data of another broadcast is not that of this one. */
  #onBroadcast(id: string): void {
    if (id === this.#broadcastId) return;
    this.#broadcastId = id;
    this.#latest =
      this.#picture =
      this.#bytes =
      this.#setup =
        undefined;
  }

  #onMessage(message: DataMessage): void {
    this.#latest = message;
    const { image } = message.head;
    if (!image) return;
    this.#picture = { ...message, head: { ...message.head, image } };
    this.#bytes = undefined;
  }
}
