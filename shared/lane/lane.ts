import { Counters } from "../core/counters.ts";
import { MAX_DATAGRAM_BYTES, type Millis } from "../core/units.ts";
import { type LaneData, type LaneMessage, laneMessageBytes } from "../rtcp/lane_messages.ts";
import { SRTCP_OVERHEAD_BYTES } from "../secrecy/srtcp.ts";
import type { LaneCount } from "./lane_counts.ts";
import { LaneReceiver } from "./lane_receiver.ts";
import { type Fragment, LaneSender } from "./lane_sender.ts";

/**
 * shared/lane: a small reliable, ordered lane for messages between the host and one listener, both ways.
 *
 * Each end has one {@linkcode Lane} for a session. Messages of at most 16 kB go in; RTCP messages
 * (`laneData`, `laneAck`) come out, to be sealed and sent as all control for one listener is. Those of
 * the other end go in, and its messages come out whole, in order, once. lane_sender.ts cuts messages
 * into fragments and repeats them, with the timer of repeat_timeout.ts; lane_receiver.ts puts them
 * together and acknowledges them; pace.ts limits both. messages.ts has what the messages say. The lane
 * knows no addresses, so it lasts through a change of address. The next file to read is lane_sender.ts.
 */
export interface LaneOptions {
  /** Of this end. */
  readonly ssrc: number;
  /** The SSRC that the listener reports under, which is another one in each session. */
  readonly listenerSsrc: number;
  /** The number of each end's first fragment; 0 but in tests. */
  readonly start?: number;
  /** May be those of many lanes; the lane's own if absent. */
  readonly counts?: Counters<LaneCount>;
}

/** Of RTCP messages in a datagram, before it is sealed. */
const ROOM_BYTES = MAX_DATAGRAM_BYTES - SRTCP_OVERHEAD_BYTES;

export class Lane {
  readonly #options: LaneOptions;
  readonly #sender: LaneSender;
  readonly #receiver: LaneReceiver;
  readonly #counts: Counters<LaneCount>;
  /** When something last came in; no deadline is earlier. */
  #changedAt: Millis = -Infinity;

  constructor(options: LaneOptions) {
    this.#options = options;
    const { start, counts = new Counters<LaneCount>() } = options;
    this.#counts = counts;
    this.#sender = new LaneSender(start, counts);
    this.#receiver = new LaneReceiver(start, counts);
  }

  /** @returns whether the message was taken; it was not when it is too large or the queue is full. */
  send(message: Uint8Array, now: Millis): boolean {
    this.#changedAt = now;
    return this.#sender.send(message);
  }

  /** Takes a round trip that the caller measured, so that the first repetition comes in time. */
  onRoundTrip(millis: Millis): void {
    this.#sender.onRoundTrip(millis);
  }

  /**
   * Takes the lane's messages of one received datagram. Call `poll` after it: the acknowledgement
   * leaves at once, and one suffices for the datagram.
   *
   * @returns the other end's messages that are whole now, in order.
   */
  receive(messages: readonly LaneMessage[], now: Millis): Uint8Array[] {
    this.#changedAt = now;
    return messages.flatMap((message) => {
      if (message.listenerSsrc !== this.#options.listenerSsrc) {
        this.#counts.add("otherSession");
        return [];
      }
      if (message.type === "laneData") return this.#receiver.onFragment(message, now);
      this.#sender.onAck(message, now);
      return [];
    });
  }

  /** Asks the other end to repeat what is missing, for a message that is urgent. */
  request(now: Millis): void {
    this.#changedAt = now;
    this.#receiver.request();
  }

  /** @returns what to send now: the RTCP messages of each datagram. */
  poll(now: Millis): LaneMessage[][] {
    const { ssrc, listenerSsrc } = this.#options;
    const ack = this.#receiver.takeAck();
    const fragments = this.#sender.poll(now).map((fragment) => this.#dataOf(fragment));
    return inDatagrams([
      ...(ack ? [{ type: "laneAck", ssrc, listenerSsrc, ...ack } as const] : []),
      ...fragments,
    ]);
  }

  #dataOf({ fragment, isFirst, isLast, bytes }: Fragment): LaneData {
    const { ssrc, listenerSsrc } = this.#options;
    return { type: "laneData", ssrc, listenerSsrc, fragment, isFirst, isLast, bytes };
  }

  /** When to call `poll` next; undefined when there is nothing to wait for. */
  get deadline(): Millis | undefined {
    if (this.#receiver.isAckDue) return this.#changedAt;
    const { deadline } = this.#sender;
    return deadline === undefined ? undefined : Math.max(deadline, this.#changedAt);
  }

  /** Whether the other end has acknowledged every message. */
  get isIdle(): boolean {
    return this.#sender.isIdle;
  }

  /** What the lane keeps: messages to be sent, and parts of received ones. */
  get bytes(): { readonly queued: number; readonly held: number } {
    return { queued: this.#sender.queuedBytes, held: this.#receiver.heldBytes };
  }

  get counts(): Partial<Record<LaneCount, number>> {
    return this.#counts.snapshot();
  }
}

/** Several messages share a datagram as long as it still fits when it is sealed. */
function inDatagrams(messages: readonly LaneMessage[]): LaneMessage[][] {
  const datagrams: LaneMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = laneMessageBytes(message);
    if (bytes > room) {
      datagrams.push([]);
      room = ROOM_BYTES;
    }
    datagrams.at(-1)!.push(message);
    room -= bytes;
  }
  return datagrams;
}
