import type { AddressEncoder, Destination, RefusedSend } from "../../driver/socket.ts";
import { BATCH_BYTES, MessageBatch } from "./message_batch.ts";
import { encodeSocketAddress, type Family } from "./socket_address.ts";
import type { UdpSender } from "./udp_sender.ts";

/** In a call of `sendmmsg`: never wait, never raise a signal (send(2)). */
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;
const NAME_BYTES: Readonly<Record<Family, number>> = { IPv4: 16, IPv6: 28 };
const NONE: Promise<readonly RefusedSend[]> = Promise.resolve([]);

/**
 * The system's call. @returns how many of the first `count` messages it accepted, at least one; less when none,
 * because of an error.
 */
export type SendMessages = (messages: Uint8Array, count: number, flags: number) => number;

export interface BatchSenderOptions {
  readonly family: Family;
  readonly sendMessages: SendMessages;
  /** Sends what the system did not accept at once. */
  readonly runtime: UdpSender;
  /** The call is not made any more. */
  readonly onClosed?: () => void;
}

/**
 * Sends many copies with one call of the system, on the descriptor of the runtime's own socket. A copy that the
 * system does not accept, whatever the reason, is given to the runtime, and the next ones follow: the runtime waits
 * when the system has no room (EAGAIN), tries again after an error that belonged to an earlier copy, and reports an
 * error otherwise. So errors, and what counts as refused, are the same in both ways to send.
 */
export class BatchSender implements UdpSender {
  readonly #options: BatchSenderOptions;
  readonly #batch: MessageBatch;
  readonly #encoder: AddressEncoder<Uint32Array | undefined>;
  #isClosed = false;

  constructor(options: BatchSenderOptions) {
    const { family } = options;
    this.#options = options;
    this.#batch = new MessageBatch(NAME_BYTES[family]);
    this.#encoder = {
      encode(address) {
        const encoded = encodeSocketAddress(address, family);
        return encoded && new Uint32Array(encoded.buffer);
      },
    };
  }

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    const accepted = this.#sendAtOnce(datagram, to, 0);
    return accepted === to.length ? NONE : this.#sendRest(datagram, to, accepted);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onClosed?.();
    this.#options.runtime.close();
  }

  /** @param start the first copy, which the system did not accept. */
  async #sendRest(
    datagram: Uint8Array,
    to: readonly Destination[],
    start: number,
  ): Promise<readonly RefusedSend[]> {
    const refused: RefusedSend[] = [];
    for (let next = start; next < to.length;) {
      refused.push(...await this.#options.runtime.sendMany(datagram, [to[next]!]));
      next++;
      next += this.#sendAtOnce(datagram, to, next);
    }
    return refused;
  }

  /** @returns how many copies the system accepted from `start` on, before the first that it did not. */
  #sendAtOnce(datagram: Uint8Array, to: readonly Destination[], start: number): number {
    // The number of a closed descriptor may be another file's by now.
    if (this.#isClosed || datagram.length > BATCH_BYTES || start === to.length) return 0;
    const [batch, encoder] = [this.#batch, this.#encoder];
    batch.begin(datagram);
    for (let next = start; next < to.length;) {
      batch.clear();
      const first = next;
      let name: Uint32Array | undefined;
      while (next < to.length && !batch.isFull && (name = to[next]!.encodedBy(encoder))) {
        batch.add(name);
        next++;
      }
      const accepted = this.#flush();
      if (accepted < batch.count || batch.count === 0) return first + accepted - start;
    }
    return to.length - start;
  }

  /** @returns how many copies of the batch the system accepted. */
  #flush(): number {
    const { count, messages } = this.#batch;
    if (count === 0) return 0;
    return Math.max(this.#options.sendMessages(messages, count, FLAGS), 0);
  }
}
