/*
 * Messages to listeners: what an edge tells each of them reliably and in order, by the lane of its session
 * (shared/lane).
 *
 * In: a session when it begins, messages for all, the set-up of live data, and the lane's RTCP of each listener.
 * Out: datagrams for the outbox, sealed for one listener each; the messages of listeners, for ../reporting/.
 *
 * A lane lasts as long as its session, whatever the listener's address, and through each new ACCEPT. Nothing
 * here looks at all sessions for a datagram; deadlines.ts finds the lanes that have something to repeat.
 * announcement.ts writes what a listener is told of the channels; data_setups.ts tells what may be larger than a
 * lane's queue, and ../reporting/ what reporters are told.
 *
 * Read next: announcement.ts.
 */

import type { Counters } from "../../../shared/core/counters.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { DataSetup } from "../../../shared/data/data_setup.ts";
import { LaneCounts } from "../../../shared/lane/lane_counts.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import { type HostMessage, serializeHostMessage } from "../../../shared/lane/messages.ts";
import type { LaneMessage } from "../../../shared/rtcp/lane_messages.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { EdgeReporting } from "../reporting/edge_reporting.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { Session } from "../sessions/sessions.ts";
import { DataSetups } from "./data_setups.ts";
import { Deadlines } from "./deadlines.ts";

/** A message for a crowd leaves in batches of this size, at this interval: the sound needs room too. */
const TOLD_AT_ONCE = 100;
const TELLING_MILLIS: Millis = 10;

export interface SessionLanesOptions {
  readonly outbox: Outbox;
  readonly hostSsrc: number;
  readonly junk: Counters<JunkName>;
  /** Takes what listeners say, and has more for them. */
  readonly reports: Pick<EdgeReporting, "receive" | "canFeed" | "feed">;
}

/** The lanes of all sessions. */
export class SessionLanes {
  readonly #options: SessionLanesOptions;
  readonly #lanes = new WeakMap<Session, Lane>();
  readonly #deadlines = new Deadlines<Session>();
  readonly #dataSetups = new DataSetups();
  /** Of all lanes: a session that ends takes none along. */
  readonly #counts: LaneCounts;

  constructor(options: SessionLanesOptions) {
    this.#options = options;
    this.#counts = new LaneCounts(options.junk);
  }

  /** When a lane next has something to send; Infinity when every message was acknowledged. */
  get deadline(): Millis {
    return this.#deadlines.next;
  }

  /** A session begins; the message leaves in the same flight as its ACCEPT. */
  open(session: Session, first: HostMessage, now: Millis): void {
    const { listenerSsrc } = session;
    const { hostSsrc: ssrc } = this.#options;
    const lane = new Lane({ ssrc, listenerSsrc, counts: this.#counts });
    this.#lanes.set(session, lane);
    lane.send(serializeHostMessage(first), now);
    this.#send(session, lane, now);
  }

  /**
   * Tells every listener.
   *
   * @returns those that could not be told, because their queue is full: they have not answered for long, and
   * from here on know wrongly which channels there are.
   */
  tell(sessions: readonly Session[], message: HostMessage, now: Millis): Session[] {
    const bytes = serializeHostMessage(message);
    const untold = sessions.filter((session) =>
      this.#lanes.get(session)?.send(bytes, now) === false
    );
    this.#wake(sessions, now);
    return untold;
  }

  /** Tells every listener, and all who come later, the set-up of the live data; it replaces the one before. */
  tellDataSetup(sessions: readonly Session[], setup: DataSetup, now: Millis): void {
    this.#dataSetups.set(setup);
    this.#wake(sessions, now);
  }

  /** Tells one listener; nothing when it has left, or answers nothing any more. */
  tellOne(session: Session, message: HostMessage, now: Millis): void {
    const lane = this.#lanes.get(session);
    if (!lane || session.hasLeft) return;
    lane.send(serializeHostMessage(message), now);
    this.#send(session, lane, now);
  }

  /** There is news of what these listeners are told as their lanes have room. */
  wake(sessions: readonly Session[], now: Millis): void {
    this.#wake(sessions, now);
  }

  /** Takes the lane's messages of one datagram. */
  receive(session: Session, messages: readonly LaneMessage[], now: Millis): void {
    const lane = this.#lanes.get(session);
    if (!lane) return;
    for (const message of lane.receive(messages, now)) {
      const answer = this.#options.reports.receive(session, message, now);
      if (answer) lane.send(serializeHostMessage(answer), now);
    }
    if (lane.isIdle) this.#dataSetups.onIdle(session);
    this.#send(session, lane, now);
  }

  /** A report of the listener gave a round trip. */
  onRoundTrip(session: Session, millis: Millis): void {
    this.#lanes.get(session)?.onRoundTrip(millis);
  }

  /** Sends what is due. */
  advance(now: Millis): void {
    const take = () => this.#deadlines.takeDue(now);
    for (let session = take(); session; session = take()) {
      const lane = this.#lanes.get(session);
      if (lane && !session.hasLeft) this.#send(session, lane, now);
    }
  }

  /** There is something to send. */
  #wake(sessions: readonly Session[], now: Millis): void {
    for (const [index, session] of sessions.entries()) {
      const batch = Math.floor(index / TOLD_AT_ONCE);
      this.#deadlines.bringForward(session, now + batch * TELLING_MILLIS);
    }
    this.advance(now);
  }

  #send(session: Session, lane: Lane, now: Millis): void {
    const { outbox } = this.#options;
    this.#feed(session, lane, now);
    for (const messages of lane.poll(now)) {
      outbox.sendControl(session.alone, session.seal(serializeRtcp(messages)));
    }
    const { deadline } = lane;
    if (deadline !== undefined) this.#deadlines.bringForward(session, deadline);
  }

  /** What is large, or for a crowd, waits for media. */
  #feed(session: Session, lane: Lane, now: Millis): void {
    const { outbox, reports } = this.#options;
    if (!outbox.isHalfFull) {
      reports.feed(session, lane, now);
      this.#dataSetups.feed(session, lane, now);
    } else if (reports.canFeed(session, lane) || this.#dataSetups.canFeed(session, lane)) {
      this.#deadlines.bringForward(session, now + TELLING_MILLIS);
    }
  }
}
