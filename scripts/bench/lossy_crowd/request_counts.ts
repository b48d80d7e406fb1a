import type { PacketNews } from "../../../client/interface/packet_watch.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";

/** What a listener requested of one stream, and what became of it. */
export interface Requests {
  /** Numbers in its NACKs, with repetitions. */
  readonly requested: number;
  /** Packets that it requested at least once. */
  readonly requestedPackets: number;
  /** Of these, packets whose original came after all: they were not lost. */
  readonly needless: number;
}

/** A packet's original comes within so many further requested packets, or never. */
const REMEMBERED = 1024;

/** Counts what a listener requests, from what it tells of its packets. */
export class RequestCounts {
  readonly #requested = new Set<ExtendedSequence>();
  #sum = { requested: 0, requestedPackets: 0, needless: 0 };

  take({ what, sequence }: PacketNews): void {
    if (what === "requested") this.#onRequested(sequence);
    const isOriginal = what === "received" || what === "overtaken";
    if (isOriginal && this.#requested.delete(sequence)) this.#sum.needless++;
  }

  get counts(): Requests {
    return { ...this.#sum };
  }

  #onRequested(sequence: ExtendedSequence): void {
    this.#sum.requested++;
    if (this.#requested.has(sequence)) return;
    this.#requested.add(sequence);
    this.#sum.requestedPackets++;
    const [oldest] = this.#requested;
    if (this.#requested.size > REMEMBERED) this.#requested.delete(oldest!);
  }
}
