/*
 * Where live data comes from: the source of `--data`, opened and read.
 *
 * In: a location (location.ts): NDJSON from a file, a pipe, standard input or a web server (line_arrivals.ts,
 * http_arrivals.ts), messages of a WebSocket server, an MQTT broker or a NATS server, bsread over ZeroMQ.
 * Out: a `DataSource` with checked messages in their order, what people are told of their values, and notices.
 *
 * Each kind of source gives arrivals (arrivals.ts). Network sources are connected again for ever
 * (reconnecting.ts). Pictures in files and at addresses are read by image_loader.ts, the file of `--data-setup` by
 * setup_file.ts; simulated_source.ts needs no location. Read next: reconnecting.ts.
 */

import { dirname } from "node:path";
import { waitingText } from "../../../../shared/core/pipe_waiting.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { DataSetup } from "../../../../shared/data/data_setup.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { openForReading } from "../../io/open_for_reading.ts";
import { describeFileProblem } from "../../io/bytes/open_bytes.ts";
import { BadMessages } from "../bad_messages.ts";
import { type CheckedMessage, type LoadedDraft, MessageCheck } from "../message_check.ts";
import { type DraftResult, readMessageDraft } from "../message_draft.ts";
import { BsreadReader } from "../zeromq/bsread.ts";
import { type Arrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";
import { readHttp } from "./http_arrivals.ts";
import { loadImage } from "./image_loader.ts";
import { readLines } from "./line_arrivals.ts";
import { dataError, type DataLocation, nameOf, parseDataLocation } from "./location.ts";
import { readNats } from "./nats_arrivals.ts";
import { type Connect, readReconnecting } from "./reconnecting.ts";
import { readWebSocket } from "./websocket_arrivals.ts";
import { readZmq } from "./zmq_arrivals.ts";

export interface SourceCounts {
  /** Messages that came, bad ones included. */
  readonly received: number;
  /** Messages that were refused: wrong in themselves, or against the set-up. */
  readonly refused: number;
  /** Messages that came faster than they could be read. */
  readonly dropped: number;
}

export interface DataSource {
  /**
   * `file`: nothing is lost when it is read slowly. `pipe`: its writer waits while it is read slowly. `network`:
   * it goes on while it is not read, and comes back when it was away, so it never ends. `simulation`: it makes a
   * message when it is read, and never ends.
   */
  readonly kind: "file" | "pipe" | "network" | "simulation";
  /** What people are told of the values, as far as it is known. */
  readonly setup: DataSetup;
  readonly counts: SourceCounts;
  /** Called with each new set-up, before the message that it belongs to is given out. */
  onSetup?: (setup: DataSetup) => void;
  /** Called with a line for the host. */
  onNotice?: (text: string) => void;
  /**
   * The messages that may be sent, in order, until the source ends. Read once.
   *
   * @throws CommandError when a file can't be read on.
   */
  messages(): AsyncIterable<CheckedMessage>;
}

export interface DataSourceOptions {
  readonly clock: Clock;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Of `--data-setup`. */
  readonly setup?: DataSetup;
  /** Called with one line when no program writes to a named pipe yet. */
  readonly onWaiting?: (text: string) => void;
}

/** A connection that sees nothing of its other end's loss is given up after this time without a message. */
const SILENCE_MILLIS: Millis = 120_000;

/**
 * Opens the source of `--data`. A network source need not be there yet.
 *
 * @throws CommandError when the location is wrong, or a file can't be opened.
 */
export async function openDataSource(
  location: string,
  options: DataSourceOptions,
): Promise<DataSource> {
  const parsed = parseDataLocation(location);
  const source = new CheckedSource(location, parsed, options);
  await source.open();
  return source;
}

class CheckedSource implements DataSource {
  readonly kind: "file" | "pipe" | "network";
  readonly #name: string;
  readonly #given: string;
  readonly #location: DataLocation;
  readonly #options: DataSourceOptions;
  readonly #check: MessageCheck;
  readonly #bsread = new BsreadReader();
  readonly #bad = new BadMessages((text) => this.#say(`${this.#name}: ${text}`));
  #received = 0;
  #dropped = 0;
  #file: ReadableStream<Uint8Array> | undefined;
  onSetup?: (setup: DataSetup) => void;
  onNotice?: (text: string) => void;

  constructor(given: string, location: DataLocation, options: DataSourceOptions) {
    this.#name = nameOf(given);
    this.#given = given;
    this.#location = location;
    this.#options = options;
    this.#check = new MessageCheck(options.setup);
    this.kind = "path" in location ? location.kind === "file" ? "file" : "pipe" : "network";
  }

  get setup(): DataSetup {
    return this.#check.setup;
  }

  get counts(): SourceCounts {
    return { received: this.#received, refused: this.#bad.count, dropped: this.#dropped };
  }

  /** A file must be there from the start; a pipe is opened when it is read, since its writer may come later. */
  async open(): Promise<void> {
    if (this.#location.kind !== "file") return;
    const { path } = this.#location;
    try {
      if (!(await Deno.stat(path)).isDirectory) {
        this.#file = (await Deno.open(path)).readable;
        return;
      }
    } catch (error) {
      throw dataError(this.#given, describeFileProblem(error));
    }
    throw dataError(this.#given, "is a folder; give a file in it");
  }

  async *messages(): AsyncGenerator<CheckedMessage> {
    this.#tellSetup();
    for await (const arrival of this.#arrivals()) {
      this.#received += 1;
      const number = this.#received;
      const message = await this.#read(arrival, number);
      if (this.#options.signal.aborted) return;
      if (!message) continue;
      this.#tellSetup();
      yield message;
    }
  }

  #arrivals(): AsyncIterable<Arrival> {
    const location = this.#location;
    const { clock } = this.#options;
    const onDropped = () => this.#dropped += 1;
    switch (location.kind) {
      case "stdin":
      case "pipe":
      case "file":
        return this.#readPath();
      case "http":
        return this.#again((signal) => readHttp(location.url, signal), SILENCE_MILLIS);
      case "websocket":
        return this.#again(
          (signal) => readWebSocket(location.url, { clock, signal, onDropped }),
          SILENCE_MILLIS,
        );
      case "mqtt":
        return this.#again(async function* (signal) {
          // The library is large, and most broadcasts have no use for it.
          const { readMqtt } = await import("./mqtt_arrivals.ts");
          yield* readMqtt(location, signal, onDropped);
        });
      case "nats":
        return this.#again((signal) => readNats(location, signal, clock));
      case "zmq":
        return this.#again((signal) => readZmq(location, signal), SILENCE_MILLIS);
    }
  }

  #again(connect: Connect, silenceMillis?: Millis): AsyncIterable<Arrival> {
    const { clock, signal } = this.#options;
    return readReconnecting(connect, {
      name: this.#name,
      clock,
      signal,
      onNotice: (text) => this.#say(text),
      ...(silenceMillis !== undefined && { silenceMillis }),
    });
  }

  async *#readPath(): AsyncGenerator<Arrival> {
    const { signal } = this.#options;
    try {
      const stream = await this.#openStream();
      if (stream) yield* readLines(stream, signal);
    } catch (error) {
      throw dataError(this.#given, describeFileProblem(error));
    }
  }

  async #openStream(): Promise<ReadableStream<Uint8Array> | undefined> {
    if (this.#location.kind === "stdin") return Deno.stdin.readable;
    if (this.#file || this.#location.kind !== "pipe") return this.#file;
    const { signal, onWaiting } = this.#options;
    const { path } = this.#location;
    const waiting = () => onWaiting?.(waitingText("--data", path, "writes to"));
    return (await openForReading(path, { signal, onWaiting: waiting }))?.readable;
  }

  /** @returns undefined for a message that was refused and told. */
  async #read(arrival: Arrival, number: number): Promise<CheckedMessage | undefined> {
    const { clock, signal } = this.#options;
    const read = this.#readDraft(arrival);
    if (!read.ok) return this.#refuse(number, read.problem);
    const { image: given, ...rest } = read.draft;
    const image = given && await loadImage(given, { ...this.#folder, clock, signal });
    if (typeof image === "string") return this.#refuse(number, image);
    const draft: LoadedDraft = { ...rest, ...(image && { image }) };
    const checked = this.#check.check(draft);
    if (!checked.ok) return this.#refuse(number, checked.problem);
    if (checked.notice !== undefined) {
      this.#say(`${this.#name}: message ${number}: ${checked.notice}`);
    }
    return checked.message;
  }

  #readDraft(arrival: Arrival): DraftResult {
    if (arrival.kind === "too-large") return TOO_LARGE;
    if (arrival.kind === "bsread") {
      const result = this.#bsread.read(arrival.parts);
      if (result.ok && result.notice !== undefined) this.#say(`${this.#name}: ${result.notice}`);
      return result;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(arrival.bytes);
      return readMessageDraft(text);
    } catch {
      return { ok: false, problem: "is not UTF-8 text" };
    }
  }

  /** Where pictures may be read from. */
  get #folder(): { readonly folder?: string } {
    const { kind } = this.#location;
    if (kind === "stdin") return { folder: Deno.cwd() };
    return kind === "file" || kind === "pipe" ? { folder: dirname(this.#location.path) } : {};
  }

  #refuse(number: number, problem: string): undefined {
    this.#bad.refuse(number, problem, this.#options.clock.now());
  }

  #tellSetup(): void {
    const setup = this.#check.takeSetup();
    if (setup) this.onSetup?.(setup);
  }

  #say(text: string): void {
    this.onNotice?.(text);
  }
}

const TOO_LARGE: DraftResult = {
  ok: false,
  problem: `is larger than ${MAX_ARRIVAL_BYTES >> 20} MB`,
};
