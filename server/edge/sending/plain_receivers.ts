import { type Address, Destination } from "../../../shared/driver/socket.ts";
import type { Outbox, Recipient } from "./outbox.ts";

/**
 * Players that get plain RTP without a JOIN, such as a multicast group: media at their port, reports at the
 * next one (RFC 3550 section 11).
 */
export class PlainReceivers {
  readonly #outbox: Outbox;
  readonly #media: readonly Recipient[];
  readonly #reports: readonly Recipient[];

  constructor(addresses: readonly Address[], outbox: Outbox) {
    this.#outbox = outbox;
    this.#media = addresses.map(recipientAt);
    this.#reports = addresses.map(({ hostname, port }) =>
      recipientAt({ hostname, port: port + 1 })
    );
  }

  get isEmpty(): boolean {
    return this.#media.length === 0;
  }

  sendMedia(datagram: Uint8Array): void {
    this.#outbox.sendMedia(this.#media, datagram);
  }

  sendReport(datagram: Uint8Array): void {
    this.#outbox.sendControl(this.#reports, datagram);
  }
}

function recipientAt(address: Address): Recipient {
  return { destination: new Destination(address), hasLeft: false };
}
