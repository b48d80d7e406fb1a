/*
 * Runs a core (a protocol without I/O) on a socket and a clock.
 *
 * In: datagrams and the time. Out: datagrams, and the core's outputs.
 *
 * `Core` is what a core must offer, `Driver` is the loop, core_runner.ts adds subscribers; host and listener
 * both use them. The real socket, clock and terminal are passed in: socket.ts, clock.ts and machine.ts
 * describe them, shared/system has those of Deno, tests have their own. receiving.ts is the receive loop
 * alone, and output_queue.ts bounds text on its way to a terminal.
 * Read next: a core, server/core/server_core.ts or client/core/listener_core.ts.
 */

import type { Clock } from "./clock.ts";
import { receiveAll } from "./receiving.ts";
import type { Address, DatagramSocket, Destination, RefusedSend } from "./socket.ts";
import type { Millis } from "../core/units.ts";

/** A datagram that a core wants to send, and all to whom it goes now. */
export interface Transmit {
  readonly datagram: Uint8Array;
  /** At least one and at most {@linkcode MAX_DESTINATIONS}, so that receiving gets its turn between. */
  readonly to: readonly Destination[];
}

/** A datagram for more receivers is given out in several parts. */
export const MAX_DESTINATIONS = 256;

/**
 * A protocol core without I/O. Its contract: give it one input (`receive`, `advance`, or another of
 * its inputs), then call `pollTransmit` and `pollOutput` until both are empty, then sleep until
 * `deadline`. Once the socket has answered for a `Transmit`, call `onSent`; inputs may come in between. A
 * core reads no clock: the time is the `now` of the last input. The caller may reuse a datagram's buffer
 * after `receive`, so a core copies what it keeps.
 */
export interface Core<Output> {
  receive(datagram: Uint8Array, from: Address, now: Millis): void;
  /** The system reported an error instead of a datagram; the core counts it as junk. */
  onReceiveError(): void;
  advance(now: Millis): void;
  pollTransmit(): Transmit | undefined;
  /** Of a `Transmit` that it gave, the system accepted this many copies, and refused the others, if it says why. */
  onSent(transmit: Transmit, accepted: number, refused?: readonly RefusedSend[]): void;
  pollOutput(): Output | undefined;
  /** When to call `advance` next; undefined when only a datagram or other input changes anything. */
  readonly deadline: Millis | undefined;
}

export interface DriverOptions<Output> {
  readonly core: Core<Output>;
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly onOutput: (output: Output) => void;
  /** The system refused to send a copy, which counts as lost on the network. */
  readonly onSendError: (error: unknown, to: Address) => void;
  /**
   * The system reported an error instead of a datagram; receiving goes on. Called for the first error,
   * then at most once in ten seconds; `count` is the number of errors so far.
   */
  readonly onReceiveError: (error: unknown, count: number) => void;
}

/** Given with an alarm, since an error would be made for each without it. */
const SOONER = "sooner";
const RECEIVE_ERROR_INTERVAL_MILLIS: Millis = 10_000;
/** Runtimes look for received datagrams only now and then while they send, so a long fan-out gives way. */
const SENDING_AT_A_STRETCH_MILLIS: Millis = 10;
/** So many datagrams may be read while a fan-out gives way, since their answers wait until it goes on. */
const READ_AT_A_STRETCH = 64;

/** A message for people: the error, how often it happened, and that receiving goes on. */
export function describeReceiveError(error: unknown, count: number): string {
  const why = error instanceof Error ? error.message : String(error);
  const times = count === 1 ? "" : `, ${count} times so far`;
  return `A datagram could not be received (${why}${times}); receiving goes on`;
}

/**
 * Runs a core: waits for a datagram or the deadline, passes it to the core and drains the core.
 * Datagrams are sent in the order in which the core gave them. Call `wake` after any other input to
 * the core (from a file, a keyboard).
 */
export class Driver<Output> {
  readonly #options: DriverOptions<Output>;
  readonly #stopping = new AbortController();
  #alarm = new AbortController();
  #alarmAt: Millis = Infinity;
  /** The core's, after its last input: asking for it takes longer than all else that is done for a datagram here. */
  #deadline: Millis = Infinity;
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();
  /** Datagrams are leaving; resolves when all have left, or when sending gives way. */
  #stretch: PromiseWithResolvers<void> | undefined;
  #readsLeft = 0;
  #receiveErrors = 0;
  #nextReceiveErrorAt: Millis = -Infinity;

  constructor(options: DriverOptions<Output>) {
    this.#options = options;
  }

  /** Runs until {@linkcode stop}, then sends what the core still wants to send. */
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

  /** Drains the core and reads its deadline again. */
  wake(): void {
    this.#onInput(-Infinity);
  }

  /**
   * Drains the core after an input, and keeps its deadline if that has come by `now`. Timers wait while datagrams
   * come or leave one after the other; the core's deadline does not.
   */
  #onInput(now: Millis): void {
    const { core } = this.#options;
    this.#drain();
    if (this.#deadline <= now && !this.#stopping.signal.aborted) {
      core.advance(now);
      this.#drain();
    }
    if (this.#deadline < this.#alarmAt) this.#alarm.abort(SOONER);
  }

  #drain(): void {
    const { core, onOutput } = this.#options;
    for (let output = core.pollOutput(); output !== undefined; output = core.pollOutput()) {
      onOutput(output);
    }
    const first = this.#isSending ? undefined : core.pollTransmit();
    if (first) this.#sending = this.#sendAll(first);
    this.#deadline = core.deadline ?? Infinity;
  }

  #receiveLoop(): Promise<void> {
    const { core, socket, clock } = this.#options;
    const { signal } = this.#stopping;
    return receiveAll({
      socket,
      clock,
      signal,
      onDatagram: (datagram, from) => {
        if (signal.aborted) return;
        const now = clock.now();
        core.receive(datagram, from, now);
        this.#onInput(now);
        return this.#untilNextRead();
      },
      onError: (error) => this.#onReceiveError(error),
    });
  }

  /** The next datagram is read when the answers have left, or when a long fan-out gives way: then some are. */
  #untilNextRead(): Promise<void> | undefined {
    if (this.#isSending && --this.#readsLeft <= 0) this.#stretch ??= Promise.withResolvers();
    return this.#stretch?.promise;
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
      // The reader of an output may have stopped this driver.
      if (this.#stopping.signal.aborted) return;
      if (this.#alarm.signal.aborted) this.#alarm = new AbortController();
      this.#alarmAt = this.#deadline;
      await clock.sleepUntil(this.#alarmAt, this.#alarm.signal);
    }
  }

  /** @param first given by the core, as are all that follow. */
  async #sendAll(first: Transmit): Promise<void> {
    const { core, clock } = this.#options;
    this.#isSending = true;
    let pauseAt = this.#beginStretch();
    for (let next: Transmit | undefined = first; next; next = core.pollTransmit()) {
      await this.#send(next);
      const now = clock.now();
      if (this.#deadline <= now) this.#onInput(now);
      if (now < pauseAt) continue;
      this.#endStretch();
      await clock.giveWay(this.#stopping.signal);
      pauseAt = this.#beginStretch();
    }
    this.#isSending = false;
    this.#endStretch();
  }

  /** @returns when sending gives way. */
  #beginStretch(): Millis {
    this.#stretch ??= Promise.withResolvers();
    return this.#options.clock.now() + SENDING_AT_A_STRETCH_MILLIS;
  }

  #endStretch(): void {
    this.#readsLeft = READ_AT_A_STRETCH;
    this.#stretch?.resolve();
    this.#stretch = undefined;
  }

  async #send(transmit: Transmit): Promise<void> {
    const { core, socket, onSendError } = this.#options;
    const refused = await socket.sendMany(transmit.datagram, transmit.to);
    core.onSent(transmit, transmit.to.length - refused.length, refused);
    for (const { error, to } of refused) onSendError(error, to.address);
  }
}
