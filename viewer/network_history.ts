import type { ChannelLedger, LedgerSnapshot } from "../shared/ledger/ledger.ts";
import { MAX_NETWORK_SAMPLES, type NetworkSample } from "../shared/page/page.ts";

/** The network statistics of the last minutes, one sample for each ledger. */
export class NetworkHistory {
  readonly #samples: NetworkSample[] = [];
  #before: ChannelLedger | undefined;

  /** Adds a sample of audio or, without audio, of events; undefined when there is neither. */
  push(ledger: LedgerSnapshot): NetworkSample | undefined {
    const channel = ledger.channels.find(({ channel }) => channel === "audio") ??
      ledger.channels.find(({ channel }) => channel === "events");
    if (!channel) return undefined;
    const sample = toSample(ledger.at, channel, this.#before);
    this.#before = channel;
    this.#samples.push(sample);
    if (this.#samples.length > MAX_NETWORK_SAMPLES) this.#samples.shift();
    return sample;
  }

  /** Oldest first. */
  get samples(): readonly NetworkSample[] {
    return this.#samples;
  }
}

function toSample(at: number, after: ChannelLedger, before?: ChannelLedger): NetworkSample {
  const grown = (field: "packetsExpected" | "networkLost" | "jitterBufferEmittedCount") =>
    after[field] - (before?.[field] ?? 0);
  const expected = grown("packetsExpected");
  const emitted = grown("jitterBufferEmittedCount");
  const waited = after.jitterBufferDelay - (before?.jitterBufferDelay ?? 0);
  return {
    at,
    jitterMillis: after.jitter * 1000,
    // Late packets reduce the losses of an earlier second, so the difference may be negative.
    lossPercent: expected > 0 ? clamp(grown("networkLost") / expected * 100, 0, 100) : 0,
    bufferMillis: Math.max(emitted > 0 ? waited / emitted : after.jitterBufferTargetDelay, 0) *
      1000,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
