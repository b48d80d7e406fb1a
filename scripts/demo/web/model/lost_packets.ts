import type { Millis } from "../../../../shared/core/units.ts";
import { type PacketRecord, packetState } from "../../../../shared/page/page_network.ts";

/** A packet that the network dropped, and whose listener it was sent to. */
export interface LostPacket {
  readonly listener: number;
  readonly packet: PacketRecord;
}

const KEPT = 120;
/** A loss that is still open after this long is shown as open. */
const OPEN_MILLIS: Millis = 1000;

/** The packets that were lost last, of all listeners. */
export class LostPackets {
  readonly #packets = new Map<string, LostPacket>();
  #now: Millis = 0;

  take(listener: number, packet: PacketRecord, now: Millis): void {
    this.#now = now;
    if (!packet.isDropped) return;
    this.#packets.set(`${listener} ${packet.sequence}`, { listener, packet });
    while (this.#packets.size > KEPT) {
      const [oldest] = this.#packets.keys();
      this.#packets.delete(oldest!);
    }
  }

  clear(): void {
    this.#packets.clear();
  }

  /** Those whose story is over, or has been open for long; the newest first. */
  told(): readonly LostPacket[] {
    return [...this.#packets.values()]
      .filter(({ packet }) => isOver(packet) || this.#now - packet.sentAt > OPEN_MILLIS)
      .sort((one, other) => other.packet.sentAt - one.packet.sentAt);
  }
}

function isOver(packet: PacketRecord): boolean {
  const state = packetState(packet);
  return state === "missed" || state === "repaired" && packet.playedAt !== undefined;
}
