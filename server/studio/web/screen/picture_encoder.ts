import type { Micros, Millis } from "../../../../shared/core/units.ts";

export interface PictureEncoderHandlers {
  onPicture(picture: EncodedScreenPicture): void;
  /** The encoder has failed, and takes no more. */
  onFailure(): void;
}

export interface EncodedScreenPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isKey: boolean;
  /** When it was captured. */
  readonly at: Micros;
  /** How long encoding took. */
  readonly encodeMillis: Millis;
}

/** WebCodecs' encoder. */
export class PictureEncoder {
  readonly #encoder: VideoEncoder;
  /** When each picture that is not encoded yet was given, by its time. */
  readonly #begun = new Map<Micros, Millis>();

  constructor({ onPicture, onFailure }: PictureEncoderHandlers) {
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        const at = chunk.timestamp;
        const encodeMillis = performance.now() - (this.#begun.get(at) ?? performance.now());
        this.#forget(at);
        onPicture({ bytes, isKey: chunk.type === "key", at, encodeMillis });
      },
      error: () => onFailure(),
    });
  }

  /** Pictures that wait to be encoded. */
  get queueSize(): number {
    return this.#encoder.encodeQueueSize;
  }

  /**
   * Begins, or goes on differently from the next picture on.
   * @throws DOMException for a configuration that the browser does not support.
   */
  configure(config: VideoEncoderConfig): void {
    if (this.#encoder.state !== "closed") this.#encoder.configure(config);
  }

  /** @param picture whose timestamp is when it was captured; it stays the caller's. */
  encode(picture: VideoFrame, isKey: boolean): void {
    if (this.#encoder.state !== "configured") return;
    this.#begun.set(picture.timestamp, performance.now());
    this.#encoder.encode(picture, { keyFrame: isKey });
  }

  close(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  /** An encoder may leave out a picture, and then says nothing of it. */
  #forget(upTo: Micros): void {
    for (const at of this.#begun.keys()) if (at <= upTo) this.#begun.delete(at);
  }
}

/** Which of them the browser says to support, the first; undefined without one. */
export async function firstSupported<Choice extends { readonly config: VideoEncoderConfig }>(
  choices: readonly Choice[],
): Promise<Choice | undefined> {
  for (const choice of choices) {
    const { supported } = await VideoEncoder.isConfigSupported(choice.config)
      .catch(() => ({ supported: false }));
    if (supported) return choice;
  }
}
