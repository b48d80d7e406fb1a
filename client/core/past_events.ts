import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { PastFragment, PastRequest } from "../../shared/rtcp/past_messages.ts";
import type { EventVerifier } from "../../shared/secrecy/signed_event.ts";
import type { Stream } from "../receiving/stream.ts";
import type { StreamSet } from "../receiving/stream_set.ts";
import { PastFetcher } from "../receiving/past/past_fetcher.ts";
import type { Proofs } from "../receiving/past/proofs.ts";

/** Blocks given out in one turn; then whoever takes the events may ask for a pause. */
const BLOCKS_IN_TURN = 8;

export interface PastEventsOptions {
  readonly streams: StreamSet;
  readonly junk: Counters<JunkName>;
  readonly proofs: Proofs;
}

/** Fetches what the timeline's stream lacks, and gives the stream the entries that came. */
export class PastEvents {
  readonly #options: PastEventsOptions;
  #fetcher: PastFetcher | undefined;
  #stream: Stream | undefined;
  #isHeld = false;
  /** Since when more blocks may be there that can be given out. */
  #moreSince: Millis = Infinity;
  /** The broadcast whose entries the proofs prove. */
  #broadcastId: string | undefined;

  constructor(options: PastEventsOptions) {
    this.#options = options;
  }

  /**
   * An ACCEPT came: blocks are fetched from its host.
   *
   * @param verifier absent when the broadcast is sent in clear.
   */
  onAccepted(verifier: EventVerifier | undefined): void {
    const { junk, proofs } = this.#options;
    if (verifier?.broadcastId !== this.#broadcastId) proofs.clear();
    this.#broadcastId = verifier?.broadcastId;
    this.#stream = undefined;
    this.#fetcher = new PastFetcher({
      verifier,
      onJunk: (name) => junk.add(name),
      ...(verifier && { onBlock: (firstCount, block) => proofs.onBlock(firstCount, block) }),
    });
  }

  /** When {@linkcode poll} may have requests; it has none once the timeline's stream is gone. */
  get deadline(): Millis {
    const more = this.#isHeld ? Infinity : this.#moreSince;
    const { missingPast } = this.#timeline ?? {};
    // Without a stream to give them to, nothing is fetched.
    if (!this.#fetcher || !missingPast) return more;
    return Math.min(more, this.#fetcher.isIdle ? missingPast.deadline : this.#fetcher.deadline);
  }

  /** Entries wait here while whoever takes the events can't keep up; no more is fetched than fits here. */
  hold(isHeld: boolean, now: Millis): void {
    this.#isHeld = isHeld;
    this.#moreSince = now;
  }

  /** @returns requests for one datagram; call until there are none. @param ssrc the listener's. */
  poll(ssrc: number, now: Millis): PastRequest[] {
    const fetcher = this.#fetcher;
    const stream = this.#timeline;
    if (!fetcher || !stream) return [];
    this.#stream = stream;
    const missing = fetcher.isIdle ? stream.missingPast?.poll(now) : undefined;
    if (missing) fetcher.want(missing.first, missing.last);
    return fetcher.poll(ssrc, now);
  }

  onFragment(fragment: PastFragment, now: Millis): void {
    this.#fetcher?.onFragment(fragment, now);
    this.giveOut(now);
  }

  /** Gives the stream the entries of the next blocks, a few blocks in a turn. */
  giveOut(now: Millis): void {
    if (this.#isHeld) return;
    this.#moreSince = Infinity;
    for (let turn = 0; turn < BLOCKS_IN_TURN; turn++) {
      const entries = this.#fetcher?.take();
      if (!entries) return;
      for (const entry of entries) this.#stream?.takePast(entry, now);
    }
    this.#moreSince = now;
  }

  /** The stream whose entries come in blocks; undefined when there is none now. */
  get #timeline(): Stream | undefined {
    return [...this.#options.streams].find(({ missingPast, hasEnded, isPastMissing }) =>
      missingPast && (!hasEnded || isPastMissing)
    );
  }
}
