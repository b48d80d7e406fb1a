import { areEqual } from "../../../../shared/core/bytes.ts";
import type { TransportPacket } from "./transport_packets.ts";

const COUNTER_BITS = 0x0f;

/** Finds lost and doubled packets of one stream (ISO 13818-1 section 2.4.3.3). */
export class Continuity {
  #counter: number | undefined;
  #payload = new Uint8Array(0);

  /** A counter that stands still is a doubled packet only if the content is the same. */
  check(packet: TransportPacket): "next" | "duplicate" | "gap" {
    const { continuityCounter, isDiscontinuous, payload } = packet;
    const before = this.#counter;
    const isSame = continuityCounter === before && areEqual(payload, this.#payload);
    this.#counter = continuityCounter;
    this.#payload = payload.slice();
    if (before === undefined || isDiscontinuous) return "next";
    if (isSame) return "duplicate";
    return continuityCounter === ((before + 1) & COUNTER_BITS) ? "next" : "gap";
  }

  reset(): void {
    this.#counter = undefined;
  }
}
