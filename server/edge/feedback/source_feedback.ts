/*
 * Feedback for sources: what listeners say that concerns whoever encodes a screen.
 *
 * In: requests for a key frame (picture loss indications, RFC 4585 section 6.3.1) and reception reports, of each
 * listener.
 * Out: messages for the origin (../../link/up.ts), each at most once a second for a channel: that a key frame is
 * wanted, and how many listeners lose much. One stream is the same for all, so one listener decides nothing.
 *
 * loss_window.ts, the file to read next, is what one listener has lost of late.
 */

import type { Millis } from "../../../shared/core/units.ts";
import type { ReceptionReport } from "../../../shared/rtcp/rtcp.ts";
import type { UpMessage } from "../../link/up.ts";
import type { Channel } from "../sending/channel.ts";
import type { Session } from "../sessions/sessions.ts";
import { LossWindow } from "./loss_window.ts";

const INTERVAL_MILLIS: Millis = 1000;
/** Whoever loses more than this loses much. */
const MUCH = 0.05;

export interface SourceFeedbackOptions {
  /** Those with key frames. */
  readonly channels: () => readonly Channel[];
  readonly everyone: () => readonly Session[];
  readonly tell: (message: UpMessage) => void;
  readonly now: Millis;
}

interface Asked {
  /** When the origin was asked last. */
  at: Millis;
  /** Since then a key frame was wanted; the value is how many had begun. */
  wantedAfter?: number | undefined;
}

/** Adds up what the listeners of this edge say, and tells the origin. */
export class SourceFeedback {
  readonly #options: SourceFeedbackOptions;
  readonly #asked = new WeakMap<Channel, Asked>();
  readonly #losses = new WeakMap<Session, LossWindow>();
  #reportAt: Millis;
  #requests = 0;

  constructor(options: SourceFeedbackOptions) {
    this.#options = options;
    this.#reportAt = options.now + INTERVAL_MILLIS;
  }

  /** How often the origin was asked for a key frame. */
  get keyFrameRequests(): number {
    return this.#requests;
  }

  /** When the origin is to be told something; Infinity while no channel has key frames. */
  get deadline(): Millis {
    const channels = this.#options.channels();
    if (channels.length === 0) return Infinity;
    return Math.min(this.#reportAt, ...channels.map((channel) => this.#askAt(channel)));
  }

  /** @returns false when there is no such stream. */
  onPictureLoss(mediaSsrc: number, isServed: (channel: Channel) => boolean, now: Millis): boolean {
    const channel = this.#options.channels().find(({ ssrc }) => ssrc === mediaSsrc);
    if (!channel) return false;
    if (!isServed(channel)) this.wishKeyFrame(channel, now);
    return true;
  }

  /** A key frame is wanted for a listener. */
  wishKeyFrame(channel: Channel, now: Millis): void {
    const asked = this.#askedFor(channel);
    asked.wantedAfter ??= channel.keyFrames?.count ?? 0;
    this.#askWhenDue(channel, now);
  }

  onReports(session: Session, reports: readonly ReceptionReport[], now: Millis): void {
    const channels = this.#options.channels();
    const those = reports.filter(({ ssrc }) => channels.some((channel) => channel.ssrc === ssrc));
    if (those.length === 0) return;
    const window = this.#losses.get(session) ?? new LossWindow();
    this.#losses.set(session, window);
    for (const report of those) window.onReport(report, now);
  }

  advance(now: Millis): void {
    for (const channel of this.#options.channels()) this.#askWhenDue(channel, now);
    if (now < this.#reportAt) return;
    const missed = Math.floor((now - this.#reportAt) / INTERVAL_MILLIS);
    this.#reportAt += (missed + 1) * INTERVAL_MILLIS;
    for (const channel of this.#options.channels()) this.#tellLosses(channel, now);
  }

  #askedFor(channel: Channel): Asked {
    const asked = this.#asked.get(channel) ?? { at: -Infinity };
    this.#asked.set(channel, asked);
    return asked;
  }

  /** When the origin may be asked; Infinity when nobody wants a key frame, or one has begun since. */
  #askAt(channel: Channel): Millis {
    const { at, wantedAfter } = this.#askedFor(channel);
    const isWanted = wantedAfter !== undefined && wantedAfter === (channel.keyFrames?.count ?? 0);
    return isWanted ? at + INTERVAL_MILLIS : Infinity;
  }

  #askWhenDue(channel: Channel, now: Millis): void {
    const asked = this.#askedFor(channel);
    if (asked.wantedAfter !== (channel.keyFrames?.count ?? 0)) asked.wantedAfter = undefined;
    if (now < this.#askAt(channel)) return;
    asked.at = now;
    asked.wantedAfter = undefined;
    this.#requests++;
    this.#options.tell({ type: "key-request", channel: channel.id });
  }

  #tellLosses(channel: Channel, now: Millis): void {
    const listeners = this.#options.everyone().filter(({ isIn }) => isIn);
    if (listeners.length === 0) return;
    const lossy = listeners.filter((session) =>
      (this.#losses.get(session)?.shareOf(channel.ssrc, now) ?? 0) > MUCH
    );
    const [id, count] = [channel.id, listeners.length];
    this.#options.tell({ type: "losses", channel: id, listeners: count, lossy: lossy.length });
  }
}
