import type { Millis } from "../shared/core/units.ts";
import type { DataMessage } from "../shared/data/data_message.ts";
import type { DataSetup } from "../shared/data/data_setup.ts";
import { type DataScalar, type DataValues, MAX_VALUES } from "../shared/data/data_values.ts";
import { DataPace } from "../shared/page/data_pace.ts";
import { againAs, serializePageData } from "../shared/page/page_data.ts";
import { MEASURES, ValueHistory } from "../shared/page/value_history.ts";

export type Parts = readonly Uint8Array<ArrayBuffer>[];

/** A message of live data, as the binary messages that carry it to a page. */
export interface LoggedMessage {
  readonly at: Millis;
  readonly parts: Parts;
}

export interface DataLogLimits {
  readonly maxBytes: number;
  readonly maxMessages: number;
  /** A page whose next message is older than this goes on at the newest one. */
  readonly maxBehind: Millis;
}

const LIMITS: DataLogLimits = {
  // Nearly twice the longest message.
  maxBytes: 8 * 1024 * 1024,
  maxMessages: 256,
  maxBehind: 1000,
};

/** The values whose history goes in one binary message. */
const VALUES_OF_A_PART = 2;

/**
 * What the pages need of live data, held once for all of them: the set-up, the numbers of the last minutes, the
 * last picture, and the newest messages. Each page has its own place, a {@linkcode DataReader}. Messages have
 * positions, which count from 0 and never repeat.
 */
export class DataLog {
  readonly history = new ValueHistory();
  readonly #limits: DataLogLimits;
  readonly #pace = new DataPace();
  /** The last value of each name, in order of appearance; undefined for arrays. */
  readonly #last = new Map<string, DataScalar | undefined>();
  readonly #messages: LoggedMessage[] = [];
  #setup: Parts = [];
  #setups = 0;
  #epoch = 0;
  #picture: { readonly position: number; readonly logged: LoggedMessage } | undefined;
  #start = 0;
  #bytes = 0;

  constructor(limits: Partial<DataLogLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** The position of the oldest message held. */
  get start(): number {
    return this.#start;
  }

  /** The position of the message that comes next. */
  get end(): number {
    return this.#start + this.#messages.length;
  }

  /** The bytes of the messages that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts the set-ups, so that a page gets each new one. */
  get setups(): number {
    return this.#setups;
  }

  /** The newest set-up, as messages to a page; none before the first. */
  get setup(): Parts {
    return this.#setup;
  }

  /** Counts how often everything was forgotten. */
  get epoch(): number {
    return this.#epoch;
  }

  /** How many binary messages the history takes: at least one, which may be empty. */
  get historyParts(): number {
    return Math.max(1, Math.ceil(this.#last.size / VALUES_OF_A_PART));
  }

  at(position: number): LoggedMessage | undefined {
    return this.#messages[position - this.#start];
  }

  /** Whether a page that still has to get this message is too far behind the newest one. */
  isLate(position: number): boolean {
    const [message, newest] = [this.at(position), this.#messages.at(-1)];
    return message !== undefined && newest!.at - message.at > this.#limits.maxBehind;
  }

  setSetup(setup: DataSetup): void {
    this.#setup = serializePageData({ kind: "setup", setup });
    this.#setups++;
  }

  push(message: DataMessage, now: Millis): void {
    const { values, time } = message.head;
    this.history.push(values, time);
    this.#pace.push(time, now);
    this.#remember(values);
    const number = this.end;
    const parts = serializePageData({ kind: "message", number, age: 0, message });
    const logged = { at: now, parts };
    if (message.image) this.#picture = { position: number, logged };
    this.#messages.push(logged);
    this.#bytes += sizeOf(logged);
    while (this.#isOverfull()) this.#bytes -= sizeOf(this.#shift());
  }

  /** Forgets everything: it belongs to another broadcast. */
  clear(): void {
    this.#start = this.end;
    this.#messages.length = this.#bytes = 0;
    this.#setup = [];
    this.#epoch++;
    this.#picture = undefined;
    this.#last.clear();
    this.history.clear();
    this.#pace.clear();
  }

  /** The history of some values as it is now, in one message to a page. */
  historyPart(index: number): Parts {
    const names = [...this.#last.keys()]
      .slice(index * VALUES_OF_A_PART, (index + 1) * VALUES_OF_A_PART);
    const { interval } = this.#pace;
    return serializePageData({
      kind: "history",
      history: {
        isFirst: index === 0,
        epoch: this.#epoch,
        newest: this.history.newest ?? 0,
        ...(interval === undefined ? {} : { interval }),
        values: names.map((name) => ({
          name,
          last: this.#last.get(name),
          bins: this.history.has(name)
            ? withoutEmptyPast(this.history.take(name))
            : new Float64Array(),
        })),
      },
    });
  }

  /** The last picture, if it is in a message before this position. */
  pictureBefore(position: number): LoggedMessage | undefined {
    return this.#picture && this.#picture.position < position ? this.#picture.logged : undefined;
  }

  #remember(values: DataValues): void {
    for (const [name, value] of Object.entries(values)) {
      if (this.#last.size >= MAX_VALUES && !this.#last.has(name)) continue;
      this.#last.set(name, typeof value === "object" ? undefined : value);
    }
  }

  /** Never when the newest message is alone, so that no message pushes itself out. */
  #isOverfull(): boolean {
    const { maxBytes, maxMessages } = this.#limits;
    const isTooMuch = this.#bytes > maxBytes || this.#messages.length > maxMessages;
    return this.#messages.length > 1 && (isTooMuch || this.isLate(this.#start));
  }

  #shift(): LoggedMessage {
    this.#start++;
    return this.#messages.shift()!;
  }
}

function withoutEmptyPast(bins: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const first = bins.findIndex((number) => !Number.isNaN(number));
  return first === -1 ? new Float64Array() : bins.subarray(first - first % MEASURES);
}

function sizeOf({ parts }: LoggedMessage): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/**
 * The place of one page in the log. First it takes set-up, history and the last picture, then the messages from
 * the newest one on. It skips whole messages when it is too far behind; the one under way it takes to its end,
 * however slow it is, so a page gets only whole messages, and holds one at most.
 */
export class DataReader {
  readonly #log: DataLog;
  readonly #onDrop: (messages: number) => void;
  readonly #now: () => Millis;
  #epoch = 0;
  #setups = 0;
  /** The part of the history that comes next; undefined after the last. */
  #historyPart: number | undefined = 0;
  /** The position of the message that comes next. */
  #next = 0;
  /** What is under way: its parts that are left. */
  #parts: Uint8Array<ArrayBuffer>[] = [];

  /** @param onDrop called with the number of messages that the page does not get. */
  constructor(log: DataLog, onDrop: (messages: number) => void, now: () => Millis) {
    this.#log = log;
    this.#onDrop = onDrop;
    this.#now = now;
  }

  get isEmpty(): boolean {
    const { epoch, setups, end } = this.#log;
    if (this.#parts.length > 0 || this.#historyPart !== undefined) return false;
    return epoch === this.#epoch && setups === this.#setups && this.#next >= end;
  }

  /** The next part; undefined while there is none. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#parts.length === 0) this.#parts = [...this.#begin()];
    return this.#parts.shift();
  }

  #begin(): Parts {
    const log = this.#log;
    if (log.epoch !== this.#epoch) this.#historyPart = 0;
    this.#epoch = log.epoch;
    if (log.setups !== this.#setups) {
      this.#setups = log.setups;
      if (log.setup.length > 0) return log.setup;
    }
    return this.#beginHistory() ?? this.#beginMessage();
  }

  /** Messages that come while the history is under way follow it, although it may have them too. */
  #beginHistory(): Parts | undefined {
    const log = this.#log;
    if (this.#historyPart === undefined) return undefined;
    if (this.#historyPart === 0) this.#next = Math.max(log.start, log.end - 1);
    if (this.#historyPart < log.historyParts) return log.historyPart(this.#historyPart++);
    this.#historyPart = undefined;
    const picture = log.pictureBefore(this.#next);
    return picture && this.#aged("picture", picture);
  }

  #beginMessage(): Parts {
    const log = this.#log;
    const isLost = this.#next < log.start || log.isLate(this.#next);
    const position = isLost ? log.end - 1 : this.#next;
    const message = log.at(position);
    if (!message) return [];
    if (position > this.#next) this.#onDrop(position - this.#next);
    this.#next = position + 1;
    return this.#aged("message", message);
  }

  #aged(kind: "message" | "picture", { at, parts }: LoggedMessage): Parts {
    const [first, ...rest] = parts;
    return [againAs(kind, first!, Math.max(0, this.#now() - at)), ...rest];
  }
}
