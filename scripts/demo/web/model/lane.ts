import {
  KEPT_PACKETS,
  type ListenerMoment,
  type PacketRecord,
  type PathSettings,
} from "../../../../shared/page/page_network.ts";
import type { ChannelLedger } from "../../../../shared/ledger/ledger.ts";

/** What a lane shows of its packets. */
export interface LanePackets {
  /** By number, ascending. */
  readonly packets: ReadonlyMap<number, PacketRecord>;
  /** The highest number; undefined before the first packet. */
  readonly newest: number | undefined;
}

/** One listener: its path, its ledger, and the newest packets of the channel. */
export class Lane {
  settings: PathSettings;
  ledger: ChannelLedger | undefined;
  readonly #packets = new Map<number, PacketRecord>();
  #newest: number | undefined;

  constructor(readonly number: number, settings: PathSettings) {
    this.settings = settings;
  }

  take({ settings, ledger, packets }: ListenerMoment): void {
    this.settings = settings;
    this.ledger = ledger;
    for (const packet of packets) {
      this.#packets.set(packet.sequence, packet);
      this.#newest = Math.max(this.#newest ?? packet.sequence, packet.sequence);
    }
    for (const sequence of this.#packets.keys()) {
      if (sequence <= this.#newest! - KEPT_PACKETS) this.#packets.delete(sequence);
    }
  }

  /** Another channel is looked at. */
  forget(): void {
    this.ledger = undefined;
    this.#packets.clear();
    this.#newest = undefined;
  }

  get live(): LanePackets {
    return { packets: this.#packets, newest: this.#newest };
  }

  /** The same, which does not change any more. */
  get still(): LanePackets {
    return { packets: new Map(this.#packets), newest: this.#newest };
  }
}
