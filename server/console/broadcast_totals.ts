import type { Millis } from "../../shared/core/units.ts";
import type { ServerOutput, ServerStats } from "../interface/output.ts";

/** Rates per second, as an average of about the last second. */
export interface Rates {
  readonly packets: number;
  readonly bytes: number;
}

const NOTHING: ServerStats = {
  kind: "stats",
  listeners: 0,
  packetsSent: 0,
  bytesSent: 0,
  retransmitted: 0,
  fecPacketsSent: 0,
  packetsEncrypted: 0,
  overflowed: 0,
  sendsRefused: 0,
  sendErrors: {},
  keyFrameRequests: 0,
  unanswered: {},
  pastFragmentsSent: 0,
  pastUnanswered: {},
  channels: [],
  junk: {},
};

/** The totals of a broadcast, for the status line and the summary. */
export class BroadcastTotals {
  readonly openedAt: Millis;
  now: Millis;
  startedAt: Millis | undefined;
  stats: ServerStats = NOTHING;
  rates: Rates = { packets: 0, bytes: 0 };
  listeners = 0;
  mostListeners = 0;
  joined = 0;
  rejected = 0;
  events = 0;
  score: string | undefined;
  clock: string | undefined;
  /** Why the broadcast has ended; undefined while it runs. */
  reason: string | undefined;
  #statsAt: Millis;

  constructor(now: Millis) {
    this.openedAt = now;
    this.now = now;
    this.#statsAt = now;
  }

  note(output: ServerOutput, now: Millis): void {
    this.now = now;
    switch (output.kind) {
      case "started":
        this.startedAt = output.at;
        break;
      case "listener-joined":
        this.joined++;
        this.listeners = output.listeners;
        this.mostListeners = Math.max(this.mostListeners, output.listeners);
        break;
      case "listener-left":
        this.listeners = output.listeners;
        break;
      case "rejected":
        this.rejected++;
        break;
      case "event-sent":
        this.events++;
        this.score = output.event.score;
        this.clock = output.event.event.clock;
        break;
      case "stats":
        this.#noteStats(output, now);
        break;
      case "ended":
        this.reason = output.reason;
    }
  }

  #noteStats(stats: ServerStats, now: Millis): void {
    const seconds = (now - this.#statsAt) / 1000;
    if (seconds > 0.5) {
      this.rates = {
        packets: (stats.packetsSent - this.stats.packetsSent) / seconds,
        bytes: (stats.bytesSent - this.stats.bytesSent) / seconds,
      };
      this.#statsAt = now;
    }
    this.stats = stats;
  }
}
