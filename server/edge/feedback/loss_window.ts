import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { ReceptionReport } from "../../../shared/rtcp/rtcp.ts";

/** Losses are judged over this time. */
const WINDOW_MILLIS: Millis = 5000;
/** Reports that come faster replace each other. */
const LEAST_APART_MILLIS: Millis = 250;
/** A listener that has not reported for so long is not judged. */
const OLDEST_MILLIS: Millis = 20_000;
/** Streams of one listener. */
const MAX_STREAMS = 16;

interface Sample {
  readonly at: Millis;
  readonly highestSequence: number;
  readonly cumulativeLost: number;
}

/** What one listener has lost of each stream in the last five seconds, by its reports (RFC 3550 section 6.4.1). */
export class LossWindow {
  readonly #samples = new BoundedMap<number, Sample[]>(MAX_STREAMS);

  onReport({ ssrc, highestSequence, cumulativeLost }: ReceptionReport, now: Millis): void {
    const samples = this.#samples.get(ssrc) ?? [];
    this.#samples.set(ssrc, samples);
    const newest = { at: now, highestSequence, cumulativeLost };
    const before = samples.at(-2);
    if (before && now - before.at < LEAST_APART_MILLIS) samples.pop();
    samples.push(newest);
    // One that is older than the window is where the window begins.
    while (samples.length > 2 && samples[1]!.at <= now - WINDOW_MILLIS) samples.shift();
  }

  /** @returns the share of packets that were lost; undefined when the reports do not tell. */
  shareOf(ssrc: number, now: Millis): number | undefined {
    const samples = this.#samples.get(ssrc) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || now - last.at > OLDEST_MILLIS) return undefined;
    const expected = last.highestSequence - first.highestSequence;
    if (expected <= 0) return undefined;
    return Math.min(Math.max((last.cumulativeLost - first.cumulativeLost) / expected, 0), 1);
  }
}
