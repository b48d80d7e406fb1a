import type { RtpTicks } from "../shared/core/units.ts";

/** A frame of the screen, as the messages that carry its parts to a page. */
export interface ScreenMessages {
  readonly isKey: boolean;
  readonly ticks: RtpTicks;
  /** At least one. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

export interface ScreenLogLimits {
  readonly maxBytes: number;
  readonly maxFrames: number;
  /** A page that is further behind goes on at the newest key frame. */
  readonly maxBehind: RtpTicks;
}

const LIMITS: ScreenLogLimits = {
  // Twice the largest frame.
  maxBytes: 8 * 1024 * 1024,
  maxFrames: 4096,
  // One second.
  maxBehind: 90_000,
};
const NOWHERE = -1;

/**
 * The newest frames of the screen, held once for all pages: those since the last key frame, and before it those
 * that a page which is not too far behind still needs. Each page has its own place, a {@linkcode ScreenReader}.
 * Frames have positions, which count from 0 and never repeat.
 */
export class ScreenLog {
  readonly #limits: ScreenLogLimits;
  readonly #frames: ScreenMessages[] = [];
  #start = 0;
  #bytes = 0;
  #key = NOWHERE;

  constructor(limits: Partial<ScreenLogLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** The position of the oldest frame held. */
  get start(): number {
    return this.#start;
  }

  /** The position of the frame that comes next. */
  get end(): number {
    return this.#start + this.#frames.length;
  }

  /** The position of the newest key frame; -1 when it is not held. */
  get key(): number {
    return this.#key >= this.#start ? this.#key : NOWHERE;
  }

  get bytes(): number {
    return this.#bytes;
  }

  at(position: number): ScreenMessages | undefined {
    return this.#frames[position - this.#start];
  }

  /** Whether a page that still has to get this frame is too far behind the newest one. */
  isLate(position: number): boolean {
    const [frame, newest] = [this.at(position), this.#frames.at(-1)];
    return frame !== undefined && newest!.ticks - frame.ticks > this.#limits.maxBehind;
  }

  push(frame: ScreenMessages): void {
    if (frame.isKey) this.#key = this.end;
    this.#frames.push(frame);
    this.#bytes += sizeOf(frame);
    while (this.#isOverfull()) this.#bytes -= sizeOf(this.#shift());
  }

  /** Forgets every frame; a page that had them all goes on with the next frame. */
  clear(): void {
    this.#start = this.end;
    this.#frames.length = 0;
    this.#bytes = 0;
  }

  /** Never when the newest frame is alone, so that no frame pushes itself out. */
  #isOverfull(): boolean {
    if (this.#frames.length <= 1) return false;
    const { maxBytes, maxFrames } = this.#limits;
    if (this.#bytes > maxBytes || this.#frames.length > maxFrames) return true;
    return this.key > this.#start && this.isLate(this.#start);
  }

  #shift(): ScreenMessages {
    this.#start++;
    return this.#frames.shift()!;
  }
}

function sizeOf({ parts }: ScreenMessages): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/**
 * The place of one page in the log. It begins at the newest key frame, and goes on there when it is too far
 * behind; so a page gets only frames that it can decode.
 */
export class ScreenReader {
  readonly #log: ScreenLog;
  readonly #onDrop: (frames: number) => void;
  /** The position of the frame of which the next part is taken. */
  #next = NOWHERE;
  #part = 0;

  /** @param onDrop called with the number of frames that the page does not get, or not whole. */
  constructor(log: ScreenLog, onDrop: (frames: number) => void) {
    this.#log = log;
    this.#onDrop = onDrop;
  }

  get isEmpty(): boolean {
    return this.#upcoming() === undefined;
  }

  /** The next part; undefined while there is none, or no key frame to go on with. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const position = this.#upcoming();
    if (position === undefined) return undefined;
    if (position !== this.#next) this.#skipTo(position);
    const { parts } = this.#log.at(position)!;
    const part = parts[this.#part++];
    if (this.#part < parts.length) return part;
    this.#part = 0;
    this.#next++;
    return part;
  }

  #upcoming(): number | undefined {
    const { start, end, key } = this.#log;
    const isLost = this.#next < start;
    if (isLost || (key > this.#next && this.#log.isLate(this.#next))) {
      return key === NOWHERE ? undefined : key;
    }
    return this.#next < end ? this.#next : undefined;
  }

  #skipTo(position: number): void {
    if (this.#next !== NOWHERE) this.#onDrop(position - this.#next);
    this.#next = position;
    this.#part = 0;
  }
}
