import { Counters } from "../shared/core/counters.ts";
import type { AudioFormat, EncodedFrame } from "../shared/media/channel.ts";
import { isSameFormat } from "../client/playing/audio_format.ts";
import { createAudioStreamWriter } from "../client/playing/audio_stream.ts";

/** About three seconds of sound. */
const MAX_WAITING_FRAMES = 128;
const MAX_LISTENERS = 64;

/**
 * `/audio`: the sound as an endless response, for any player. Each response has a bounded queue of
 * frames; a slow reader loses the oldest whole frames, so that the rest stays playable.
 */
export class AudioRelay {
  readonly losses = new Counters<"framesDropped" | "listenersRefused">();
  #format: AudioFormat | undefined;
  readonly #responses = new Set<AudioResponse>();

  /** Sets the format; a new format ends the open responses, whose type is the old one. */
  setFormat(format: AudioFormat | undefined): void {
    if (format && this.#format && isSameFormat(format, this.#format)) return;
    this.#format = format;
    this.close();
  }

  /** A response body and its type; undefined when there is no sound, or too many readers. */
  open(): { readonly mimeType: string; readonly body: ReadableStream<Uint8Array> } | undefined {
    if (!this.#format) return undefined;
    if (this.#responses.size >= MAX_LISTENERS) {
      this.losses.add("listenersRefused");
      return undefined;
    }
    const response = new AudioResponse(
      this.#format,
      (count) => this.losses.add("framesDropped", count),
    );
    this.#responses.add(response);
    return {
      mimeType: response.mimeType,
      body: response.stream(() => this.#responses.delete(response)),
    };
  }

  publish(frames: readonly EncodedFrame[]): void {
    for (const response of this.#responses) response.push(frames);
  }

  close(): void {
    for (const response of this.#responses) response.close();
    this.#responses.clear();
  }
}

/** One response and its queue. */
class AudioResponse {
  readonly mimeType: string;
  readonly #writer;
  #waiting: EncodedFrame[] = [];
  #isClosed = false;
  #wake: () => void = () => {};
  readonly #onDrop: (count: number) => void;

  constructor(format: AudioFormat, onDrop: (count: number) => void) {
    this.#writer = createAudioStreamWriter(format);
    this.mimeType = this.#writer.mimeType;
    this.#onDrop = onDrop;
  }

  push(frames: readonly EncodedFrame[]): void {
    this.#waiting.push(...frames);
    const excess = this.#waiting.length - MAX_WAITING_FRAMES;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#onDrop(excess);
    }
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  stream(onCancel: () => void): ReadableStream<Uint8Array> {
    const header = this.#writer.header();
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (header.length > 0) controller.enqueue(header);
      },
      pull: async (controller) => {
        while (this.#waiting.length === 0 && !this.#isClosed) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#waiting.length > 0) controller.enqueue(this.#writer.write(this.#waiting));
        this.#waiting = [];
        if (this.#isClosed) controller.close();
      },
      cancel: () => {
        this.close();
        onCancel();
      },
    }, { highWaterMark: 1 });
  }
}
