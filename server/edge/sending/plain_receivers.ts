import { type Address, Destination } from "../../../shared/driver/socket.ts";
import type { ChannelName } from "../../../shared/media/channel.ts";
import type { Outbox, Recipient } from "./outbox.ts";

/** The players of each channel. */
export type PlainAddresses = Readonly<Partial<Record<ChannelName, readonly Address[]>>>;

interface Players {
  readonly media: readonly Recipient[];
  readonly reports: readonly Recipient[];
}

/**
 * Players that get a channel as plain RTP without a JOIN, such as a multicast group: media at their port,
 * reports at the next one (RFC 3550 section 11).
 */
export class PlainReceivers {
  readonly #outbox: Outbox;
  readonly #players: ReadonlyMap<ChannelName, Players>;

  constructor(addresses: PlainAddresses, outbox: Outbox) {
    this.#outbox = outbox;
    const entries = Object.entries(addresses) as [ChannelName, readonly Address[]][];
    const some = entries.filter(([_name, { length }]) => length > 0);
    this.#players = new Map(some.map(([name, those]) => [name, playersAt(those)]));
  }

  /** The channels that have players. */
  get channels(): readonly ChannelName[] {
    return [...this.#players.keys()];
  }

  sendMedia(channel: ChannelName, datagram: Uint8Array): void {
    const players = this.#players.get(channel);
    if (players) this.#outbox.sendMedia(players.media, datagram);
  }

  sendReport(channel: ChannelName, datagram: Uint8Array): void {
    const players = this.#players.get(channel);
    if (players) this.#outbox.sendControl(players.reports, datagram);
  }
}

function playersAt(addresses: readonly Address[]): Players {
  return {
    media: addresses.map(recipientAt),
    reports: addresses.map(({ hostname, port }) => recipientAt({ hostname, port: port + 1 })),
  };
}

function recipientAt(address: Address): Recipient {
  return { destination: new Destination(address), hasLeft: false };
}
