/*
 * An edge: to whom the broadcast is sent. It admits listeners, encrypts each packet once, sends it to all of
 * them, and repairs what they lose. It knows no source and never has the key that signs. It does no I/O and
 * reads no clock.
 *
 * In: messages of the origin as bytes (`receiveFromOrigin`), datagrams from listeners (`receive`), the outcome
 * of each `examine-join`, and `advance` when the `deadline` is reached.
 * Out: datagrams (`pollTransmit`), messages for the origin (`takeUp`), and what people, scripts and the log are
 * told (`pollOutput`).
 *
 * An item goes: `receiveFromOrigin`, origin_messages.ts, sending/item_sender.ts (RTP packet, when it leaves),
 * `#send`, sending/outbox.ts (one entry for all receivers). A datagram from a listener goes: `receive`, then
 * admission/join_handler.ts (HELLO and JOIN) or admission/listener_control.ts (RTCP).
 *
 * Read next: sending/channel.ts, then admission/admission.ts.
 */

import { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import type { Core, Transmit } from "../../shared/driver/driver.ts";
import type { Address, RefusedSend } from "../../shared/driver/socket.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import type { EdgeConfig } from "../interface/config.ts";
import type { ListenerRow } from "../interface/listener_row.ts";
import type { CoreOutput, ServerStats } from "../interface/output.ts";
import { serializeUp } from "../link/up.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { Examined } from "../tokens/token_examiner.ts";
import type { JoinHandler } from "./admission/join_handler.ts";
import type { ListenerControl } from "./admission/listener_control.ts";
import { openAdmission } from "./admission/open_admission.ts";
import { ReportRate } from "./admission/report_rate.ts";
import type { SessionRemoval } from "./admission/session_removal.ts";
import { type Announcement, Announcer } from "./messages/announcement.ts";
import { SessionLanes } from "./messages/session_lanes.ts";
import { ChannelNews } from "./channel_news.ts";
import type { EdgeDeps } from "./edge_deps.ts";
import { type Counted, statsOf } from "./edge_stats.ts";
import { listenerRows } from "./sessions/listener_rows.ts";
import { Ending } from "./ending.ts";
import { SourceFeedback } from "./feedback/source_feedback.ts";
import { OriginMessages } from "./origin_messages.ts";
import { type PastAnswer, PastAnswers } from "./past/past_answers.ts";
import { PastStore } from "./past/past_store.ts";
import { Repairs } from "./repair/repairs.ts";
import { EdgeReporting } from "./reporting/edge_reporting.ts";
import { type Channel, ChannelOpener } from "./sending/channel.ts";
import { CrowdPace } from "./sending/crowd_pace.ts";
import { ItemSender, type SentPacket } from "./sending/item_sender.ts";
import { Outbox } from "./sending/outbox.ts";
import type { StreamPacket } from "./sending/packetizer.ts";
import { PlainReceivers } from "./sending/plain_receivers.ts";
import { SenderReports } from "./sending/sender_reports.ts";
import { type EdgeKeys, HostSecrecy } from "./sessions/host_secrecy.ts";
import { type Session, SessionTable } from "./sessions/sessions.ts";
import { ToldBroadcast } from "./told_broadcast.ts";

const CNAME_BYTES = 12;
const NONE: readonly Uint8Array[] = [];
/** A sender report that is later than this shows that this process did not run for a while. */
const STANDSTILL_MILLIS: Millis = 1000;
/** Long enough to read a full socket buffer, and for listeners to report again. */
const READING_MILLIS: Millis = 5000;

export type { EdgeDeps, OtherEdges } from "./edge_deps.ts";

/** An edge of a broadcast, without I/O. It ends when the origin says that the broadcast is over. */
export class EdgeCore implements Core<CoreOutput> {
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy: HostSecrecy | undefined;
  readonly #config: EdgeConfig;
  readonly #told: ToldBroadcast;
  /** The SSRC of this edge's own RTCP (RFC 3550 section 5.1). */
  readonly #hostSsrc: number;
  readonly #sessions = new SessionTable();
  readonly #outbox = new Outbox();
  readonly #crowdPace = new CrowdPace();
  readonly #plain: PlainReceivers;
  readonly #sender: ItemSender;
  readonly #reportRate: ReportRate;
  readonly #feedback: SourceFeedback;
  readonly #repairs: Repairs;
  readonly #pastStore = new PastStore();
  readonly #past: PastAnswers<Session>;
  readonly #reporting: EdgeReporting;
  readonly #lanes: SessionLanes;
  readonly #announcer: Announcer;
  readonly #news: ChannelNews;
  readonly #originMessages: OriginMessages;
  readonly #removal: SessionRemoval;
  readonly #joinHandler: JoinHandler;
  readonly #listenerControl: ListenerControl;
  readonly #senderReports: SenderReports;
  readonly #outputs: CoreOutput[] = [];
  readonly #junk = new Counters<JunkName>();
  #up: Uint8Array[] = [];
  #joinedTold = 0;
  readonly #ending: Ending;
  readonly #counted: Counted;
  #judgesSilenceFrom: Millis = -Infinity;

  constructor(config: EdgeConfig, deps: EdgeDeps) {
    const { rng, now, secrecy: keys, others } = deps;
    this.secrecy = keys && new HostSecrecy(keys, rng, now);
    this.#config = config;
    const opener = new ChannelOpener(rng);
    this.#told = new ToldBroadcast(opener);
    const hostSsrc = this.#hostSsrc = opener.chooseSsrc();
    const { plainReceivers: audio, plainScreenReceivers: screen = [], repair } = config;
    this.#announcer = new Announcer({ hostSsrc, isRtxOffered: repair?.isRtxOffered ?? true });
    const [sessions, outbox] = [this.#sessions, this.#outbox];
    sessions.watchEnds((session) => this.secrecy?.epochs.forget(session));
    this.#plain = new PlainReceivers({ audio, screen }, outbox);
    const reports = this.#reporting = this.#openReporting(keys?.ciphers);
    this.#lanes = new SessionLanes({ outbox, hostSsrc, junk: this.#junk, reports });
    const countListeners = () => sessions.count + (others?.listeners() ?? 0);
    this.#reportRate = new ReportRate(countListeners, config.keepaliveMillis);
    this.#sender = new ItemSender({
      send: (packet, now) => this.#send(packet, now),
      spread: () => this.#spread(),
      onEnded: (channel, now) => this.#news.onEnded(channel, now),
    });
    this.#senderReports = this.#openSenderReports(rng.bytes(CNAME_BYTES).toHex(), now);
    this.#ending = this.#openEnding();
    this.#feedback = this.#openFeedback(now);
    this.#repairs = this.#openRepairs(now);
    this.#past = this.#openPast(now);
    const { removal, joinHandler, listenerControl } = this.#openAdmission(deps);
    this.#removal = removal;
    this.#joinHandler = joinHandler;
    this.#listenerControl = listenerControl;
    this.#news = this.#openNews();
    this.#originMessages = this.#openOriginMessages();
    const [feedback, repairs, past, told] = [this.#feedback, this.#repairs, this.#past, this.#told];
    const counted = { sessions, outbox, secrecy: this.secrecy, feedback, repairs, past, told };
    this.#counted = { ...counted, junk: this.#junk };
  }

  #openSenderReports(cname: string, now: Millis): SenderReports {
    return new SenderReports({
      channels: () => this.#told.channels,
      everyone: () => this.#sessions.all,
      timeAt: (at) => this.#told.timeAt(at),
      plain: this.#plain,
      outbox: this.#outbox,
      hostSsrc: this.#hostSsrc,
      secrecy: this.secrecy,
      cname,
      now,
    });
  }

  #openEnding(): Ending {
    return new Ending({
      hasSentAll: () => this.#sender.isEmpty,
      listenerCount: () => this.#sessions.count,
      close: () => this.#close(),
      sayGoodbye: (reason, now) => this.#senderReports.sendGoodbye(reason, now),
      onOver: (reason) => this.#onOver(reason),
    });
  }

  #openReporting(ciphers: EdgeKeys["ciphers"] | undefined): EdgeReporting {
    return new EdgeReporting({
      access: this.#config.reports,
      sessions: this.#sessions,
      ciphers,
      tell: (message) => this.#up.push(serializeUp(message)),
      junk: this.#junk,
    });
  }

  #openFeedback(now: Millis): SourceFeedback {
    return new SourceFeedback({
      channels: () => this.#told.channels.filter(({ keyFrames }) => keyFrames),
      everyone: () => this.#sessions.all,
      tell: (message) => this.#up.push(serializeUp(message)),
      now,
    });
  }

  #openRepairs(now: Millis): Repairs {
    return new Repairs({
      ways: this.#config.repair,
      sessions: this.#sessions,
      outbox: this.#outbox,
      protect: (packet) => this.#protect(packet),
      rateOf: (channel) => this.#sender.bytesPerMilli(channel),
      wishKeyFrame: (channel, at) => this.#feedback.wishKeyFrame(channel, at),
      now,
    });
  }

  #openPast(now: Millis): PastAnswers<Session> {
    return new PastAnswers<Session>({
      store: this.#pastStore,
      send: (session, answer) => this.#sendPast(session, answer),
      hasLeft: ({ hasLeft }) => hasLeft,
      isBusy: () => this.#outbox.isHalfFull,
      now,
    });
  }

  #openAdmission({ rng, now, others }: EdgeDeps) {
    return openAdmission({
      capacity: this.#config.capacity,
      sessions: this.#sessions,
      secrecy: this.secrecy,
      outbox: this.#outbox,
      junk: this.#junk,
      hostSsrc: this.#hostSsrc,
      repairs: this.#repairs,
      lanes: this.#lanes,
      past: this.#past,
      feedback: this.#feedback,
      reportRate: this.#reportRate,
      told: this.#told,
      announce: () => this.#announce(),
      say: (output) => this.#say(output),
      rng,
      now,
      others,
    });
  }

  #openNews(): ChannelNews {
    return new ChannelNews({
      told: this.#told,
      announcer: this.#announcer,
      sessions: this.#sessions,
      repairs: this.#repairs,
      lanes: this.#lanes,
      removal: this.#removal,
    });
  }

  #openOriginMessages(): OriginMessages {
    return new OriginMessages({
      told: this.#told,
      secrecy: this.secrecy,
      announcer: this.#announcer,
      news: this.#news,
      sender: this.#sender,
      pastStore: this.#pastStore,
      removal: this.#removal,
      ending: this.#ending,
      reporting: this.#reporting,
      lanes: this.#lanes,
      junk: this.#junk,
    });
  }

  get channels(): readonly Channel[] {
    return this.#told.channels;
  }

  /** Whether the broadcast has ended; datagrams that are still in the outbox are to be sent. */
  get isFinished(): boolean {
    return this.#ending.isOver;
  }

  get deadline(): Millis | undefined {
    if (this.isFinished) return undefined;
    const listeners = Math.min(
      this.#removal.deadline,
      this.#lanes.deadline,
      this.#outbox.deadline,
      this.secrecy?.epochs.deadline ?? Infinity,
    );
    if (this.#ending.isSayingGoodbye) {
      return Math.min(
        this.#ending.deadline,
        listeners,
        this.#repairs.retransmitter.deadline,
        this.#past.deadline,
      );
    }
    return Math.min(
      this.#senderReports.deadline,
      listeners,
      this.#repairs.deadline,
      this.#past.deadline,
      this.#sender.deadline,
      this.#feedback.deadline,
      this.#reporting.deadline,
    );
  }

  /**
   * Takes a message of the origin. One that can't be read is counted and changes nothing, as does one that
   * comes twice or after the end.
   */
  receiveFromOrigin(bytes: Uint8Array, now: Millis): void {
    if (this.isFinished) return;
    this.#outbox.advance(now);
    this.#originMessages.take(bytes, now);
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.isFinished) return;
    this.#outbox.advance(now);
    this.#noteStandstill(now);
    const kind = demux(datagram);
    if (!kind.ok) this.#junk.add(kind.junk);
    else if (kind.value === "rtp") this.#junk.add("wrongDirection");
    else if (!this.#told.facts) this.#junk.add("unknownSender");
    else if (kind.value === "admission") this.#joinHandler.receive(datagram, from, now);
    else this.#listenerControl.receive(datagram, from, now);
    this.#tellListeners();
    this.#ending.advance(now);
  }

  onReceiveError(): void {
    this.#junk.add("receiveError");
  }

  /** Takes the outcome of an `examine-join`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#noteStandstill(now);
    this.#joinHandler.onExamined(id, examined, now);
    this.#tellListeners();
  }

  /**
   * Checks the pass of every listener with `review` now, and that of every newcomer from now on. A listener
   * whose pass is no longer valid is put out: from here on it gets only the reason.
   */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#removal.reviewPasses(review, now);
    this.#tellListeners();
  }

  /**
   * Sets the time of day by which passes begin and expire. Call it before the first listener is admitted, and
   * whenever the system's clock may have been set.
   */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    this.#removal.onWallTime(wallNow, now);
    this.#tellListeners();
  }

  advance(now: Millis): void {
    this.#outbox.advance(now);
    this.#noteStandstill(now);
    this.#removal.advance(now);
    this.secrecy?.sendKeys(() => this.#sessions.all, this.#outbox, this.#hostSsrc, now);
    this.#lanes.wake(this.#reporting.takeDue(now), now);
    this.#lanes.advance(now);
    this.#sender.advance(now);
    this.#repairs.advance(now);
    this.#past.advance(now);
    this.#feedback.advance(now);
    this.#reportWhenDue(now);
    this.#tellListeners();
    this.#ending.advance(now);
  }

  pollTransmit(): Transmit | undefined {
    return this.#outbox.poll();
  }

  onSent(transmit: Transmit, accepted: number, refused?: readonly RefusedSend[]): void {
    this.#outbox.onSent(transmit, accepted, refused);
  }

  /** The messages to the origin since the last call, in order. */
  takeUp(): readonly Uint8Array[] {
    const messages = this.#up;
    // Asked after every datagram that comes, and mostly in vain.
    if (messages.length === 0) return NONE;
    this.#up = [];
    return messages;
  }

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  stats(): ServerStats {
    return statsOf(this.#counted);
  }

  /** What is known of each listener, those who came first at the beginning. */
  listeners(now: Millis): ListenerRow[] {
    return listenerRows(this.#sessions.all, this.channels, now);
  }

  /** Encrypts a packet once and queues it for all receivers. */
  #send(packet: SentPacket, now: Millis): void {
    const { channel, datagram } = packet;
    this.#outbox.sendMedia(this.#sessions.all, this.#protect(packet), channel.ssrc);
    this.#repairs.onPacket(packet, now);
    this.#plain.sendMedia(channel.name, datagram);
  }

  /** Chooses the time over which what is sent to all leaves. */
  #spread(): Millis {
    const spread = this.#crowdPace.spread(this.#sessions.count, this.#told.channels);
    return this.#outbox.spreadMillis = spread;
  }

  #announce(): Announcement {
    const { keepaliveMillis } = this.#reportRate;
    return this.#announcer.announce(this.#told.facts!, this.#told, keepaliveMillis);
  }

  #protect({ datagram, sequence }: StreamPacket): Uint8Array {
    return this.secrecy?.sealMedia(datagram, sequence) ?? datagram;
  }

  #sendPast(session: Session, answer: PastAnswer): void {
    const [ssrc, { listenerSsrc }] = [this.#hostSsrc, session];
    const packet = serializeRtcp([{ type: "pastFragment", ssrc, listenerSsrc, ...answer }]);
    this.#outbox.sendControl(session.alone, session.seal(packet));
  }

  #tellListeners(): void {
    const joined = this.#sessions.joinedCount;
    if (joined === this.#joinedTold) return;
    this.#joinedTold = joined;
    this.#up.push(serializeUp({ type: "listeners", joined }));
  }

  /** What listeners said while we stood still waits in the socket, and is read before they are judged. */
  #noteStandstill(now: Millis): void {
    if (this.#ending.isSayingGoodbye || now - this.#senderReports.deadline <= STANDSTILL_MILLIS) {
      return;
    }
    this.#judgesSilenceFrom = now + READING_MILLIS;
    this.#sessions.unreported.excuse(now);
  }

  #reportWhenDue(now: Millis): void {
    if (this.#ending.isSayingGoodbye || !this.#senderReports.takeDue(now)) return;
    if (now >= this.#judgesSilenceFrom) this.#removal.removeSilent(now);
    this.#senderReports.sendStatus(now);
    this.#say(this.stats());
  }

  /** Nobody is admitted any more, and nothing follows but goodbyes and repairs. */
  #close(): void {
    this.#removal.close();
    this.#repairs.end();
  }

  #onOver(reason: string): void {
    this.#say(this.stats());
    this.#removal.removeAll();
    this.#outbox.endSlots();
    this.#say({ kind: "ended", reason });
  }

  #say(output: CoreOutput): void {
    this.#outputs.push(output);
  }
}
