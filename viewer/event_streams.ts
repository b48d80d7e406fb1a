import { type JsonLine, lineOf, lineOfData, summaryLine } from "../client/console/json_lines.ts";
import type { ListenerOutput } from "../client/interface/output.ts";
import { dataLine } from "../client/playing/data/data_line.ts";
import { Counters } from "../shared/core/counters.ts";
import type { LedgerSnapshot } from "../shared/ledger/ledger.ts";
import { formatJsonLine } from "../shared/text/json_line.ts";

export interface EventStreamsOptions {
  /** The ledger at this moment, for the last line. */
  readonly ledger: () => LedgerSnapshot;
  readonly maxStreams?: number;
  /** The most that waits for one reader. */
  readonly maxBytes?: number;
}

const MAX_STREAMS = 32;
/** Some of the longest messages. */
const MAX_BYTES = 4 << 20;
/** As much as is given to a connection at once, if it is more than one event. */
const CHUNK_BYTES = 64 * 1024;

/** The kinds whose last line tells a new reader how things are, in this order. */
const PRESENT = ["joined", "connection", "data-setup", "data"] as const;
type Present = typeof PRESENT[number];

/** One event of a stream. */
interface Item {
  readonly kind: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();

/**
 * `/api/events`: the lines of `--json` as server-sent events (HTML Living Standard section 9.2); `event` is the kind
 * of the line, `data` the line. A stream begins with how things are: the last lines of the kinds of
 * {@linkcode PRESENT}. Each has a bounded queue. A reader that is too slow skips whole messages of live data first,
 * the oldest first, then statistics, then other lines; a comment in the stream says how many.
 */
export class EventStreams {
  readonly losses = new Counters<"eventsDropped" | "streamsRefused">();
  readonly #options: Required<EventStreamsOptions>;
  readonly #streams = new Set<EventStream>();
  readonly #present = new Map<Present, () => JsonLine>();
  #broadcastId: string | undefined;

  constructor(options: EventStreamsOptions) {
    this.#options = { maxStreams: MAX_STREAMS, maxBytes: MAX_BYTES, ...options };
  }

  get count(): number {
    return this.#streams.size;
  }

  /** @returns undefined when too many streams are open. */
  open(): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
    if (this.#streams.size >= this.#options.maxStreams) {
      this.losses.add("streamsRefused");
      return undefined;
    }
    const onDrop = () => this.losses.add("eventsDropped");
    const stream = new EventStream(this.#options.maxBytes, onDrop);
    for (const kind of PRESENT) {
      const line = this.#present.get(kind);
      if (line) stream.push(itemOf(line()));
    }
    this.#streams.add(stream);
    return stream.body(() => this.#streams.delete(stream));
  }

  publish(output: ListenerOutput): void {
    const line = this.#lineOf(output);
    if (!line) return;
    if (output.kind === "joined") this.#onBroadcast(output.info.broadcastId);
    const kind = PRESENT.find((kind) => kind === output.kind);
    if (kind) this.#present.set(kind, line);
    if (this.#streams.size === 0) return;
    const item = itemOf(line());
    for (const stream of this.#streams) stream.push(item);
  }

  /** A comment for streams with nothing to say, so that nothing on the way takes them to be dead. */
  beat(): void {
    for (const stream of this.#streams) stream.beat();
  }

  /** Ends all streams, after what waits for them. */
  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  /** Made only when somebody reads it. */
  #lineOf(output: ListenerOutput): (() => JsonLine) | undefined {
    if (output.kind === "data") {
      if (output.channel !== "data") return undefined;
      return () => lineOfData(dataLine(output.message.head));
    }
    if (output.kind === "ended") {
      return () => summaryLine({ ...output, ledger: this.#options.ledger() });
    }
    const line = lineOf(output);
    return line && (() => line);
  }

  /** The data of another broadcast says nothing of this one. */
  #onBroadcast(id: string): void {
    if (id === this.#broadcastId) return;
    this.#broadcastId = id;
    this.#present.delete("data-setup");
    this.#present.delete("data");
  }
}

function itemOf(line: JsonLine): Item {
  // A line of JSON ends with the end of line of the field.
  return {
    kind: line.kind,
    bytes: encoder.encode(`event: ${line.kind}\ndata: ${formatJsonLine(line)}\n`),
  };
}

/** What is left out first. */
const SPARE = ["data", "stats"];

/** One reader and its queue. */
class EventStream {
  readonly #maxBytes: number;
  readonly #onDrop: () => void;
  #waiting: Item[] = [];
  #bytes = 0;
  #leftOut = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(maxBytes: number, onDrop: () => void) {
    this.#maxBytes = maxBytes;
    this.#onDrop = onDrop;
  }

  push(item: Item): void {
    this.#waiting.push(item);
    this.#bytes += item.bytes.length;
    while (this.#bytes > this.#maxBytes) this.#dropOne();
    this.#wake();
  }

  beat(): void {
    if (this.#waiting.length === 0) this.push({ kind: "", bytes: encoder.encode(":\n\n") });
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  body(onCancel: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        while (this.#waiting.length === 0 && !this.#isClosed) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        for (const bytes of this.#take()) controller.enqueue(bytes);
        if (this.#isClosed && this.#waiting.length === 0) controller.close();
      },
      cancel: () => {
        this.close();
        onCancel();
      },
    }, { highWaterMark: 0 });
  }

  /** The next events, and first how many were left out before them. */
  #take(): Uint8Array<ArrayBuffer>[] {
    const taken: Uint8Array<ArrayBuffer>[] = [];
    if (this.#leftOut > 0) {
      const lines = this.#leftOut === 1 ? "1 line was" : `${this.#leftOut} lines were`;
      taken.push(encoder.encode(`: ${lines} left out, because this stream is read too slowly\n\n`));
    }
    this.#leftOut = 0;
    for (let bytes = 0; bytes < CHUNK_BYTES && this.#waiting.length > 0;) {
      const next = this.#waiting.shift()!;
      bytes += next.bytes.length;
      this.#bytes -= next.bytes.length;
      taken.push(next.bytes);
    }
    return taken;
  }

  /** The oldest message of live data, else the oldest statistics, else the oldest. */
  #dropOne(): void {
    const [spare = 0] = SPARE.map((kind) => this.#waiting.findIndex((item) => item.kind === kind))
      .filter((index) => index >= 0);
    const [dropped] = this.#waiting.splice(spare, 1);
    this.#bytes -= dropped!.bytes.length;
    this.#leftOut++;
    this.#onDrop();
  }
}
