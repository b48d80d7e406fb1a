import type { Millis } from "../../shared/core/units.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";

/** About two seconds of a stream; more are dropped. */
const MAX_KEPT = 256;

/** A copy of an RTP or RTCP datagram. */
export interface KeptDatagram {
  readonly datagram: Uint8Array;
  /** Its parsed header, if it is RTP; the payload is a view of `datagram`. */
  readonly packet?: RtpPacket;
  /** When it arrived. */
  readonly at: Millis;
}

/**
 * Datagrams that arrived before the ACCEPT, the key or the announcement of a channel which they need. Each is
 * kept with its time of arrival, so that counts and jitter are exact from the first packet on.
 */
export class EarlyDatagrams {
  #kept: KeptDatagram[] = [];

  /** @returns false when there is no room. */
  keep(datagram: Uint8Array, packet: RtpPacket | undefined, at: Millis): boolean {
    if (this.#kept.length >= MAX_KEPT) return false;
    const copy = datagram.slice();
    this.#kept.push({
      datagram: copy,
      at,
      ...(packet && { packet: withPayloadIn(copy, packet, datagram) }),
    });
    return true;
  }

  /** Drops datagrams that arrived before `limit`. @returns how many. */
  expire(limit: Millis): number {
    const { length } = this.#kept;
    this.#kept = this.#kept.filter(({ at }) => at >= limit);
    return length - this.#kept.length;
  }

  /** Everything kept, in order of arrival; nothing is left. */
  takeAll(): KeptDatagram[] {
    const all = this.#kept;
    this.#kept = [];
    return all;
  }
}

/** The same packet, its payload a view of `copy` instead of `datagram`, which its owner reuses. */
function withPayloadIn(copy: Uint8Array, packet: RtpPacket, datagram: Uint8Array): RtpPacket {
  const start = packet.payload.byteOffset - datagram.byteOffset;
  return { ...packet, payload: copy.subarray(start, start + packet.payload.length) };
}
