import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";

/** What comes from a source: the bytes of a message as JSON, the parts of one of bsread, or neither. */
export type Arrival =
  | { readonly kind: "json"; readonly bytes: Uint8Array }
  | { readonly kind: "bsread"; readonly parts: readonly Uint8Array[] }
  /** It was too large and was not kept. */
  | { readonly kind: "too-large" };

/** The largest message: a picture of 4 MB in base64, and values. */
export const MAX_ARRIVAL_BYTES = 8 << 20;

/** An arrival with JSON; too large ones are not kept. */
export function jsonArrival(bytes: Uint8Array): Arrival {
  return bytes.length > MAX_ARRIVAL_BYTES ? { kind: "too-large" } : { kind: "json", bytes };
}

/** The most arrivals that wait. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 2 * MAX_ARRIVAL_BYTES;

/**
 * Arrivals that a client hands over before they are asked for. While they come faster than they are read, the
 * oldest are dropped and counted, because the newest data matters.
 */
export class ArrivalQueue {
  readonly #onDropped: () => void;
  readonly #waiting: Arrival[] = [];
  #bytes = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  /** @param onDropped called for each arrival that is dropped. */
  constructor(onDropped: () => void) {
    this.#onDropped = onDropped;
  }

  push(arrival: Arrival): void {
    if (this.#end) return;
    this.#waiting.push(arrival);
    this.#bytes += lengthOf(arrival);
    while (this.#waiting.length > MAX_WAITING || this.#bytes > MAX_WAITING_BYTES) {
      this.#bytes -= lengthOf(this.#waiting.shift()!);
      this.#onDropped();
    }
    this.#wake();
  }

  /** Nothing more will come. What waits is still read; then `error` is thrown, if there is one. */
  end(error?: Error): void {
    this.#end ??= error ? { error } : {};
    this.#wake();
  }

  /** The arrivals until the end, or until `signal` aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<Arrival> {
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next) {
        this.#bytes -= lengthOf(next);
        yield next;
      } else if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return;
      } else {
        await unlessAborted(new Promise<void>((resolve) => this.#wake = resolve), signal);
      }
    }
  }
}

function lengthOf(arrival: Arrival): number {
  if (arrival.kind === "json") return arrival.bytes.length;
  if (arrival.kind === "too-large") return 0;
  return arrival.parts.reduce((sum, { length }) => sum + length, 0);
}
