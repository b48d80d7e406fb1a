import { viewOf } from "../../../shared/core/bytes.ts";
import { Counters } from "../../../shared/core/counters.ts";
import type { RtpTicks } from "../../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import { parseVp8Header } from "../../../shared/media/video/vp8.ts";
import { ByteQueue } from "./byte_queue.ts";
import { MAX_PICTURE_BYTES, type PictureFault, type Vp8Picture } from "./picture.ts";

/** The file header: DKIF, version (2), its own length (2), codec (4), size (4), rate (4), scale (4) … */
const MIN_FILE_HEADER_BYTES = 32;
const SIGNATURE = "DKIF";
const CODEC = "VP80";
/** A frame's header: its length (4) and its time (8), in units of scale / rate seconds. */
const FRAME_HEADER_BYTES = 12;

/** Why the bytes can't be used. */
export type IvfProblem =
  | { readonly kind: "not-ivf" }
  /** The codec's four letters, as "VP90". */
  | { readonly kind: "codec"; readonly codec: string };

/**
 * Reads the VP8 frames of an IVF file, given in chunks of any size. IVF has no sign by which to find the next
 * frame after damage: a wrong length makes all that follows nonsense.
 */
export class IvfReader {
  readonly #queue = new ByteQueue();
  #ticksPerUnit: number | undefined;
  #problem: IvfProblem | undefined;
  /** The rest of a frame that is too large. */
  #bytesToSkip = 0;
  #gapBefore = false;
  readonly faults = new Counters<PictureFault>();

  /** Known once the file's header was read. */
  get problem(): IvfProblem | undefined {
    return this.#problem;
  }

  /** Whether the bytes so far end within a frame. */
  get isTruncated(): boolean {
    return this.#queue.length > 0 || this.#bytesToSkip > 0;
  }

  push(chunk: Uint8Array): Vp8Picture[] {
    if (this.#problem !== undefined) return [];
    const skipped = Math.min(this.#bytesToSkip, chunk.length);
    this.#bytesToSkip -= skipped;
    this.#queue.append(chunk.subarray(skipped));
    if (this.#ticksPerUnit === undefined && !this.#readFileHeader()) return [];
    const pictures: Vp8Picture[] = [];
    while (this.#readFrame(pictures));
    return pictures;
  }

  /** @returns whether frames may follow. */
  #readFileHeader(): boolean {
    const { bytes } = this.#queue;
    const isIvf = SIGNATURE.startsWith(textOf(bytes.subarray(0, SIGNATURE.length)));
    if (isIvf && bytes.length < MIN_FILE_HEADER_BYTES) return false;
    const view = viewOf(bytes);
    const headerBytes = isIvf ? view.getUint16(6, true) : 0;
    if (headerBytes < MIN_FILE_HEADER_BYTES) return this.#refuse({ kind: "not-ivf" });
    if (bytes.length < headerBytes) return false;
    const codec = textOf(bytes.subarray(8, 12));
    if (codec !== CODEC) return this.#refuse({ kind: "codec", codec });
    const [rate, scale] = [view.getUint32(16, true), view.getUint32(20, true)];
    if (rate === 0 || scale === 0) return this.#refuse({ kind: "not-ivf" });
    this.#ticksPerUnit = SCREEN_CLOCK_RATE * scale / rate;
    this.#queue.drop(headerBytes);
    return true;
  }

  #refuse(problem: IvfProblem): false {
    this.#problem = problem;
    this.#queue.clear();
    return false;
  }

  /** @returns whether there may be another frame. */
  #readFrame(pictures: Vp8Picture[]): boolean {
    const { bytes } = this.#queue;
    if (bytes.length < FRAME_HEADER_BYTES) return false;
    const view = viewOf(bytes);
    const length = view.getUint32(0, true);
    if (length > MAX_PICTURE_BYTES) return this.#skip(length);
    const end = FRAME_HEADER_BYTES + length;
    if (bytes.length < end) return false;
    const ticks = Number(view.getBigUint64(4, true)) * this.#ticksPerUnit!;
    this.#takeFrame(bytes.slice(FRAME_HEADER_BYTES, end), Math.round(ticks), pictures);
    this.#queue.drop(end);
    return true;
  }

  /** An encoder that leaves out a picture may write an empty frame for it. */
  #takeFrame(bytes: Uint8Array, ticks: RtpTicks, pictures: Vp8Picture[]): void {
    if (bytes.length === 0) return;
    const header = parseVp8Header(bytes);
    if (header === undefined || !Number.isSafeInteger(ticks)) {
      this.faults.add("malformedPicture");
      this.#gapBefore = true;
      return;
    }
    pictures.push({ bytes, ticks, isKey: header.isKey, gapBefore: this.#gapBefore });
    this.#gapBefore = false;
  }

  #skip(length: number): boolean {
    this.faults.add("oversizedPicture");
    this.#gapBefore = true;
    const available = Math.min(this.#queue.length, FRAME_HEADER_BYTES + length);
    this.#queue.drop(available);
    this.#bytesToSkip = FRAME_HEADER_BYTES + length - available;
    return this.#bytesToSkip === 0;
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
