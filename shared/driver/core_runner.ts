import type { Millis } from "../core/units.ts";
import type { Clock } from "./clock.ts";
import { type Core, describeReceiveError, Driver } from "./driver.ts";
import { type Address, type DatagramSocket, formatAddress } from "./socket.ts";
import { Subscribers } from "./subscribers.ts";

const SEND_ERROR_INTERVAL_MILLIS: Millis = 10_000;

interface Kind {
  readonly kind: string;
}

export interface CoreRunnerOptions<Output extends Kind, Told extends Kind> {
  readonly core: Core<Output>;
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  /** How many outputs are kept for the first subscriber. */
  readonly maxEarlyOutputs: number;
  /**
   * Gets each output of the core, and returns what the subscribers are told; undefined when the output
   * is a request to the owner, which does not concern them.
   */
  readonly onOutput: (output: Output) => Told | undefined;
  /** A datagram could not be sent. At most once in ten seconds, in words for people. */
  readonly onSendError: (text: string) => void;
  /** A datagram could not be received. At most once in ten seconds, in words for people. */
  readonly onReceiveError: (text: string) => void;
}

/**
 * Runs a core on a socket and tells its outputs to subscribers: what a broadcast and a listener have in
 * common. The output of kind "ended" is the core's last: the runner then sends what is left and stops.
 */
export class CoreRunner<Output extends Kind, Told extends Kind> {
  readonly #options: CoreRunnerOptions<Output, Told>;
  readonly #driver: Driver<Output>;
  readonly #subscribers: Subscribers<Told>;
  #nextSendErrorAt: Millis = -Infinity;

  constructor(options: CoreRunnerOptions<Output, Told>) {
    this.#options = options;
    this.#subscribers = new Subscribers(options.maxEarlyOutputs);
    this.#driver = new Driver({
      core: options.core,
      socket: options.socket,
      clock: options.clock,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (error, to) => this.#onSendError(error, to),
      onReceiveError: (error, count) => options.onReceiveError(describeReceiveError(error, count)),
    });
  }

  /** Resolves when the core has ended and its last datagrams are sent. */
  run(): Promise<void> {
    return this.#driver.run();
  }

  /** Gives the core an input from elsewhere than the socket, then takes the core's outputs. */
  input(give: (now: Millis) => void): void {
    give(this.#options.clock.now());
    this.#driver.wake();
  }

  /** The first subscriber also gets the outputs from before. @returns a function that ends it. */
  subscribe(subscriber: (output: Told) => void): () => void {
    return this.#subscribers.subscribe(subscriber);
  }

  /** Tells the subscribers something that is not from the core. */
  tell(output: Told): void {
    this.#subscribers.tell(output);
  }

  #onOutput(output: Output): void {
    const told = this.#options.onOutput(output);
    if (told === undefined) return;
    this.tell(told);
    if (told.kind === "ended") this.#driver.stop();
  }

  #onSendError(error: unknown, to: Address): void {
    const now = this.#options.clock.now();
    if (now < this.#nextSendErrorAt) return;
    this.#nextSendErrorAt = now + SEND_ERROR_INTERVAL_MILLIS;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onSendError(`Sending to ${formatAddress(to)} failed: ${reason}`);
  }
}
