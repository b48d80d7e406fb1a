import type { Clock } from "./clock.ts";
import { receiveAll } from "./receiving.ts";
import type { Address, DatagramSocket } from "./socket.ts";
import type { Millis } from "../core/units.ts";

/** A datagram that a core wants sent. */
export interface Transmit {
  readonly to: Address;
  readonly datagram: Uint8Array;
}

/**
 * A protocol core without I/O. Its contract: give it one input (`receive`, `advance`, or whatever
 * else it takes), then drain `pollTransmit` and `pollOutput` until both are empty, then sleep until
 * `deadline`. It reads no clock: `now` is whatever the last input said. A datagram it is given stays
 * the caller's: what it keeps, it copies.
 */
export interface Core<Output> {
  receive(datagram: Uint8Array, from: Address, now: Millis): void;
  /** The system gave an error in place of a datagram: it is counted with the junk. */
  onReceiveError(): void;
  advance(now: Millis): void;
  pollTransmit(): Transmit | undefined;
  pollOutput(): Output | undefined;
  /** When `advance` is next wanted; undefined when only input can change anything. */
  readonly deadline: Millis | undefined;
}

export interface DriverOptions<Output> {
  readonly core: Core<Output>;
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly onOutput: (output: Output) => void;
  /** A send the system refused; the datagram counts as lost on the network. */
  readonly onSendError: (error: unknown, to: Address) => void;
  /**
   * The system gave an error in place of a datagram, and receiving goes on. Told of the first, then
   * once in ten seconds; `count` is how many there were in all.
   */
  readonly onReceiveError: (error: unknown, count: number) => void;
}

const RECEIVE_ERROR_INTERVAL_MILLIS: Millis = 10_000;

/** For people: what went wrong with receiving, how often it did, and that it ends nothing. */
export function describeReceiveError(error: unknown, count: number): string {
  const why = error instanceof Error ? error.message : String(error);
  const times = count === 1 ? "" : `, ${count} times so far`;
  return `A datagram could not be received (${why}${times}); receiving goes on`;
}

/**
 * The one loop that turns a core into a program: it waits for "a datagram or the deadline" and drains
 * what comes out. Datagrams leave in the order the core gave them. `run` ends when stopped;
 * `wake` is called after input came to the core from elsewhere (a file, a keyboard).
 */
export class Driver<Output> {
  readonly #options: DriverOptions<Output>;
  readonly #stopping = new AbortController();
  #alarm = new AbortController();
  #alarmAt: Millis = Infinity;
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();
  #receiveErrors = 0;
  #nextReceiveErrorAt: Millis = -Infinity;

  constructor(options: DriverOptions<Output>) {
    this.#options = options;
  }

  /** Runs until {@linkcode stop}; then what the core still wants sent is sent. */
  async run(): Promise<void> {
    const receiving = this.#receiveLoop();
    await this.#deadlineLoop();
    this.wake();
    await this.#sending;
    this.#options.socket.close();
    await receiving;
  }

  stop(): void {
    this.#stopping.abort();
    this.#alarm.abort();
  }

  /** Drains the core and looks at its deadline anew. */
  wake(): void {
    const { core, onOutput } = this.#options;
    for (let output = core.pollOutput(); output !== undefined; output = core.pollOutput()) {
      onOutput(output);
    }
    if (!this.#isSending) this.#sending = this.#sendAll();
    if ((core.deadline ?? Infinity) < this.#alarmAt) this.#alarm.abort();
  }

  #receiveLoop(): Promise<void> {
    const { core, socket, clock } = this.#options;
    const { signal } = this.#stopping;
    return receiveAll({
      ...{ socket, clock, signal },
      onDatagram: (datagram, from) => {
        if (signal.aborted) return;
        core.receive(datagram, from, clock.now());
        this.wake();
      },
      onError: (error) => this.#onReceiveError(error),
    });
  }

  #onReceiveError(error: unknown): void {
    const { core, clock, onReceiveError } = this.#options;
    core.onReceiveError();
    this.#receiveErrors++;
    const now = clock.now();
    if (now < this.#nextReceiveErrorAt) return;
    this.#nextReceiveErrorAt = now + RECEIVE_ERROR_INTERVAL_MILLIS;
    onReceiveError(error, this.#receiveErrors);
  }

  async #deadlineLoop(): Promise<void> {
    const { core, clock } = this.#options;
    while (!this.#stopping.signal.aborted) {
      core.advance(clock.now());
      this.wake();
      // An output may have told its reader to stop: then there is nothing to sleep for.
      if (this.#stopping.signal.aborted) return;
      this.#alarm = new AbortController();
      this.#alarmAt = core.deadline ?? Infinity;
      await clock.sleepUntil(this.#alarmAt, this.#alarm.signal);
    }
  }

  async #sendAll(): Promise<void> {
    const { core, socket, onSendError } = this.#options;
    this.#isSending = true;
    for (let next = core.pollTransmit(); next !== undefined; next = core.pollTransmit()) {
      try {
        await socket.send(next.datagram, next.to);
      } catch (error) {
        onSendError(error, next.to);
      }
    }
    this.#isSending = false;
  }
}
