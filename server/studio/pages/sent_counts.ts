import type { Millis } from "../../../shared/core/units.ts";
import type { StudioCounts } from "../../../shared/studio/studio_messages.ts";
import type { ServerStats } from "../../interface/output.ts";

/** What the host has sent, with the rates since the statistics before. */
export class SentCounts {
  #counts: StudioCounts = {
    kind: "counts",
    listeners: 0,
    packetsPerSecond: 0,
    bytesPerSecond: 0,
    packets: 0,
    refused: 0,
    resent: 0,
    parity: 0,
    overflow: 0,
  };
  #bytes = 0;
  #at: Millis | undefined;
  #refused = 0;

  get counts(): StudioCounts {
    return this.#counts;
  }

  noteRefusal(): void {
    this.#refused++;
  }

  note(stats: ServerStats, now: Millis): void {
    const { packetsSent, bytesSent } = stats;
    const seconds = this.#at === undefined ? 0 : (now - this.#at) / 1000;
    const rate = (amount: number) => seconds > 0 ? Math.max(0, amount) / seconds : 0;
    this.#counts = {
      kind: "counts",
      listeners: stats.listeners,
      packetsPerSecond: rate(packetsSent - this.#counts.packets),
      bytesPerSecond: rate(bytesSent - this.#bytes),
      packets: packetsSent,
      refused: this.#refused,
      resent: stats.retransmitted,
      parity: stats.fecPacketsSent,
      overflow: stats.overflowed + stats.sendsRefused,
    };
    this.#bytes = bytesSent;
    this.#at = now;
  }
}
