import { Counters } from "../../shared/core/counters.ts";
import type { Core, Transmit } from "../../shared/driver/driver.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { demux } from "../../shared/rtp/demux.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import { StartAndEnd } from "./start_and_end.ts";
import { Audience } from "../edge/admission/audience.ts";
import type { Examined } from "../tokens/token_examiner.ts";
import type { Channel } from "../channel/channel.ts";
import { ChannelOpener } from "../channel/channels.ts";
import type { ServerConfig } from "../interface/config.ts";
import { describeBroadcast } from "./description.ts";
import { GoodbyeSchedule } from "./goodbye_schedule.ts";
import { Fanout } from "./fanout.ts";
import { TimelineSender } from "../origin/timeline/timeline_sender.ts";
import { toHex } from "../../shared/text/hex.ts";
import { HostSecrecy, type SecrecyKeys } from "../edge/sessions/host_secrecy.ts";
import type { NewEvent } from "../origin/timeline/new_event.ts";
import { Outbox } from "../edge/sending/outbox.ts";
import type { CoreOutput, ServerStats } from "../interface/output.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { StreamPacket } from "../origin/packetizer.ts";
import { PlainReceivers } from "../edge/sending/plain_receivers.ts";
import { Repairs } from "../edge/repair/repairs.ts";
import { ReportRate } from "../edge/admission/report_rate.ts";
import { SenderReports } from "./sender_reports.ts";
import { SessionTable } from "../edge/sessions/sessions.ts";
import { Sound } from "../origin/sound/sound.ts";
import { type Journal, Timeline } from "../origin/timeline/timeline.ts";
import { Warnings } from "./warnings.ts";

const CNAME_BYTES = 12;
/** A report that is this late tells that our own program stood still. */
const STANDSTILL_MILLIS: Millis = 1000;
/** More than it takes to read a full socket buffer, and for listeners to report again. */
const READING_MILLIS: Millis = 5000;

export interface ServerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** Makes the broadcast secret; plain when absent. */
  readonly secrecy?: SecrecyKeys;
  /** Keeps each event before it is sent. */
  readonly journal?: Journal;
}

/**
 * The host, without I/O: sound and events come in, and go out in time to everyone who was let in.
 * It starts when enough listeners are in, and ends when its sources have, when its time is over, or
 * when told to {@linkcode shutdown}.
 */
export class ServerCore implements Core<CoreOutput> {
  readonly channels: Channel[];
  readonly timeline: Timeline;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy: HostSecrecy | undefined;
  readonly #config: ServerConfig;
  readonly #opener: ChannelOpener;
  #audio: Channel | undefined;
  readonly #sessions = new SessionTable();
  readonly #audience: Audience;
  readonly #repairs: Repairs;
  readonly #senderReports: SenderReports;
  readonly #outbox = new Outbox();
  readonly #outputs: CoreOutput[] = [];
  readonly #junk = new Counters<JunkName>();
  readonly #fanout: Fanout;
  #sound: Sound | undefined;
  #isAudioAwaited: boolean;
  readonly #timelineSender: TimelineSender | undefined;
  readonly #startAndEnd: StartAndEnd;
  readonly #warnings: Warnings;
  #ending: GoodbyeSchedule | undefined;
  #judgesSilenceFrom: Millis = -Infinity;

  constructor(config: ServerConfig, { rng, now, secrecy, journal }: ServerDeps) {
    this.secrecy = secrecy && new HostSecrecy(secrecy, rng, now);
    const cname = toHex(rng.bytes(CNAME_BYTES));
    this.#config = config;
    this.#opener = new ChannelOpener(config, rng);
    this.#audio = config.audio && this.#opener.openAudio(config.audio);
    const events = config.hasEvents ? [this.#opener.openEvents()] : [];
    this.channels = [...(this.#audio ? [this.#audio] : []), ...events];
    this.timeline = new Timeline(rng, { entries: config.timeline?.entries, journal });
    const broadcastId = config.timeline?.broadcastId ?? toHex(rng.bytes(8));
    const reportRate = new ReportRate(() => this.#sessions.count, config.keepaliveMillis);
    const media = { channels: this.channels, timeline: this.timeline };
    const described = { config, reportRate, broadcastId, ...media };
    const say = (output: CoreOutput) => this.#say(output);
    const protect = ({ datagram, sequence }: StreamPacket) =>
      this.secrecy?.sealMedia(datagram, sequence) ?? datagram;
    const plain = new PlainReceivers(config.plainReceivers, this.#outbox);
    const all = {
      ...{ sessions: this.#sessions, outbox: this.#outbox, plain },
      ...{ channels: this.channels, secrecy: this.secrecy, protect, say, now },
    };
    this.#warnings = new Warnings(say);
    this.#senderReports = new SenderReports({ ...all, cname });
    this.#repairs = new Repairs({ ...all, config: config.repair });
    this.#audience = new Audience({
      ...{ ...all, rng, capacity: config.capacity, junk: this.#junk, repairs: this.#repairs },
      hostSsrc: this.channels[0]?.ssrc ?? 0,
      reportRate,
      describe: () => describeBroadcast(described),
    });
    this.#fanout = new Fanout({ ...all, repairs: this.#repairs });
    this.#sound = config.audio && new Sound(config.audio, config.intervalMillis);
    this.#timelineSender = this.#openFeed(now);
    this.#isAudioAwaited = config.isAudioAwaited ?? false;
    this.#startAndEnd = new StartAndEnd({
      ...{ ...all, config, timelineSender: this.#timelineSender, sound: () => this.#sound },
      isSoundAwaited: () => this.#isAudioAwaited,
    });
  }

  /** Sound that waits to be sent. Push while it is under a second or two, and not much more. */
  get audioBacklog(): Millis {
    return this.#sound?.backlog ?? 0;
  }

  /** Whether sound is to come whose kind is not known yet. */
  get isAudioAwaited(): boolean {
    return this.#isAudioAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.#startAndEnd.startedAt;
  }

  /** Whether only goodbyes are still to be said: sound and events are dropped from now on. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether everything was said; what is still in the outbox is to be sent. */
  get isFinished(): boolean {
    return this.#ending?.isOver ?? false;
  }

  /** Why events are not out that should be; undefined when all are. */
  get eventProblem(): string | undefined {
    return this.#timelineSender?.problem;
  }

  get deadline(): Millis | undefined {
    if (this.isFinished) return undefined;
    if (this.#ending) {
      return Math.min(
        this.#ending.deadline,
        this.#audience.deadline,
        this.#repairs.resendDeadline,
      );
    }
    return Math.min(
      this.#senderReports.deadline,
      this.#audience.deadline,
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
    else if (kind.value === "admission") this.#audience.receiveAdmission(datagram, from, now);
    else this.#audience.receiveRtcp(datagram, from, now);
    this.#startWhenReady(now);
    this.#sayGoodbyeWhenDue(now);
  }

  onReceiveError(): void {
    this.#junk.add("receiveError");
  }

  /** What came of an `examine-join`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#noteStandstill(now);
    this.#audience.onExamined(id, examined, now);
  }

  /**
   * Puts every pass to `review`, now those of the listeners that are in, from now on those of who
   * wants in: whose is no longer good gets nothing from here on but why.
   */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#audience.reviewPasses(review, now);
  }

  /**
   * Says what the time of day is, by which passes begin and end: whenever that may have been set, and before
   * somebody is let in.
   */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    this.#audience.tellWallTime(wallNow, now);
  }

  advance(now: Millis): void {
    this.#noteStandstill(now);
    this.#audience.advance(now);
    this.#startWhenReady(now);
    this.#sendDueSound(now);
    if (!this.#ending) this.#timelineSender?.retry(now);
    this.#repairs.advance(now);
    this.#reportWhenDue(now);
    this.#endWhenOver(now);
    this.#sayGoodbyeWhenDue(now);
  }

  /**
   * The sound that was awaited has come, and is of this kind: its channel begins. Whoever is in learns
   * of it from the next report, which goes out at once, and asks to be told more.
   */
  openAudio(format: AudioFormat, now: Millis): void {
    if (this.#ending || this.#sound) return;
    this.#isAudioAwaited = false;
    const channel = this.#audio = this.#opener.openAudio(format);
    this.channels.push(channel);
    this.#repairs.addAudio(channel, now);
    this.#sound = new Sound(format, this.#config.intervalMillis);
    const { ssrc, codec } = channel;
    this.#say({ kind: "channel-started", channel: "audio", codec, ssrc });
    if (this.startedAt === undefined) return;
    this.#sound.start(this.startedAt);
    this.#senderReports.sendStatus({ now, startedAt: this.startedAt });
  }

  /** @throws RangeError when a minute of sound is waiting: see {@linkcode audioBacklog}. */
  pushAudio(frame: EncodedFrame, now: Millis): void {
    if (this.#ending || !this.#sound) return;
    const oddity = this.#sound.push(frame, now);
    if (oddity !== undefined) this.#warnings.add(oddity, now);
    this.#startWhenReady(now);
  }

  /** Says that no more sound will come; the broadcast goes on until all of it was heard. */
  endAudio(now: Millis): void {
    this.#isAudioAwaited = false;
    this.#sound?.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /** Keeps an event, then sends it; before the start it waits for that. */
  pushEvent(event: NewEvent, now: Millis): void {
    if (!this.#ending) this.#timelineSender?.push(event, now);
  }

  endEvents(now: Millis): void {
    this.#timelineSender?.end();
    this.#endWhenOver(now);
  }

  /** Ends the broadcast: from now on goodbyes are said, and what is missing of the end is sent again. */
  shutdown(reason: string, now: Millis): void {
    if (this.#ending) return;
    this.#ending = new GoodbyeSchedule(reason, now);
    this.#audience.close();
    this.#repairs.endSound();
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
      unanswered: this.#repairs.unanswered,
      overflowed: this.#outbox.overflowed,
      channels: this.channels.map((channel) => channel.totals()),
      junk: this.#junk.snapshot(),
    };
  }

  #openFeed(now: Millis): TimelineSender | undefined {
    const channel = this.channels.find(({ name }) => name === "events");
    // Its own: what is odd about the sound must not keep it from being said that an event is left out.
    const warnings = new Warnings((output) => this.#say(output));
    return channel && new TimelineSender({
      ...{ channel, timeline: this.timeline, now },
      sign: (event) => this.secrecy?.signEvent(event) ?? event,
      send: (payload, ticks, at) => this.#fanout.send(channel, payload, ticks, at),
      say: (output) => this.#say(output),
      warn: (text, at) => warnings.add(text, at),
    });
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
      this.#fanout.send(this.#audio!, payload, ticks, now);
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
    if (now >= this.#judgesSilenceFrom) this.#audience.dismissSilent(now);
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
    this.#audience.dismissAll();
    this.#say({ kind: "ended", reason });
  }

  #say(output: CoreOutput): void {
    this.#outputs.push(output);
  }
}
