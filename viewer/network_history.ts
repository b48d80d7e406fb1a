import type { ChannelLedger, LedgerSnapshot } from "../shared/ledger/ledger.ts";
import { chartedChannel, MAX_NETWORK_SAMPLES, type NetworkSample } from "../shared/page/page.ts";

/** The network statistics of the last minutes, one sample for each ledger. */
export class NetworkHistory {
  readonly #samples: NetworkSample[] = [];
  #before: readonly ChannelLedger[] = [];

  /** Adds a sample of the channel that is charted; undefined when there is none. */
  push({ at, channels }: Pick<LedgerSnapshot, "at" | "channels">): NetworkSample | undefined {
    const channel = chartedChannel(channels);
    if (!channel) return undefined;
    // Sound that begins late takes the place of the channel charted so far.
    const before = this.#before.find(({ channel: name }) => name === channel.channel);
    const sample = toSample(at, channel, before);
    this.#before = channels;
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
    // Packets of a screen or of live data wait elsewhere, as parts of their frame or message.
    bufferMillis: Math.max(
      waited > 0 && emitted > 0 ? waited / emitted : after.jitterBufferTargetDelay,
      0,
    ) * 1000,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
