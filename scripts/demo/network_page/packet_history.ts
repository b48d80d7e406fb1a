import type { PacketNews } from "../../../client/interface/packet_watch.ts";
import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import { Ring } from "../../../shared/core/ring.ts";
import { toSequenceNumber, unwrapNear } from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";
import { KEPT_PACKETS, type PacketRecord } from "../../../shared/page/page_network.ts";
import type { PacketFate } from "../../network/netem.ts";

/** Four channels, and their retransmissions and parity. */
const KEPT_STREAMS = 16;

/** Packets of which something is known since a version, and the version now. */
export interface HistoryChanges {
  readonly version: number;
  readonly packets: readonly PacketRecord[];
}

/** What happened to the newest packets on the way to one listener, by stream. Its memory is bounded. */
export class ListenerHistory {
  readonly #streams = new BoundedMap<number, PacketHistory>(KEPT_STREAMS);

  onFate(fate: PacketFate): void {
    let stream = this.#streams.get(fate.ssrc);
    if (!stream) this.#streams.set(fate.ssrc, stream = new PacketHistory());
    stream.onFate(fate);
  }

  onNews(news: PacketNews): void {
    this.#streams.get(news.ssrc)?.onNews(news);
  }

  /** @param version of the last changes that were read; 0 for all that is kept. */
  since(ssrc: number, version: number): HistoryChanges {
    return this.#streams.get(ssrc)?.since(version) ?? { version, packets: [] };
  }
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

interface Entry {
  packet: PacketRecord;
  /** When this was written last, counted in changes. */
  version: number;
}

/**
 * What happened to the newest packets of one stream: first what the network says, then what the listener says. The
 * listener and the network count packets from other beginnings, so both numbers are read as near to the newest.
 */
export class PacketHistory {
  readonly #entries = new Ring<Entry>(KEPT_PACKETS);
  #highest: ExtendedSequence | undefined;
  #playedUpTo: ExtendedSequence | undefined;
  #version = 0;

  onFate({ sequence: counted, at, isLost, isDuplicated, isHeldBack }: PacketFate): void {
    const sequence = this.#place(counted);
    if (sequence <= (this.#highest ?? -Infinity)) return;
    this.#highest = sequence;
    this.#write({
      sequence,
      sentAt: at,
      ...(isLost && { isDropped: true }),
      ...(isDuplicated && { isDoubled: true }),
      ...(isHeldBack && !isLost && { isHeldBack: true }),
    });
  }

  onNews(news: PacketNews): void {
    const sequence = this.#place(news.sequence);
    if (news.what === "played") this.#onPlayed(sequence);
    const entry = this.#entries.get(sequence);
    if (entry) this.#write({ ...entry.packet, ...told(entry.packet, news) });
  }

  since(version: number): HistoryChanges {
    const packets: PacketRecord[] = [];
    const newest = this.#highest ?? 0;
    for (let sequence = newest - KEPT_PACKETS + 1; sequence <= newest; sequence++) {
      const entry = this.#entries.get(sequence);
      if (entry && entry.version > version) packets.push(entry.packet);
    }
    return { version: this.#version, packets };
  }

  #place(sequence: ExtendedSequence): ExtendedSequence {
    return unwrapNear(toSequenceNumber(sequence), this.#highest, 16) as ExtendedSequence;
  }

  /** Packets before it that did not come were passed over. */
  #onPlayed(sequence: ExtendedSequence): void {
    const newest = this.#highest ?? sequence;
    const after = Math.max(this.#playedUpTo ?? sequence - 1, newest - KEPT_PACKETS);
    for (let missed = after + 1; missed < sequence; missed++) {
      const entry = this.#entries.get(missed);
      if (entry && !entry.packet.playedAt) this.#write({ ...entry.packet, isMissed: true });
    }
    this.#playedUpTo = Math.max(this.#playedUpTo ?? sequence, sequence) as ExtendedSequence;
  }

  #write(packet: PacketRecord): void {
    this.#entries.set(packet.sequence, { packet, version: ++this.#version });
  }
}

/** What a listener's news adds to what is known of a packet. */
function told(packet: PacketRecord, { what, at }: PacketNews): Partial<Writable<PacketRecord>> {
  switch (what) {
    case "received":
      return { receivedAt: at };
    case "overtaken":
      return { receivedAt: at, isOvertaken: true };
    case "duplicate":
      return { duplicates: (packet.duplicates ?? 0) + 1 };
    case "late":
      return { isLate: true };
    case "requested":
      return { requestedAt: packet.requestedAt ?? at, requests: (packet.requests ?? 0) + 1 };
    case "retransmitted":
      return { repairedAt: at, repairedBy: "retransmission" };
    case "recovered":
      return { repairedAt: at, repairedBy: "parity" };
    case "repaired-late":
      return packet.repairedAt === undefined ? { repairedAt: at, isRepairLate: true } : {};
    case "played":
      return { playedAt: at };
  }
}
