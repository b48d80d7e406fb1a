/*
 * Late joiners: a listener can begin to decode a screen only at a key frame, and has no live data before the first
 * whole message. So one that joins gets all packets from the channel's entry point on, which is the last key frame
 * or the last whole message (../sending/entry_point.ts).
 *
 * In: each listener that has reported for the first time, its requests for packets from before it joined, and
 * the packets that are sent to all.
 * Out: those packets in the RTX stream, encrypted once for all listeners that want them, at a pace that delays
 * nobody (carousel.ts, the file to read next); and the wish for a new key frame where that costs less.
 *
 * A listener counts these packets outside its ledger: their numbers are below the next one of its ACCEPT.
 */

import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { Channel } from "../sending/channel.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import type { Session } from "../sessions/sessions.ts";
import type { Unanswered } from "../../interface/output.ts";
import { Carousel } from "./carousel.ts";

export interface LateJoinersOptions {
  /** Those with an entry point and retransmissions. */
  readonly channels: () => readonly Channel[];
  readonly listenerCount: () => number;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  /** How many bytes may leave in a millisecond. */
  readonly rateOf: (channel: Channel) => number;
  /** Asks the source for a new key frame; not every source can make one. */
  readonly wishKeyFrame: (channel: Channel, now: Millis) => void;
}

/** Gives late joiners what they need to begin. */
export class LateJoiners {
  readonly #options: LateJoinersOptions;
  /** For each channel, from its entry point on. */
  readonly #carousels = new Map<Channel, Carousel>();

  constructor(options: LateJoinersOptions) {
    this.#options = options;
  }

  /** When packets for late joiners leave next; Infinity when none do. */
  get deadline(): Millis {
    let earliest = Infinity;
    for (const { deadline } of this.#carousels.values()) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  /** A listener has reported for the first time, so it exists and has its ACCEPT. */
  onJoined(session: Session, now: Millis): void {
    for (const channel of this.#options.channels()) this.#begin(session, channel, now);
  }

  /** The listener has left. */
  onLeft(session: Session): void {
    for (const carousel of this.#carousels.values()) carousel.forget(session);
  }

  /** Whether the listener is still being sent the packets from before it joined. */
  isServing(session: Session, channel: Channel): boolean {
    return this.#carouselOf(channel)?.isServing(session) ?? false;
  }

  /** A listener requests a packet from before it joined. @returns why it is not sent, if so. */
  request(
    session: Session,
    channel: Channel,
    sequence: ExtendedSequence,
    now: Millis,
  ): Unanswered | undefined {
    const carousel = this.#carouselOf(channel);
    return carousel ? carousel.request(session, sequence, now) : "gone";
  }

  advance(now: Millis): void {
    for (const channel of this.#carousels.keys()) this.#carouselOf(channel)?.advance(now);
  }

  /** The channel has ended. */
  remove(channel: Channel): void {
    this.#carousels.delete(channel);
  }

  #begin(session: Session, channel: Channel, now: Millis): void {
    const { outbox, protect, rateOf } = this.#options;
    const end = firstOf(session, channel);
    const start = channel.entry?.start;
    const isCovered = start !== undefined && channel.history.get(start, now) !== undefined;
    if (!isCovered && channel.packetizer.packetCount > 0) return this.#wishKeyFrame(channel, now);
    // Whoever joined before gets it as all others do.
    if (start === undefined || end === undefined || end <= start) return;
    const rate = () => rateOf(channel);
    const carousel = this.#carouselOf(channel) ??
      new Carousel({ channel, start, outbox, protect, rate });
    this.#carousels.set(channel, carousel);
    carousel.add(session, end, now);
    if (this.#isKeyFrameCheaper(channel, end, now)) this.#wishKeyFrame(channel, now);
  }

  /** A message can't be wished for: the next one comes when its source gives it. */
  #wishKeyFrame(channel: Channel, now: Millis): void {
    if (channel.keyFrames) this.#options.wishKeyFrame(channel, now);
  }

  /** Whether a new key frame for everybody takes fewer bytes than all packets since the last one for one. */
  #isKeyFrameCheaper(channel: Channel, end: ExtendedSequence, now: Millis): boolean {
    const { history, keyFrames } = channel;
    if (!keyFrames) return false;
    const bytes = history.bytesBetween(keyFrames.start!, end, now);
    return this.#options.listenerCount() * keyFrames.largestBytes < bytes;
  }

  /** With a new key frame or message, what was before it is wanted no longer. */
  #carouselOf(channel: Channel): Carousel | undefined {
    const carousel = this.#carousels.get(channel);
    const start = channel.entry?.start;
    if (!carousel || start === undefined) return undefined;
    carousel.beginFrom(start);
    if (carousel.size > 0) return carousel;
    this.#carousels.delete(channel);
    return undefined;
  }
}

/** The first packet that the listener counts; undefined when it was not told of the channel. */
export function firstOf(session: Session, { ssrc }: Channel): ExtendedSequence | undefined {
  return session.channels.find((told) => told.ssrc === ssrc)?.nextSequence;
}
