import type { Millis, RtpTicks } from "../../../shared/core/units.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { Item } from "../../link/down.ts";
import type { Channel } from "./channel.ts";
import { FrameSpreader } from "./frame_spreader.ts";
import type { PacketMarks, StreamPacket } from "./packetizer.ts";

/** A packet that is sent now, in clear. */
export interface SentPacket extends StreamPacket {
  readonly channel: Channel;
  readonly ticks: RtpTicks;
  /** When it was ready to be sent: the packets of a large frame are sent one after the other. */
  readonly readyAt: Millis;
}

export interface ItemSenderOptions {
  /** Sends a packet to everybody. */
  readonly send: (packet: SentPacket, now: Millis) => void;
  /** The time over which a packet that is sent now leaves, from one listener to the next. */
  readonly spread: () => Millis;
  /** A channel has ended, and its last packet was sent to everybody. */
  readonly onEnded: (channel: Channel, now: Millis) => void;
}

/** What late joiners get of a channel whose packets leave as they come: 10 Mbit/s. */
const UNSPREAD_BYTES_PER_MILLI = 1250;

interface ReadyItem {
  readonly item: Item;
  readonly readyAt: Millis;
}

/** One channel: what waits, and whether it has ended. */
interface Lane {
  readonly channel: Channel;
  /** Absent when its packets leave as they come. */
  readonly spreader?: FrameSpreader<ReadyItem>;
  hasEnded: boolean;
  /** When its last packet was sent to everybody. */
  leftAt: Millis;
}

/**
 * Makes a packet of each item and keeps it for repair. The packets of large frames leave over some time; an item
 * becomes a packet only as it leaves, so all counts are of packets that have left. A channel ends when its last
 * packet has left.
 */
export class ItemSender {
  readonly #options: ItemSenderOptions;
  readonly #lanes = new Map<Channel, Lane>();

  constructor(options: ItemSenderOptions) {
    this.#options = options;
  }

  /** When packets leave that wait; Infinity when none do. */
  get deadline(): Millis {
    let earliest = Infinity;
    for (const { spreader, hasEnded, leftAt } of this.#lanes.values()) {
      const ended = hasEnded ? leftAt : Infinity;
      earliest = Math.min(earliest, isAllSent(spreader) ? ended : spreader!.deadline);
    }
    return earliest;
  }

  /** Whether no packet waits. */
  get isEmpty(): boolean {
    for (const { spreader } of this.#lanes.values()) if (!isAllSent(spreader)) return false;
    return true;
  }

  /** Takes the next item of a channel. @returns false when it is not the next one. */
  push(channel: Channel, item: Item, now: Millis): boolean {
    const { spreader, hasEnded } = this.#laneOf(channel);
    const waiting = spreader?.count ?? 0;
    if (hasEnded || item.sequence !== channel.packetizer.nextSequence + waiting) return false;
    const ready = { item, readyAt: now };
    if (!spreader || item.isPast) this.#send(channel, ready, now);
    else {
      const { ticks, marker: isLast, payload: { length: bytes } } = item;
      spreader.push({ packet: ready, bytes, ticks, isLast }, now);
      this.#sendDue(channel, spreader, now);
    }
    return true;
  }

  /** The channel ends with the packets that it has. */
  end(channel: Channel, now: Millis): void {
    this.#laneOf(channel).hasEnded = true;
    this.#finish(now);
  }

  /** The bytes that may leave in a millisecond for large frames, and for late joiners. */
  bytesPerMilli(channel: Channel): number {
    return this.#laneOf(channel).spreader?.bytesPerMilli ?? UNSPREAD_BYTES_PER_MILLI;
  }

  /** Sends what is due. */
  advance(now: Millis): void {
    for (const { channel, spreader } of this.#lanes.values()) {
      if (spreader) this.#sendDue(channel, spreader, now);
    }
    this.#finish(now);
  }

  /** Sends all that waits for channels that have ended: their place is needed. */
  flushEnded(now: Millis): void {
    for (const { channel, spreader, hasEnded } of this.#lanes.values()) {
      const all = hasEnded ? spreader?.takeAll() ?? [] : [];
      for (const ready of all) this.#send(channel, ready, now);
    }
    this.#finish(Infinity, now);
  }

  #sendDue(channel: Channel, spreader: FrameSpreader<ReadyItem>, now: Millis): void {
    for (const ready of spreader.due(now)) this.#send(channel, ready, now);
  }

  #send(channel: Channel, { item, readyAt }: ReadyItem, now: Millis): void {
    const { packetizer, history, entry } = channel;
    const { payload, ticks, isPast } = item;
    channel.framePace?.onPacket(ticks);
    const spreadMillis = isPast ? 0 : this.#options.spread();
    const packet = packetizer.packetize(payload, ticks, marksOf(channel, item));
    const unitReadyAt = enter(channel, packet, { item, readyAt });
    const keepFrom = entry?.start;
    history.put(packet, now, {
      readyAt: unitReadyAt,
      spreadMillis,
      ...(keepFrom !== undefined && { keepFrom }),
    });
    this.#laneOf(channel).leftAt = now + spreadMillis;
    if (!isPast) this.#options.send({ ...packet, channel, ticks, readyAt }, now);
  }

  /** Ends the channels whose packets have left by `leftBy`. */
  #finish(leftBy: Millis, now: Millis = leftBy): void {
    for (const [channel, { spreader, hasEnded, leftAt }] of this.#lanes) {
      if (!hasEnded || !isAllSent(spreader) || leftAt > leftBy) continue;
      this.#lanes.delete(channel);
      this.#options.onEnded(channel, now);
    }
  }

  #laneOf(channel: Channel): Lane {
    let lane = this.#lanes.get(channel);
    if (!lane) {
      const spreader = CHANNEL_KINDS[channel.kind].isSpread
        ? new FrameSpreader<ReadyItem>(channel.clockRate)
        : undefined;
      lane = { channel, ...(spreader && { spreader }), hasEnded: false, leftAt: -Infinity };
      this.#lanes.set(channel, lane);
    }
    return lane;
  }
}

function isAllSent(spreader: FrameSpreader<ReadyItem> | undefined): boolean {
  return (spreader?.count ?? 0) === 0;
}

/** The number of a frame goes with each of its packets; that of a message is in its fragments. */
function marksOf({ keyFrames }: Channel, { marker, frameNumber }: Item): PacketMarks {
  return { marker, ...(keyFrames && frameNumber !== undefined && { frameNumber }) };
}

/** @returns when the frame or message of the packet was ready to be sent. */
function enter({ entry }: Channel, { sequence, datagram }: StreamPacket, ready: ReadyItem): Millis {
  const { item: { isKey, marker: isLast, frameNumber: number }, readyAt } = ready;
  if (!entry || number === undefined) return readyAt;
  return entry.onPacket({ sequence, bytes: datagram.length, isKey, number, isLast, readyAt });
}
