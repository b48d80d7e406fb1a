import {
  type FragmentSample,
  serializeFileHeader,
  serializeFragment,
  TIMESCALE,
} from "./mp4_boxes.ts";
import { SampleUnits } from "./sample_units.ts";
import type { RecordedFormat } from "./screen_format.ts";
import type { RecordedFrame, ScreenStreamWriter } from "./screen_stream.ts";

/** A fragment ends with the first frame after this time at which it can; so little is lost with a kill. */
const FRAGMENT_TICKS = TIMESCALE;
/** A fragment also ends before it gets larger; one frame may be. */
const MAX_FRAGMENT_BYTES = 4 << 20;
const MAX_FRAGMENT_FRAMES = 1000;
/** Of a frame when nothing else is known. */
const USUAL_DURATION = TIMESCALE / 30;
const NOTHING = new Uint8Array(0);

interface Held {
  readonly data: Uint8Array;
  readonly isKey: boolean;
  readonly time: number;
}

/**
 * MP4 in fragments of about a second (ISO 14496-12 section 8.8): what is written can be played at any moment,
 * also when the program is killed.
 *
 * Not mediabunny 1.61: it begins a fragment only at a key frame, and writes nothing before the second one. The
 * screen may have no second key frame. It also keeps a record of each frame until the end.
 */
export class FragmentedMp4Writer implements ScreenStreamWriter {
  readonly #format: RecordedFormat;
  readonly #samples: SampleUnits;
  #held: Held[] = [];
  #heldBytes = 0;
  /** The latest time of a held frame. */
  #latest = -1;
  #number = 0;
  #lastDecodeTime = -1;

  constructor(format: RecordedFormat) {
    this.#format = format;
    this.#samples = new SampleUnits(format);
  }

  header(): Uint8Array {
    return serializeFileHeader(this.#format);
  }

  write({ frame, time }: RecordedFrame): Uint8Array {
    const held = { data: this.#samples.sampleOf(frame), isKey: frame.isKey, time };
    const fragment = this.#isDueBefore(held) ? this.#takeFragment(held) : NOTHING;
    this.#held.push(held);
    this.#heldBytes += held.data.length;
    this.#latest = Math.max(this.#latest, time);
    return fragment;
  }

  end(): Uint8Array {
    return this.#held.length > 0 ? this.#takeFragment() : NOTHING;
  }

  #isDueBefore({ data, time }: Held): boolean {
    if (this.#held.length === 0) return false;
    if (this.#heldBytes + data.length > MAX_FRAGMENT_BYTES) return true;
    if (this.#held.length >= MAX_FRAGMENT_FRAMES) return true;
    // Whatever is decoded after a frame that is shown later than all before it is shown later, too.
    return time > this.#latest && time - this.#held[0]!.time >= FRAGMENT_TICKS;
  }

  /** @param next the first frame of the next fragment. */
  #takeFragment(next?: Held): Uint8Array {
    const held = this.#held;
    const decodeTimes = this.#decodeTimesOf(held);
    const durations = decodeTimes.map((time, index) =>
      (decodeTimes[index + 1] ?? this.#endOf(held, decodeTimes, next)) - time
    );
    const samples = held.map(({ data, isKey, time }, index): FragmentSample => {
      const compositionOffset = time - decodeTimes[index]!;
      return { data, isKey, duration: durations[index]!, compositionOffset };
    });
    this.#held = [];
    this.#heldBytes = 0;
    this.#latest = -1;
    this.#lastDecodeTime = decodeTimes.at(-1)!;
    return serializeFragment(++this.#number, decodeTimes[0]!, samples);
  }

  /** Frames are decoded in the order in which they are held, at the times at which frames are shown. */
  #decodeTimesOf(held: readonly Held[]): number[] {
    const times = held.map(({ time }) => time).sort((one, other) => one - other);
    let last = this.#lastDecodeTime;
    return times.map((time) => last = Math.max(time, last + 1));
  }

  /** When the frame after the last is decoded; a guess at the end, and where frames are reordered. */
  #endOf(held: readonly Held[], decodeTimes: readonly number[], next: Held | undefined): number {
    const last = decodeTimes.at(-1)!;
    const isInOrder = held.every(({ time }, index) => time === decodeTimes[index]);
    if (next && isInOrder && next.time > last) return next.time;
    const before = decodeTimes.at(-2);
    return last + (before === undefined ? USUAL_DURATION : last - before);
  }
}
