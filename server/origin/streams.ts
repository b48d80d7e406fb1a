import { MAX_CHANNELS } from "../../shared/admission/accept_body.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { ExtendedSequence } from "../../shared/core/units.ts";
import type { DownMessage } from "../link/down.ts";
import type { ServerOutput } from "../interface/output.ts";
import { type NumberedStream, StreamOpener, type StreamPlan } from "./numbered_stream.ts";

export interface StreamsOptions {
  readonly rng: Rng;
  /** The first sequence number of every stream, for tests; random otherwise. */
  readonly sequenceStart: ExtendedSequence | undefined;
  readonly send: (message: DownMessage) => void;
  readonly say: (output: ServerOutput) => void;
}

/** The streams that run, one for each channel. The edges are told as one begins and ends. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #opener: StreamOpener;
  readonly #streams = new Map<number, NumberedStream>();
  readonly #paused = new Set<number>();

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#opener = new StreamOpener(options.rng, options.sequenceStart);
  }

  /** In the order in which they began. */
  get all(): NumberedStream[] {
    return [...this.#streams.values()];
  }

  get(id: number): NumberedStream | undefined {
    return this.#streams.get(id);
  }

  /** @throws RangeError when {@linkcode MAX_CHANNELS} run already. */
  open(plan: StreamPlan): NumberedStream {
    if (this.#streams.size >= MAX_CHANNELS) {
      const text =
        `"${plan.name}" can't begin: ${MAX_CHANNELS} channels run already, and a listener`;
      throw new RangeError(`${text} can be told of no more; end one of them first`);
    }
    const stream = this.#opener.open(plan);
    this.#streams.set(stream.id, stream);
    this.#options.send(stream.setup);
    return stream;
  }

  /** As {@linkcode Streams.open}, for a channel that begins after the broadcast was opened: people are told. */
  begin(plan: StreamPlan): NumberedStream {
    const stream = this.open(plan);
    const { name, codec, ssrc } = stream.setup;
    this.#options.say({ kind: "channel-started", channel: name, codec, ssrc });
    return stream;
  }

  /** The source of a channel is gone and may come back, or is back. Nothing happens when that is known. */
  setPaused(id: number, isPaused: boolean): void {
    const stream = this.#streams.get(id);
    if (!stream || this.#paused.has(id) === isPaused) return;
    if (isPaused) this.#paused.add(id);
    else this.#paused.delete(id);
    const type = isPaused ? "channel-paused" : "channel-resumed";
    this.#options.send({ type, id });
    const { name, codec } = stream.setup;
    this.#options.say({ kind: type, channel: name, codec });
  }

  /** What an edge that begins now must be told of channels that pause. */
  get pauses(): DownMessage[] {
    return [...this.#paused].map((id) => ({ type: "channel-paused", id }));
  }

  /** @returns the stream that has ended; undefined when there is none with this id. */
  end(id: number): NumberedStream | undefined {
    const stream = this.#streams.get(id);
    if (!stream) return undefined;
    this.#streams.delete(id);
    this.#paused.delete(id);
    this.#options.send({ type: "channel-ended", id });
    const { name, codec, ssrc } = stream.setup;
    this.#options.say({ kind: "channel-ended", channel: name, codec, ssrc });
    return stream;
  }
}
