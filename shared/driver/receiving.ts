import type { Clock } from "./clock.ts";
import type { Address, DatagramSocket } from "./socket.ts";
import type { Millis } from "../core/units.ts";

/** After this many errors in a row the loop pauses, since an error that repeats at once would spin. */
const ERRORS_BETWEEN_PAUSES = 16;
/** Short, since an error may stand for one bad datagram, and good ones wait behind it. */
const PAUSE_MILLIS: Millis = 10;

export interface Receiving {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  /** Cuts a pause short; the loop itself ends when the socket is closed. */
  readonly signal: AbortSignal;
  readonly onDatagram: (datagram: Uint8Array, from: Address) => void;
  /** The system gave an error where a datagram was expected. */
  readonly onError: (error: unknown) => void;
}

/**
 * Takes datagrams until the socket is closed. An error ends nothing: on Windows, for example, one
 * datagram that is longer than the buffer is an error of its own, and the next one is as good as ever.
 */
export async function receiveAll(receiving: Receiving): Promise<void> {
  const { socket, clock, signal, onDatagram, onError } = receiving;
  let errorsInARow = 0;
  for (;;) {
    const next = await receiveOne(socket);
    if (next === undefined) return;
    if ("error" in next) {
      onError(next.error);
      if (++errorsInARow % ERRORS_BETWEEN_PAUSES !== 0) continue;
      await clock.sleepUntil(clock.now() + PAUSE_MILLIS, signal);
    } else {
      errorsInARow = 0;
      onDatagram(next.datagram, next.from);
    }
  }
}

/** Tells an error of the socket from one of the caller's own, which is not caught here. */
async function receiveOne(socket: DatagramSocket) {
  try {
    return await socket.receive();
  } catch (error) {
    return { error };
  }
}
