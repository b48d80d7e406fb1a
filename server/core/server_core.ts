/*
 * The core of a host. It does no I/O and reads no clock: shared/driver passes in every datagram, and
 * server/broadcast every frame and event, each together with the time.
 *
 * In: datagrams from listeners (`receive`), encoded sound (`pushAudio`), events (`pushEvent`), the outcome
 * of each `examine-join`, and `advance` when the `deadline` is reached.
 * Out: datagrams (`pollTransmit`), and what people, scripts and the log are told (`pollOutput`).
 *
 * A sound frame goes: `pushAudio`, origin/sound/sound.ts (waits until it is due), `advance`, `#send` below,
 * origin/packetizer.ts (RTP packet), edge/sending/outbox.ts (one entry for all receivers). A datagram from a listener goes: `receive` below,
 * then edge/admission/join_handler.ts (HELLO and JOIN) or edge/admission/listener_control.ts (RTCP).
 *
 * Read next: ../channel/channel.ts, then ../edge/admission/admission.ts.
 */

import { Counters } from "../../shared/core/counters.ts";
import type { Core, Transmit } from "../../shared/driver/driver.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis, RtpTicks, WallMillis } from "../../shared/core/units.ts";
import type { AcceptInfo } from "../../shared/admission/admission.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { demux } from "../../shared/rtp/demux.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import { type Channel, ChannelOpener } from "../channel/channel.ts";
import { Admission } from "../edge/admission/admission.ts";
import { JoinHandler } from "../edge/admission/join_handler.ts";
import { ListenerControl } from "../edge/admission/listener_control.ts";
import { PathChallenges } from "../edge/admission/path_challenges.ts";
import { ReportRate } from "../edge/admission/report_rate.ts";
import { SessionRemoval } from "../edge/admission/session_removal.ts";
import { Repairs } from "../edge/repair/repairs.ts";
import { Outbox } from "../edge/sending/outbox.ts";
import { PlainReceivers } from "../edge/sending/plain_receivers.ts";
import { HostSecrecy, type SecrecyKeys } from "../edge/sessions/host_secrecy.ts";
import { SessionTable } from "../edge/sessions/sessions.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { CoreOutput, ServerStats } from "../interface/output.ts";
import type { StreamPacket } from "../origin/packetizer.ts";
import { Sound } from "../origin/sound/sound.ts";
import type { NewEvent } from "../origin/timeline/new_event.ts";
import { type Journal, Timeline } from "../origin/timeline/timeline.ts";
import { TimelineSender } from "../origin/timeline/timeline_sender.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { Examined } from "../tokens/token_examiner.ts";
import { WallTime } from "../../shared/core/wall_time.ts";
import { SenderReports } from "./sender_reports.ts";
import { GoodbyeSchedule, StartAndEnd } from "./start_and_end.ts";
import { Warnings } from "./warnings.ts";

const CNAME_BYTES = 12;
/** A sender report that is later than this shows that this process did not run for a while. */
const STANDSTILL_MILLIS: Millis = 1000;
/** Long enough to read a full socket buffer, and for listeners to report again. */
const READING_MILLIS: Millis = 5000;

export interface ServerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** The keys of an encrypted broadcast; without them the broadcast is sent in clear. */
  readonly secrecy?: SecrecyKeys;
  /** Stores each event before it is sent. */
  readonly journal?: Journal;
}

/**
 * The host, without I/O: sends sound and events on time to every admitted listener. The broadcast starts
 * when enough listeners have joined. It ends when its sources have ended, when its duration is over, or
 * with {@linkcode shutdown}.
 */
export class ServerCore implements Core<CoreOutput> {
  readonly channels: Channel[];
  readonly timeline: Timeline;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy: HostSecrecy | undefined;
  readonly #config: ServerConfig;
  /** 16 hexadecimal digits. */
  readonly broadcastId: string;
  /** The SSRC of the host's own RTCP (RFC 3550 section 5.1). */
  readonly #hostSsrc: number;
  readonly #opener: ChannelOpener;
  #audio: Channel | undefined;
  readonly #sessions = new SessionTable();
  readonly #outbox = new Outbox();
  readonly #plain: PlainReceivers;
  readonly #reportRate: ReportRate;
  readonly #repairs: Repairs;
  readonly #removal: SessionRemoval;
  readonly #joinHandler: JoinHandler;
  readonly #listenerControl: ListenerControl;
  readonly #senderReports: SenderReports;
  readonly #outputs: CoreOutput[] = [];
  readonly #junk = new Counters<JunkName>();
  #sound: Sound | undefined;
  #isAudioAwaited: boolean;
  readonly #timelineSender: TimelineSender | undefined;
  readonly #startAndEnd: StartAndEnd;
  readonly #warnings = new Warnings((output) => this.#say(output));
  #ending: GoodbyeSchedule | undefined;
  #judgesSilenceFrom: Millis = -Infinity;

  constructor(config: ServerConfig, { rng, now, secrecy: keys, journal }: ServerDeps) {
    const secrecy = this.secrecy = keys && new HostSecrecy(keys, rng, now);
    const cname = rng.bytes(CNAME_BYTES).toHex();
    this.#config = config;
    this.#opener = new ChannelOpener(config, rng);
    this.#audio = config.audio && this.#opener.openAudio(config.audio);
    const events = config.hasEvents ? [this.#opener.openEvents()] : [];
    const channels = this.channels = [...(this.#audio ? [this.#audio] : []), ...events];
    this.#hostSsrc = channels[0]?.ssrc ?? 0;
    const broadcastId = this.broadcastId = config.timeline?.broadcastId ?? rng.bytes(8).toHex();
    const signer = keys && { ciphers: keys.ciphers, seed: keys.signingSeed, broadcastId };
    const kept = config.timeline?.timeline;
    this.timeline = new Timeline(rng, { kept, journal, signer });
    const [sessions, outbox] = [this.#sessions, this.#outbox];
    const plain = this.#plain = new PlainReceivers(config.plainReceivers, outbox);
    this.#reportRate = new ReportRate(() => sessions.count, config.keepaliveMillis);
    this.#senderReports = new SenderReports(
      { channels, cname, sessions, plain, secrecy, outbox, now },
    );
    const protect = (packet: StreamPacket) => this.#protect(packet);
    this.#repairs = new Repairs({ ways: config.repair, channels, sessions, outbox, protect, now });
    const { removal, joinHandler, listenerControl } = this.#openAdmission(rng, now);
    this.#removal = removal;
    this.#joinHandler = joinHandler;
    this.#listenerControl = listenerControl;
    this.#sound = config.audio && new Sound(config.audio, config.intervalMillis);
    this.#timelineSender = this.#openTimelineSender(now);
    this.#isAudioAwaited = config.isAudioAwaited ?? false;
    this.#startAndEnd = new StartAndEnd({
      config,
      sessions,
      sound: () => this.#sound,
      isSoundAwaited: () => this.#isAudioAwaited,
      timelineSender: this.#timelineSender,
      now,
    });
  }

  /** Opens what admits listeners, takes their reports and ends their sessions. */
  #openAdmission(rng: Rng, now: Millis) {
    const { secrecy } = this;
    const { capacity } = this.#config;
    const sessions = this.#sessions;
    const outbox = this.#outbox;
    const repairs = this.#repairs;
    const junk = this.#junk;
    const hostSsrc = this.#hostSsrc;
    const reportRate = this.#reportRate;
    const challenges = new PathChallenges(rng, hostSsrc, now);
    const wallTime = new WallTime();
    const say = (output: CoreOutput) => this.#say(output);
    const describe = () => this.#describe();
    const admission = new Admission({ capacity, sessions, wallTime, secrecy, rng, now });
    const removal = new SessionRemoval(
      { sessions, admission, wallTime, secrecy, outbox, hostSsrc, say },
    );
    const joinHandler = new JoinHandler(
      { sessions, admission, removal, repairs, secrecy, rng, outbox, junk, describe, say },
    );
    const listenerControl = new ListenerControl(
      { sessions, challenges, removal, repairs, secrecy, outbox, junk, hostSsrc, reportRate, say },
    );
    return { removal, joinHandler, listenerControl };
  }

  /** The duration of the sound that waits to be sent. Push sound while this is below a second or two. */
  get audioBacklog(): Millis {
    return this.#sound?.backlog ?? 0;
  }

  /** Whether sound is expected whose format is not known yet. */
  get isAudioAwaited(): boolean {
    return this.#isAudioAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.#startAndEnd.startedAt;
  }

  /** Whether the broadcast is ending: only goodbyes are still sent, and new sound and events are dropped. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether the broadcast has ended; datagrams that are still in the outbox are to be sent. */
  get isFinished(): boolean {
    return this.#ending?.isOver ?? false;
  }

  /** Why events are waiting that should have been sent; undefined when none are. */
  get eventProblem(): string | undefined {
    return this.#timelineSender?.problem;
  }

  get deadline(): Millis | undefined {
    if (this.isFinished) return undefined;
    const listeners = Math.min(this.#removal.deadline, this.secrecy?.epochs.deadline ?? Infinity);
    if (this.#ending) {
      return Math.min(this.#ending.deadline, listeners, this.#repairs.retransmitter.deadline);
    }
    return Math.min(
      this.#senderReports.deadline,
      listeners,
      this.#startAndEnd.deadline,
      this.#timelineSender?.deadline ?? Infinity,
      this.#repairs.deadline,
      this.#sound?.deadline ?? Infinity,
    );
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.isFinished) return;
    this.#noteStandstill(now);
    const kind = demux(datagram);
    if (!kind.ok) this.#junk.add(kind.junk);
    else if (kind.value === "rtp") this.#junk.add("wrongDirection");
    else if (kind.value === "admission") this.#joinHandler.receive(datagram, from, now);
    else this.#listenerControl.receive(datagram, from, now);
    this.#startWhenReady(now);
    this.#sayGoodbyeWhenDue(now);
  }

  onReceiveError(): void {
    this.#junk.add("receiveError");
  }

  /** Takes the outcome of an `examine-join`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#noteStandstill(now);
    this.#joinHandler.onExamined(id, examined, now);
  }

  /**
   * Checks the pass of every listener with `review` now, and that of every newcomer from now on. A listener
   * whose pass is no longer valid is put out: from here on it gets only the reason.
   */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#removal.reviewPasses(review, now);
  }

  /**
   * Sets the time of day by which passes begin and expire. Call it before the first listener is admitted, and
   * whenever the system's clock may have been set.
   */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    this.#removal.onWallTime(wallNow, now);
  }

  advance(now: Millis): void {
    this.#noteStandstill(now);
    this.#removal.advance(now);
    this.secrecy?.sendKeys(this.#sessions.all, this.#outbox, this.#hostSsrc, now);
    this.#startWhenReady(now);
    this.#sendDueSound(now);
    if (!this.#ending) this.#timelineSender?.retry(now);
    this.#repairs.advance(now);
    this.#reportWhenDue(now);
    this.#endWhenOver(now);
    this.#sayGoodbyeWhenDue(now);
  }

  /**
   * The format of the awaited sound is known: its channel begins. Listeners learn of the channel from the next
   * sender report, which is sent at once; they then join again to get its numbers.
   */
  openAudio(format: AudioFormat, now: Millis): void {
    if (this.#ending || this.#sound) return;
    this.#isAudioAwaited = false;
    const channel = this.#audio = this.#opener.openAudio(format);
    this.channels.push(channel);
    this.#repairs.openAudio(channel, now);
    this.#sound = new Sound(format, this.#config.intervalMillis);
    const { ssrc, codec } = channel;
    this.#say({ kind: "channel-started", channel: "audio", codec, ssrc });
    if (this.startedAt === undefined) return;
    this.#sound.start(this.startedAt);
    this.#senderReports.sendStatus({ now, startedAt: this.startedAt });
  }

  /** @throws RangeError when a minute of sound is already waiting: see {@linkcode audioBacklog}. */
  pushAudio(frame: EncodedFrame, now: Millis): void {
    if (this.#ending || !this.#sound) return;
    const oddity = this.#sound.push(frame, now);
    if (oddity !== undefined) this.#warnings.add(oddity, now);
    this.#startWhenReady(now);
  }

  /** No more sound will come; the broadcast goes on until all of the sound was played. */
  endAudio(now: Millis): void {
    this.#isAudioAwaited = false;
    this.#sound?.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /** Stores an event, then sends it; before the start the event waits. */
  pushEvent(event: NewEvent, now: Millis): void {
    this.pushEvents([event], now);
  }

  /** Stores events together, then sends them, at most 500 a second. Push no more than {@linkcode eventRoom}. */
  pushEvents(events: readonly NewEvent[], now: Millis): void {
    if (!this.#ending) this.#timelineSender?.push(events, now);
  }

  /** How many events may be pushed now; further ones would be left out. */
  get eventRoom(): number {
    return this.#timelineSender?.room ?? 0;
  }

  endEvents(now: Millis): void {
    this.#timelineSender?.end();
    this.#endWhenOver(now);
  }

  /** Ends the broadcast: from now on goodbyes are sent, and lost packets of the end are sent again. */
  shutdown(reason: string, now: Millis): void {
    if (this.#ending) return;
    this.#ending = new GoodbyeSchedule(reason, now);
    this.#removal.close();
    this.#repairs.parity?.end();
    this.#sayGoodbyeWhenDue(now);
  }

  pollTransmit(): Transmit | undefined {
    return this.#outbox.poll();
  }

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  stats(): ServerStats {
    return {
      kind: "stats",
      listeners: this.#sessions.joinedCount,
      packetsSent: this.#outbox.mediaSent,
      bytesSent: this.#outbox.mediaBytesSent,
      retransmitted: this.#outbox.repairsSent,
      fecPacketsSent: this.#outbox.paritySent,
      packetsEncrypted: this.secrecy?.mediaSealed ?? 0,
      unanswered: this.#repairs.retransmitter.unanswered,
      overflowed: this.#outbox.overflowed,
      channels: this.channels.map((channel) => channel.totals()),
      junk: this.#junk.snapshot(),
    };
  }

  #openTimelineSender(now: Millis): TimelineSender | undefined {
    const channel = this.channels.find(({ name }) => name === "events");
    // A limit of its own: a warning about the sound must not hide a warning about an event.
    const warnings = new Warnings((output) => this.#say(output));
    return channel && new TimelineSender({
      channel,
      timeline: this.timeline,
      now,
      send: (payload, ticks, at) => this.#send(channel, payload, ticks, at),
      say: (output) => this.#say(output),
      warn: (text, at) => warnings.add(text, at),
    });
  }

  /** What an ACCEPT tells a listener, except for the listener's own SSRC. */
  #describe(): Omit<AcceptInfo, "listenerSsrc"> {
    const { match, repair } = this.#config;
    const { isRtxOffered = true } = repair ?? {};
    return {
      keepaliveMillis: this.#reportRate.keepaliveMillis,
      channels: this.channels.map((channel) => {
        const { rtx, ...others } = channel.describe();
        return isRtxOffered ? { rtx, ...others } : others;
      }),
      ...(match ? { match } : {}),
      broadcastId: this.broadcastId,
      timeline: this.timeline.head,
    };
  }

  /** Numbers a packet, keeps it for retransmission, encrypts it once, and queues it for all receivers. */
  #send(channel: Channel, payload: Uint8Array, ticks: RtpTicks, now: Millis): void {
    const packet = channel.packetizer.packetize(payload, ticks);
    channel.history.put(packet, now);
    this.#outbox.sendMedia(this.#sessions.all, this.#protect(packet));
    if (channel.name !== "audio") return;
    this.#repairs.parity?.onPacket(packet, ticks, now);
    this.#plain.sendMedia(packet.datagram);
  }

  #protect({ datagram, sequence }: StreamPacket): Uint8Array {
    return this.secrecy?.sealMedia(datagram, sequence) ?? datagram;
  }

  #startWhenReady(now: Millis): void {
    if (this.#ending || !this.#startAndEnd.start(now)) return;
    this.#sound?.start(now);
    this.#say({ kind: "started", at: now });
    this.#timelineSender?.start(now);
    this.#sendDueSound(now);
    this.#endWhenOver(now);
  }

  #sendDueSound(now: Millis): void {
    if (this.#ending) return;
    for (const { payload, ticks } of this.#sound?.due(now) ?? []) {
      this.#send(this.#audio!, payload, ticks, now);
    }
  }

  /** What listeners said while we stood still waits in the socket, and is read before they are judged. */
  #noteStandstill(now: Millis): void {
    if (this.#ending || now - this.#senderReports.deadline <= STANDSTILL_MILLIS) return;
    this.#judgesSilenceFrom = now + READING_MILLIS;
    this.#sessions.unreported.excuse(now);
  }

  #reportWhenDue(now: Millis): void {
    if (this.#ending || !this.#senderReports.takeDue(now)) return;
    if (now >= this.#judgesSilenceFrom) this.#removal.removeSilent(now);
    this.#senderReports.sendStatus({ now, startedAt: this.startedAt });
    this.#say(this.stats());
  }

  #endWhenOver(now: Millis): void {
    const reason = this.#ending ? undefined : this.#startAndEnd.whyOver(now);
    if (reason !== undefined) this.shutdown(reason, now);
  }

  #sayGoodbyeWhenDue(now: Millis): void {
    const ending = this.#ending;
    if (!ending) return;
    const poll = () => ending.poll(this.#sessions.count, now);
    for (let step = poll(); step; step = poll()) {
      if (step === "end") return this.#end(ending);
      this.#senderReports.sendGoodbye(ending.reason, { now, startedAt: this.startedAt });
    }
  }

  #end({ reason }: GoodbyeSchedule): void {
    this.#say(this.stats());
    this.#removal.removeAll();
    this.#say({ kind: "ended", reason });
  }

  #say(output: CoreOutput): void {
    this.#outputs.push(output);
  }
}
