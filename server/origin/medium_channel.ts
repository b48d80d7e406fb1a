import type { Millis } from "../../shared/core/units.ts";
import type { NumberedStream, StreamPlan } from "./numbered_stream.ts";
import type { Medium } from "./start_and_end.ts";
import type { Streams } from "./streams.ts";

/** Sound or pictures, each of which waits until it is due. */
export interface TimedMedium extends Medium {
  /** @param at when the broadcast started. */
  start(at: Millis): void;
  /** No more will be pushed. */
  end(): void;
}

export interface MediumPlan<Format, Timed extends TimedMedium> {
  /** Absent when the channel begins later, or never. */
  readonly format: Format | undefined;
  /** Whether a medium is expected whose format is not known yet. */
  readonly isAwaited: boolean | undefined;
  readonly streams: Streams;
  readonly planOf: (format: Format) => StreamPlan;
  readonly create: (format: Format) => Timed;
}

/** A channel of sound or of a screen: it may be there from the beginning, begin later, end, and begin again. */
export class MediumChannel<Format, Timed extends TimedMedium> {
  readonly #plan: MediumPlan<Format, Timed>;
  #stream: NumberedStream | undefined;
  #medium: Timed | undefined;
  #isAwaited: boolean;

  constructor(plan: MediumPlan<Format, Timed>) {
    this.#plan = plan;
    const { format, isAwaited = false, streams, planOf } = plan;
    this.#isAwaited = isAwaited;
    if (format !== undefined) this.#begin(format, streams.open(planOf(format)));
  }

  /** Undefined when there is none, or none yet. */
  get medium(): Timed | undefined {
    return this.#medium;
  }

  /** Undefined when there is no such channel now. */
  get stream(): NumberedStream | undefined {
    return this.#stream;
  }

  /** Whether a medium is expected whose format is not known yet. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** @param startedAt when the broadcast started; undefined before. */
  open(format: Format, startedAt: Millis | undefined): void {
    if (this.#medium) return;
    const { streams, planOf } = this.#plan;
    this.#isAwaited = false;
    const medium = this.#begin(format, streams.begin(planOf(format)));
    if (startedAt !== undefined) medium.start(startedAt);
  }

  end(): void {
    this.#isAwaited = false;
    this.#medium?.end();
  }

  /** Its stream has ended. The medium may come back, so its end does not end the broadcast. */
  onStreamEnded(stream: NumberedStream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#medium = undefined;
    this.#isAwaited = true;
  }

  #begin(format: Format, stream: NumberedStream): Timed {
    this.#stream = stream;
    return this.#medium = this.#plan.create(format);
  }
}
