import { Counters } from "../shared/core/counters.ts";
import type { Core, Transmit } from "../shared/core/driver.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import { type Millis, millisToTicks, type RtpTicks } from "../shared/core/units.ts";
import type { EncodedFrame } from "../shared/media/channel.ts";
import { demux } from "../shared/wire/demux.ts";
import { type FeedEvent, serializeEvent } from "../shared/wire/event.ts";
import type { JunkName } from "../shared/wire/parsed.ts";
import { Audience } from "./audience.ts";
import type { Examined } from "./authority.ts";
import type { Channel } from "./channel.ts";
import { openChannels } from "./channels.ts";
import type { ServerConfig } from "./config.ts";
import { EventIntake } from "./event_intake.ts";
import { Ending } from "./ending.ts";
import { toHex } from "./hex.ts";
import { HostSecrecy, type SecrecyKeys } from "./host_secrecy.ts";
import { fitEvent, type NewEvent } from "./new_event.ts";
import { Outbox } from "./outbox.ts";
import type { CoreOutput, ServerStats } from "./output.ts";
import type { PassReview } from "./pass.ts";
import type { StreamPacket } from "./packetizer.ts";
import { PlainReceivers } from "./plain_receivers.ts";
import { Repairs } from "./repairs.ts";
import { Reporter } from "./reporter.ts";
import { SessionTable } from "./sessions.ts";
import { Sound } from "./sound.ts";
import { type Journal, Timeline } from "./timeline.ts";

const CNAME_BYTES = 12;
const DEFAULT_KEEPALIVE_MILLIS = 5000;
/** A source that gives nothing holds the broadcast up no longer than this. */
const LONGEST_WAIT_FOR_SOUND_MILLIS = 2000;
/** A source that runs dry over and over is said once in this time. */
const NOTICE_INTERVAL_MILLIS = 10_000;

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
  readonly channels: readonly Channel[];
  readonly timeline: Timeline;
  readonly #config: ServerConfig;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy: HostSecrecy | undefined;
  readonly #broadcastId: string;
  readonly #audio: Channel | undefined;
  readonly #events: Channel | undefined;
  readonly #sound: Sound | undefined;
  readonly #sessions = new SessionTable();
  readonly #audience: Audience;
  readonly #repairs: Repairs;
  readonly #plain: PlainReceivers;
  readonly #reporter: Reporter;
  readonly #outbox = new Outbox();
  readonly #outputs: CoreOutput[] = [];
  readonly #junk = new Counters<JunkName>();
  readonly #intake: EventIntake;
  readonly #openedAt: Millis;
  #nextNoticeAt: Millis = -Infinity;
  #startedAt: Millis | undefined;
  #haveEventsEnded = false;
  #ending: Ending | undefined;

  constructor(config: ServerConfig, { rng, now, secrecy, journal }: ServerDeps) {
    this.#config = config;
    this.secrecy = secrecy && new HostSecrecy(secrecy, rng, now);
    const cname = toHex(rng.bytes(CNAME_BYTES));
    this.channels = openChannels(config, rng);
    this.timeline = new Timeline(rng, { entries: config.timeline?.entries, journal });
    this.#intake = new EventIntake({
      accept: (event, at) => this.#sendEvent(event, at),
      warn: (text, at) => this.#noticeNowAndThen(text, at),
    });
    this.#broadcastId = config.timeline?.broadcastId ?? toHex(rng.bytes(8));
    this.#audio = this.channels.find(({ name }) => name === "audio");
    this.#events = this.channels.find(({ name }) => name === "events");
    this.#sound = config.audio && new Sound(config.audio, config.intervalMillis);
    this.#plain = new PlainReceivers(config.plainReceivers, this.#outbox);
    this.#reporter = new Reporter({
      ...{ cname, channels: this.channels, sessions: this.#sessions, plain: this.#plain, now },
      ...{ secrecy: this.secrecy, outbox: this.#outbox },
    });
    this.#repairs = new Repairs({
      ...{ config: config.repair, channels: this.channels, sessions: this.#sessions },
      ...{ outbox: this.#outbox, protect: (packet) => this.#seal(packet), now },
    });
    this.#audience = new Audience({
      ...{ rng, now, capacity: config.capacity, secrecy: this.secrecy },
      ...{ outbox: this.#outbox, junk: this.#junk, hostSsrc: this.channels[0]?.ssrc ?? 0 },
      ...{ sessions: this.#sessions, repairs: this.#repairs },
      describe: () => this.#describe(),
      say: (output) => this.#outputs.push(output),
    });
    this.#remember(this.timeline.entries, now);
    this.#openedAt = now;
  }

  /** Sound that waits to be sent. Push while it is under a second or two, and not much more. */
  get audioBacklog(): Millis {
    return this.#sound?.backlog ?? 0;
  }

  get startedAt(): Millis | undefined {
    return this.#startedAt;
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
    return this.#intake.problem;
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
      this.#reporter.deadline,
      this.#audience.deadline,
      this.#startDeadline,
      this.#intake.deadline,
      this.#repairs.deadline,
      this.#sound?.deadline ?? Infinity,
      this.#durationEndsAt,
      // While events may come the end of the sound ends nothing: it must not wake us over and over.
      this.#areEventsOver ? this.#sound?.endsAt ?? Infinity : Infinity,
    );
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.isFinished) return;
    const kind = demux(datagram);
    if (!kind.ok) this.#junk.add(kind.junk);
    else if (kind.value === "rtp") this.#junk.add("wrongDirection");
    else if (kind.value === "admission") this.#audience.receiveAdmission(datagram, from, now);
    else this.#audience.receiveRtcp(datagram, from, now);
    this.#startWhenReady(now);
    this.#sayGoodbyeWhenDue(now);
  }

  /** What came of an `examine-join`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#audience.onExamined(id, examined, now);
  }

  /**
   * Puts every pass to `review`, now those of the listeners that are in, from now on those of who
   * wants in: whose is no longer good gets nothing from here on but why.
   */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#audience.reviewPasses(review, now);
  }

  advance(now: Millis): void {
    this.#audience.advance(now);
    this.#startWhenReady(now);
    this.#sendDueSound(now);
    if (!this.#ending) this.#intake.retry(now);
    this.#repairs.advance(now);
    this.#reportWhenDue(now);
    this.#endWhenOver(now);
    this.#sayGoodbyeWhenDue(now);
  }

  /** @throws RangeError when a minute of sound is waiting: see {@linkcode audioBacklog}. */
  pushAudio(frame: EncodedFrame, now: Millis): void {
    if (this.#ending || !this.#sound) return;
    const oddity = this.#sound.push(frame, now);
    if (oddity !== undefined) this.#noticeNowAndThen(oddity, now);
    this.#startWhenReady(now);
  }

  /** Says that no more sound will come; the broadcast goes on until all of it was heard. */
  endAudio(now: Millis): void {
    this.#sound?.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /** Keeps an event, then sends it; before the start it waits for that. */
  pushEvent(event: NewEvent, now: Millis): void {
    if (!this.#ending && this.#events) this.#intake.push(event, now);
  }

  endEvents(now: Millis): void {
    this.#haveEventsEnded = true;
    this.#endWhenOver(now);
  }

  /** Ends the broadcast: from now on goodbyes are said, and what is missing of the end is sent again. */
  shutdown(reason: string, now: Millis): void {
    if (this.#ending) return;
    this.#ending = new Ending(reason, now);
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

  #describe() {
    const { isRtxOffered = true } = this.#config.repair ?? {};
    return {
      keepaliveMillis: this.#config.keepaliveMillis ?? DEFAULT_KEEPALIVE_MILLIS,
      channels: this.channels.map((channel) => {
        const { rtx, ...others } = channel.describe();
        return isRtxOffered ? { rtx, ...others } : others;
      }),
      ...(this.#config.match ? { match: this.#config.match } : {}),
      broadcastId: this.#broadcastId,
      timeline: this.timeline.head,
    };
  }

  #startWhenReady(now: Millis): void {
    if (this.#startedAt !== undefined || this.#ending || now < this.#startDeadline) return;
    this.#startedAt = now;
    this.#sound?.start(now);
    this.#outputs.push({ kind: "started", at: now });
    this.#intake.open(now);
    this.#sendDueSound(now);
    this.#endWhenOver(now);
  }

  #sendDueSound(now: Millis): void {
    if (this.#ending) return;
    for (const { payload, ticks } of this.#sound?.due(now) ?? []) {
      this.#send(this.#audio!, payload, ticks, now);
    }
  }

  #sendEvent(newEvent: NewEvent, now: Millis): void {
    const fitting = fitEvent(newEvent);
    if (!fitting) {
      return this.#noticeNowAndThen("An event is too large for a datagram: it is left out", now);
    }
    const event = this.timeline.append(fitting, now);
    const ticks = millisToTicks(now - this.#startedAt!, this.#events!.clockRate);
    this.#send(this.#events!, this.#write(event), ticks, now);
    this.#outputs.push({ kind: "event-sent", event });
  }

  /**
   * Events of before a restart take their place in the stream, so that `sequence number - base + 1` is
   * always the count; they are sent to those who ask for them.
   */
  #remember(entries: readonly FeedEvent[], now: Millis): void {
    for (const entry of entries) {
      const { packetizer, history, clockRate } = this.#events!;
      const ticks = millisToTicks(entry.time - now, clockRate);
      history.put(packetizer.packetize(this.#write(entry), ticks), now);
    }
  }

  /** A packet's way to the network: numbered, remembered, made secret once, and shared by all. */
  #send(channel: Channel, payload: Uint8Array, ticks: RtpTicks, now: Millis): void {
    const packet = channel.packetizer.packetize(payload, ticks);
    channel.history.put(packet, now);
    this.#outbox.sendMedia(this.#sessions.all, this.#seal(packet));
    if (channel !== this.#audio) return;
    this.#repairs.onSound(packet, ticks, now);
    this.#plain.sendMedia(packet.datagram);
  }

  #seal({ datagram, sequence }: StreamPacket): Uint8Array {
    return this.secrecy?.sealMedia(datagram, sequence) ?? datagram;
  }

  #write(event: FeedEvent): Uint8Array {
    const bytes = serializeEvent(event);
    return this.secrecy?.signEvent(bytes) ?? bytes;
  }

  #reportWhenDue(now: Millis): void {
    if (this.#ending || !this.#reporter.takeDue(now)) return;
    this.#audience.dismissSilent(now);
    this.#reporter.sendStatus({ now, startedAt: this.#startedAt });
    this.#outputs.push(this.stats());
  }

  #endWhenOver(now: Millis): void {
    if (this.#startedAt === undefined || this.#ending) return;
    if (now >= this.#durationEndsAt) return this.shutdown("duration", now);
    const isSoundOver = !this.#sound || now >= this.#sound.endsAt;
    if (this.#areEventsOver && isSoundOver) this.shutdown("end of broadcast", now);
  }

  #sayGoodbyeWhenDue(now: Millis): void {
    const ending = this.#ending;
    if (!ending) return;
    const poll = () => ending.poll(this.#sessions.all.length, now);
    for (let step = poll(); step; step = poll()) {
      if (step === "end") return this.#end(ending);
      this.#reporter.sendGoodbye(ending.reason, { now, startedAt: this.#startedAt });
    }
  }

  #end({ reason }: Ending): void {
    this.#outputs.push(this.stats());
    this.#audience.dismissAll();
    this.#outputs.push({ kind: "ended", reason });
  }

  /** When it may start, as things stand: at once, when the sound is given up on, or never. */
  get #startDeadline(): Millis {
    if (this.#startedAt !== undefined) return Infinity;
    if (this.#sessions.joinedCount < this.#config.waitFor) return Infinity;
    const isSoundThere = this.#sound?.isReady ?? true;
    return this.#openedAt + (isSoundThere ? 0 : LONGEST_WAIT_FOR_SOUND_MILLIS);
  }

  get #durationEndsAt(): Millis {
    return (this.#startedAt ?? Infinity) + (this.#config.durationMillis ?? Infinity);
  }

  get #areEventsOver(): boolean {
    return !this.#events || (this.#haveEventsEnded && this.#intake.isEmpty);
  }

  #noticeNowAndThen(text: string, now: Millis): void {
    if (now < this.#nextNoticeAt) return;
    this.#nextNoticeAt = now + NOTICE_INTERVAL_MILLIS;
    this.#outputs.push({ kind: "notice", level: "warning", text });
  }
}
