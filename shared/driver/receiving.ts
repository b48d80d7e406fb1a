import type { Clock } from "./clock.ts";
import type { Address, DatagramSocket } from "./socket.ts";
import type { Millis } from "../core/units.ts";

/** After this many errors in a row the loop pauses, so that it does not spin on a lasting error. */
const ERRORS_BETWEEN_PAUSES = 16;
/** Short, because the error may concern one datagram only, and good ones may wait behind it. */
const PAUSE_MILLIS: Millis = 10;

type Received = NonNullable<Awaited<ReturnType<DatagramSocket["receive"]>>>;

export interface Receiving {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  /** Ends a pause early; the loop itself ends when the socket is closed. */
  readonly signal: AbortSignal;
  /** The next datagram is received when this has resolved, if it gives a promise. */
  readonly onDatagram: (datagram: Uint8Array, from: Address) => void | Promise<void>;
  /** The system reported an error instead of a datagram. */
  readonly onError: (error: unknown) => void;
}

/**
 * Receives datagrams until the socket is closed. An error does not end the loop: on Windows, for
 * example, a datagram longer than the buffer is an error, and the next one is received as usual.
 */
export async function receiveAll(receiving: Receiving): Promise<void> {
  const { socket, clock, signal, onDatagram, onError } = receiving;
  let errorsInARow = 0;
  for (;;) {
    let next: Received | undefined;
    try {
      // Nothing but the socket: the caller's own errors are not caught.
      next = await socket.receive();
    } catch (error) {
      onError(error);
      if (++errorsInARow % ERRORS_BETWEEN_PAUSES !== 0) continue;
      await clock.sleepUntil(clock.now() + PAUSE_MILLIS, signal);
      continue;
    }
    if (next === undefined) return;
    errorsInARow = 0;
    const handled = onDatagram(next.datagram, next.from);
    if (handled) await handled;
  }
}
