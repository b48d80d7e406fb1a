import { concat } from "../../../shared/core/bytes.ts";
import type { Counters } from "../../../shared/core/counters.ts";
import { type Address, addressKey, Destination } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { middleBits } from "../../../shared/rtcp/ntp.ts";
import {
  parseRtcp,
  type ReceiverReport,
  type ReferenceTime,
  type RtcpMessage,
  type SenderReport,
  serializeRtcp,
} from "../../../shared/rtcp/rtcp.ts";
import type { SessionRemoval } from "./session_removal.ts";
import type { SourceFeedback } from "../feedback/source_feedback.ts";
import type { Channel } from "../sending/channel.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { CoreOutput } from "../../interface/output.ts";
import type { PathChallenges } from "./path_challenges.ts";
import type { SessionLanes } from "../messages/session_lanes.ts";
import type { Repairs } from "../repair/repairs.ts";
import type { ReportRate } from "./report_rate.ts";
import type { PastAnswers } from "../past/past_answers.ts";
import { namesOf, type Session, type SessionTable } from "../sessions/sessions.ts";

/** A sender report without blocks (RFC 3550 section 6.4.1). */
const SENDER_REPORT_BYTES = 28;

export interface ListenerControlOptions {
  readonly sessions: SessionTable;
  readonly challenges: PathChallenges;
  readonly removal: SessionRemoval;
  readonly repairs: Repairs;
  readonly lanes: SessionLanes;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly outbox: Outbox;
  readonly junk: Counters<JunkName>;
  readonly hostSsrc: number;
  readonly reportRate: ReportRate;
  readonly feedback: Pick<SourceFeedback, "onReports" | "onPictureLoss">;
  readonly past: Pick<PastAnswers<Session>, "onRequest">;
  /** What the origin's clock shows; the sender reports tell that time. */
  readonly originTime: (now: Millis) => Millis;
  /** A sender report of each channel, written now for this listener. */
  readonly clockReports: (session: Session, now: Millis) => readonly SenderReport[];
  readonly say: (output: CoreOutput) => void;
}

/**
 * Takes the RTCP of admitted listeners: opens it, checks its SSRCs and the address it came from, and hands
 * each message to the part of the edge that it concerns.
 */
export class ListenerControl {
  readonly #options: ListenerControlOptions;

  constructor(options: ListenerControlOptions) {
    this.#options = options;
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    const { junk, sessions } = this.#options;
    const session = sessions.ofSsrc(senderOf(datagram));
    if (!session) return junk.add(sessions.at(from) ? "unknownSsrc" : "unknownSender");
    const packet = session.open(datagram);
    if (!packet.ok) return junk.add(packet.junk);
    const messages = parseRtcp(packet.value);
    if (!messages.ok) return junk.add(messages.junk);
    const isItsOwn = messages.value.every((message) => isFrom(message, session.listenerSsrc));
    if (messages.value.length === 0 || !isItsOwn) return junk.add("unknownSsrc");
    if (addressKey(session.address) !== addressKey(from)) {
      const isThere = this.#isProven(session, messages.value, from, now);
      if (!isThere) return this.#challenge(session, from, datagram.length, now);
      this.#move(session, from);
    }
    session.lastHeard = now;
    this.#noteJoined(session, now);
    for (const message of messages.value) this.#handle(message, session, now);
    this.#takeMessages(messages.value, session, now);
    this.#echo(messages.value, session, packet.value.length, now);
  }

  #onReport({ reports }: ReceiverReport, session: Session, now: Millis): void {
    session.onReport(reports, this.#options.originTime(now), now);
    this.#options.feedback.onReports(session, reports, now);
    const { latest } = session.roundTrip;
    if (latest !== undefined) this.#options.lanes.onRoundTrip(session, latest);
  }

  /** What the lane has to say leaves at once, one acknowledgement for the datagram. */
  #takeMessages(messages: readonly RtcpMessage[], session: Session, now: Millis): void {
    if (session.hasLeft) return;
    const ofLane = messages.filter((message) =>
      message.type === "laneData" || message.type === "laneAck"
    );
    if (ofLane.length > 0) this.#options.lanes.receive(session, ofLane, now);
  }

  #isProven(session: Session, messages: RtcpMessage[], from: Address, now: Millis): boolean {
    return messages.some((message) =>
      message.type === "pathResponse" &&
      this.#options.challenges.isProven(session, from, message, now)
    );
  }

  /** Until the address is proven, messages from there are ignored, and only challenges are sent there. */
  #challenge(session: Session, from: Address, allowance: number, now: Millis): void {
    const { junk, outbox, challenges } = this.#options;
    const challenge = challenges.challenge(session, from, allowance, now);
    if (challenge) outbox.answerStranger(new Destination(from), challenge);
    else junk.add("unprovenAddress");
  }

  #move(session: Session, to: Address): void {
    const before = session.address;
    this.#options.sessions.move(session, to);
    const { id, address } = session;
    this.#options.say({ kind: "listener-moved", id, address, before, ...namesOf(session) });
  }

  #noteJoined(session: Session, now: Millis): void {
    const { sessions, repairs, say } = this.#options;
    if (!sessions.markJoined(session)) return;
    repairs.onJoined(session, now);
    const { id, address } = session;
    const listeners = sessions.joinedCount;
    say({ kind: "listener-joined", id, address, ...namesOf(session), listeners });
  }

  #handle(message: RtcpMessage, session: Session, now: Millis): void {
    const { junk, repairs, removal, secrecy, past, feedback } = this.#options;
    switch (message.type) {
      case "receiverReport":
        this.#onReport(message, session, now);
        break;
      case "nack":
        if (!repairs.retransmitter.onNack(session, message, now)) junk.add("unknownSsrc");
        break;
      case "packetReceipt":
        if (!repairs.retransmitter.onReceipt(session, message, now)) junk.add("unknownSsrc");
        break;
      case "postRepairLoss":
        if (!repairs.onPostRepairLoss(session, message, now)) junk.add("unknownSsrc");
        break;
      case "pictureLossIndication": {
        const isServed = (channel: Channel) => repairs.lateJoiners.isServing(session, channel);
        if (!feedback.onPictureLoss(message.mediaSsrc, isServed, now)) junk.add("unknownSsrc");
        break;
      }
      case "pastRequest":
        past.onRequest(session, message, now);
        break;
      case "epochReceived":
        secrecy?.epochs.onAcknowledged(session, message.epoch);
        break;
      case "goodbye":
        removal.onGoodbye(session, now);
        break;
      case "senderReport":
      case "referenceTimeEcho":
      case "putOut":
      case "epochKey":
      case "pathChallenge":
      case "reportPace":
        junk.add("wrongDirection");
    }
  }

  /**
   * Answers a datagram with one echo, however many reference times it holds: more than one could be longer
   * than what came. An echo also tells the listener its report interval, once that differs from its ACCEPT,
   * and the host's clock: the sender reports in it are sealed for this listener, so no other can forge them.
   */
  #echo(
    messages: readonly RtcpMessage[],
    session: Session,
    allowance: number,
    now: Millis,
  ): void {
    const { outbox, hostSsrc, reportRate, clockReports } = this.#options;
    const time = messages.findLast((message) => message.type === "referenceTime");
    if (!time || !session.echoes.take(now)) return;
    const pace = session.setPace(reportRate.keepaliveMillis);
    const echo = serializeRtcp(writeEcho(hostSsrc, time, pace));
    const room = Math.floor((allowance - echo.length) / SENDER_REPORT_BYTES);
    const reports = clockReports(session, now).slice(0, Math.max(room, 0));
    outbox.sendControl(session.alone, session.seal(concat(serializeRtcp(reports), echo)));
  }
}

/**
 * The echo of a listener's reference time (RFC 3611 section 4.5). It leaves at once, so that its delay is 0.
 *
 * @param keepaliveMillis the interval at which the listener is to report, unless its ACCEPT gave that.
 */
function writeEcho(
  hostSsrc: number,
  { ssrc, ntpTime }: ReferenceTime,
  keepaliveMillis?: Millis,
): RtcpMessage[] {
  const report = { ssrc, lastReferenceTime: middleBits(ntpTime), delaySince: 0 };
  const echo = { type: "referenceTimeEcho", ssrc: hostSsrc, reports: [report] } as const;
  if (keepaliveMillis === undefined) return [echo];
  return [echo, { type: "reportPace", ssrc: hostSsrc, keepaliveMillis }];
}

/** The SSRC of the first packet, which need not be complete; -1 when there is none. */
function senderOf(datagram: Uint8Array): number {
  if (datagram.length < 8) return -1;
  return new DataView(datagram.buffer, datagram.byteOffset, 8).getUint32(4);
}

/** Whether the message names `ssrc`, and no other, as its sender. */
function isFrom(message: RtcpMessage, ssrc: number): boolean {
  return message.type === "goodbye"
    ? message.ssrcs.length > 0 && message.ssrcs.every((said) => said === ssrc)
    : message.ssrc === ssrc;
}
