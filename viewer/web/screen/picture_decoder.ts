import type { PageFrame } from "../../../shared/page/page_frame.ts";
import { type KeyFrameInfo, readKeyFrame } from "./decoder_config.ts";

export interface PictureDecoderOptions {
  /** The browser's decoder. */
  readonly create: (init: VideoDecoderInit) => VideoDecoder;
  /** A picture in the order of showing; the receiver closes it. */
  readonly onPicture: (picture: VideoFrame) => void;
  /** A key frame, before it is decoded. */
  readonly onKeyFrame: (info: KeyFrameInfo) => void;
  /** Whether frames are dropped until the next key frame. */
  readonly onWaiting: (isWaiting: boolean) => void;
  /** The browser can't decode these frames at all. */
  readonly onFailure: () => void;
}

/** With more frames than this undecoded, a key frame replaces them: the machine is too slow for all. */
const MAX_BEHIND_FRAMES = 30;
/** More undecoded than this is dropped up to the next key frame. A page that opens gets up to 8 MiB at once. */
const MAX_WAITING_FRAMES = 4096;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** A decoder that fails this often without a picture in between will not do better. */
const MAX_FAILURES_IN_A_ROW = 4;
const TICKS_PER_MILLI = 90;

/**
 * WebCodecs' decoder. It begins at a key frame, and after an error or when too much waits it goes on at the
 * next one: a delta frame without those before it decodes without an error to a wrong picture.
 */
export class PictureDecoder {
  /** Frames that came and gave no picture. */
  framesDropped = 0;
  readonly #options: PictureDecoderOptions;
  #decoder: VideoDecoder | undefined;
  /** The decoder's configuration, to compare; "" without one. */
  #config = "";
  #needsKey = true;
  #failures = 0;
  /** The lengths of the frames that wait in the decoder, oldest first. */
  #waiting: number[] = [];
  #waitingBytes = 0;
  /** Frames in the decoder whose pictures have not come out. */
  #pending = 0;

  constructor(options: PictureDecoderOptions) {
    this.#options = options;
  }

  /** Frames that wait to be decoded. */
  get waiting(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  push(frame: PageFrame): void {
    this.#forgetDecoded();
    if (frame.isKey) return this.#pushKey(frame);
    if (this.#needsKey) return void this.framesDropped++;
    const isTooMuch = this.#waiting.length >= MAX_WAITING_FRAMES ||
      this.#waitingBytes + frame.bytes.length > MAX_WAITING_BYTES;
    if (!isTooMuch) return this.#decode(frame);
    this.framesDropped++;
    this.#waitForKey();
  }

  /** Drops what waits, and goes on at the next key frame. */
  close(): void {
    this.framesDropped += this.#pending;
    this.#pending = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#needsKey = true;
    this.#config = "";
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder && decoder.state !== "closed") decoder.close();
  }

  #pushKey(frame: PageFrame): void {
    const info = readKeyFrame(frame);
    if (!info) return void this.framesDropped++;
    if (this.#waiting.length > MAX_BEHIND_FRAMES) this.close();
    this.#options.onKeyFrame(info);
    this.#configure(info.config);
    if (this.#needsKey) this.#options.onWaiting(false);
    this.#needsKey = false;
    this.#decode(frame);
  }

  /** Only when something has changed: a decoder that is configured begins anew. */
  #configure(config: VideoDecoderConfig): void {
    const text = JSON.stringify(config);
    if (text === this.#config) return;
    this.#decoder ??= this.#create();
    this.#config = text;
    this.#decoder.configure(config);
  }

  #create(): VideoDecoder {
    const decoder = this.#options.create({
      output: (picture) => this.#emit(picture, decoder),
      error: (error) => this.#fail(error, decoder),
    });
    return decoder;
  }

  #decode({ isKey, ticks, bytes }: PageFrame): void {
    if (this.#decoder?.state !== "configured") return;
    const timestamp = Math.round(ticks / TICKS_PER_MILLI * 1000);
    const type = isKey ? "key" : "delta";
    this.#decoder.decode(new EncodedVideoChunk({ type, timestamp, data: bytes }));
    this.#pending++;
    this.#waiting.push(bytes.length);
    this.#waitingBytes += bytes.length;
  }

  #forgetDecoded(): void {
    const decoded = this.#waiting.splice(0, this.#waiting.length - this.waiting);
    for (const length of decoded) this.#waitingBytes -= length;
  }

  #emit(picture: VideoFrame, decoder: VideoDecoder): void {
    if (decoder !== this.#decoder) return picture.close();
    this.#failures = 0;
    this.#pending--;
    this.#options.onPicture(picture);
  }

  #fail(error: DOMException, decoder: VideoDecoder): void {
    if (decoder !== this.#decoder) return;
    this.#failures++;
    this.#waitForKey();
    if (error.name === "NotSupportedError" || this.#failures >= MAX_FAILURES_IN_A_ROW) {
      this.#options.onFailure();
    }
  }

  #waitForKey(): void {
    this.close();
    this.#options.onWaiting(true);
  }
}
