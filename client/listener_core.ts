import { Counters } from "../shared/core/counters.ts";
import type { Core, Transmit } from "../shared/core/driver.ts";
import type { LedgerSnapshot } from "../shared/core/ledger.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import type { ExtendedSequence, Millis } from "../shared/core/units.ts";
import { RejectCode, serializeAdmission } from "../shared/wire/admission.ts";
import { demux } from "../shared/wire/demux.ts";
import { parseEvent } from "../shared/wire/event.ts";
import type { Ciphers } from "../shared/secrecy/ciphers.ts";
import type { SealedJoin } from "../shared/secrecy/join_sealing.ts";
import type { Dismissal } from "../shared/wire/dismissal.ts";
import type { EpochKey } from "../shared/wire/epoch_key.ts";
import { type JunkName, type Parsed, parsed } from "../shared/wire/parsed.ts";
import {
  parseRtcp,
  type ReferenceTimeEcho,
  type RtcpMessage,
  type SenderReport,
  serializeRtcp,
} from "../shared/wire/rtcp.ts";
import { parseRtp, type RtpPacket } from "../shared/wire/rtp.ts";
import { unpackRtx } from "../shared/wire/rtx.ts";
import { latencyMillis, type ListenerConfig } from "./config.ts";
import { Connection, type ConnectionStep } from "./connection.ts";
import { EarlyMedia } from "./early_media.ts";
import { type Accepted, Handshake, type Rejected } from "./handshake.ts";
import type { Released } from "./jitter_buffer.ts";
import type { CoreOutput, EndReason } from "./output.ts";
import { PauseWatch } from "./pause_watch.ts";
import { Reports } from "./reports.ts";
import { RoundTrip } from "../shared/wire/round_trip.ts";
import { ListenerSecrecy } from "./secrecy.ts";
import type { Stream } from "./stream.ts";
import { StreamSet } from "./stream_set.ts";

const JOIN_FOR: Millis = 8000;
const REJOIN_FOR: Millis = 60_000;
const STATS_EVERY: Millis = 1000;
/** What a JOIN can say. */
const LONGEST_LATENCY: Millis = 60_000;
/** After a goodbye, packets that are still under way are waited for at least this long. */
const SHORTEST_GRACE: Millis = 500;
const GRACE_FOR_EVENTS: Millis = 1500;

/** A key that takes longer than this to come was never sent. */
const WAIT_FOR_KEY: Millis = 2000;

/** What a host says to one listener, never to all. */
const FOR_ONE_ALONE = new Set<RtcpMessage["type"]>(["epochKey", "dismissal", "pathChallenge"]);

/** What lasts from one ACCEPT to the next. */
interface Session {
  readonly connectionId: bigint;
  readonly listenerSsrc: number;
  readonly reports: Reports;
  /** Absent when the host does not encrypt. */
  readonly secrecy?: ListenerSecrecy;
}

export interface ListenerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  readonly ciphers: Ciphers;
}

/**
 * One listener, without I/O. A datagram goes through demux, sender check, authentication, parser,
 * statistics, (repair,) jitter buffer; at a deadline reports go out and what is due leaves the jitter buffer.
 * The statistics come before any repair, so that a repaired packet never hides a loss.
 */
export class ListenerCore implements Core<CoreOutput> {
  readonly #config: ListenerConfig;
  readonly #rng: Rng;
  readonly #junk = new Counters<JunkName>();
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  readonly #ciphers: Ciphers;
  readonly #early = new EarlyMedia();
  /** Sealed with a key that is still under way to us. */
  readonly #sealed = new EarlyMedia();
  readonly #streams = new StreamSet();
  readonly #roundTrip = new RoundTrip();
  readonly #pauses = new PauseWatch();
  readonly #transmits: Transmit[] = [];
  readonly #outputs: CoreOutput[] = [];
  readonly #excuses = (arrivedAt: Millis) => this.#pauses.excuses(arrivedAt);
  #token: string | undefined;
  #session: Session | undefined;
  #broadcastId: string | undefined;
  /** All events up to this count were said. */
  #knownEvents = 0;
  #statsAt: Millis = Infinity;
  #leaveAt: Millis = Infinity;
  /** Set by the host's goodbye: when stragglers are no longer waited for. */
  #graceUntil: Millis | undefined;
  #wasKeyForeign = false;
  #hasEnded = false;

  constructor(config: ListenerConfig, deps: ListenerDeps) {
    this.#config = config;
    this.#token = config.token;
    this.#rng = deps.rng;
    this.#ciphers = deps.ciphers;
    const { joinForMillis = JOIN_FOR, rejoinForMillis = REJOIN_FOR } = config;
    this.#connection = new Connection({ joinForMillis, rejoinForMillis }, deps.rng, deps.now);
    this.#handshake = new Handshake(deps.rng, deps.ciphers, config.hostKey);
    this.#handshake.start(deps.now);
    this.#say({ kind: "connection", state: "joining" });
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.#hasEnded) return;
    this.#pauses.onInput(this.deadline, now);
    const { server } = this.#config;
    const isFromHost = from.port === server.port && from.hostname === server.hostname;
    if (!isFromHost) return this.#junk.add("unknownSender");
    this.#take(datagram, now);
  }

  advance(now: Millis): void {
    if (this.#hasEnded) return;
    this.#pauses.onInput(this.deadline, now);
    this.#play((stream) => stream.jitterBuffer.pop(now));
    this.#askAgain(now);
    this.#report(now);
    this.#keepConnection(now);
    this.#giveUpSealed(now);
    this.#saySnapshot(now);
    if (now >= this.#leaveAt) this.leave("duration", now);
    else if (now >= this.#graceEndsAt) this.#leaveLast(now);
  }

  /** Says goodbye to the host and ends. */
  leave(reason: "interrupted" | "duration", now: Millis): void {
    if (this.#hasEnded) return;
    const { reports } = this.#session ?? {};
    if (reports) this.#sendControl(reports.goodbye(this.#streams.reports(now), reason));
    this.#end(reason, now);
  }

  /** When stragglers are no longer waited for; missing events are, a while longer. */
  get #graceEndsAt(): Millis {
    const isMissing = this.#streams.areEventsMissing;
    return (this.#graceUntil ?? Infinity) + (isMissing ? GRACE_FOR_EVENTS : 0);
  }

  /** The host went first; it stays until it knows that nobody misses anything any more. */
  #leaveLast(now: Millis): void {
    const { reports } = this.#session ?? {};
    if (reports) this.#sendControl(reports.goodbye(this.#streams.reports(now), "bye"));
    this.#end("bye", now);
  }

  /** The token to be shown from the next JOIN on: a host that restarted may want another. */
  changeToken(token: string | undefined): void {
    this.#token = token;
  }

  /** The key of the host that is believed from the next cookie on; undefined: of any that answers. */
  changeHostKey(key: Uint8Array | undefined): void {
    this.#handshake.pinKey(key);
  }

  /** What came of a `seal-join`; undefined when it can't be sealed to that key. */
  onJoinSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    this.#handshake.onSealed(id, sealed, now);
    this.#keepConnection(now);
  }

  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  get deadline(): Millis | undefined {
    if (this.#hasEnded) return undefined;
    return Math.min(
      this.#streams.deadline,
      this.#handshake.deadline ?? Infinity,
      this.#graceUntil === undefined ? this.#connection.deadline : this.#graceEndsAt,
      this.#session?.reports.deadline ?? Infinity,
      this.#statsAt,
      this.#leaveAt,
    );
  }

  snapshot(now: Millis): LedgerSnapshot {
    const { latest } = this.#roundTrip;
    return {
      at: now,
      ...(latest === undefined ? {} : { roundTripTime: latest / 1000 }),
      channels: this.#streams.ledgers(),
      junk: this.#junk.snapshot() as Record<string, number>,
    };
  }

  #take(datagram: Uint8Array, now: Millis): void {
    const kind = demux(datagram);
    if (!kind.ok) return this.#junk.add(kind.junk);
    switch (kind.value) {
      case "rtp":
        return this.#receiveRtp(datagram, now);
      case "rtcp":
        return this.#receiveRtcp(datagram, now);
      case "admission":
        return this.#receiveAdmission(datagram, now);
    }
  }

  #receiveRtp(datagram: Uint8Array, now: Millis): void {
    const packet = parseRtp(datagram);
    if (!packet.ok) return this.#junk.add(packet.junk);
    const { ssrc } = packet.value;
    const stream = this.#streams.get(ssrc);
    const repaired = this.#streams.repairedBy(ssrc);
    const covered = this.#streams.protectedBy(ssrc);
    if (stream) this.#receiveOriginal(stream, packet.value, datagram, now);
    else if (repaired) this.#receiveAgain(repaired, packet.value, datagram, now);
    else if (covered) this.#receiveParity(covered, packet.value, datagram, now);
    else this.#keepEarly(datagram, now);
  }

  #receiveOriginal(stream: Stream, packet: RtpPacket, datagram: Uint8Array, now: Millis): void {
    const opened = this.#open(packet, datagram, stream.gate.peek(packet.sequenceNumber), now);
    if (!opened.ok) return this.#refuse(opened.junk, datagram, now);
    if (opened.value.payloadType !== stream.info.payloadType) {
      return this.#junk.add("wrongPayloadType");
    }
    const verified = this.#verify(stream, opened.value);
    if (!verified.ok) return this.#junk.add(verified.junk);
    const isOfUse = stream.receive(verified.value, now, this.#excuses);
    this.#countRefused(stream);
    if (isOfUse) this.#onMedia(now);
  }

  #receiveAgain(stream: Stream, packet: RtpPacket, datagram: Uint8Array, now: Millis): void {
    const opened = this.#open(
      packet,
      datagram,
      stream.rtxSequences.peek(packet.sequenceNumber),
      now,
    );
    if (!opened.ok) return this.#refuse(opened.junk, datagram, now);
    if (opened.value.payloadType !== stream.info.rtx?.payloadType) {
      return this.#junk.add("wrongPayloadType");
    }
    const original = unpackRtx(opened.value, stream.info);
    const verified = original.ok ? this.#verify(stream, original.value) : original;
    if (!verified.ok) return this.#junk.add(verified.junk);
    stream.receiveAgain(verified.value, packet.sequenceNumber, now, this.#excuses);
    this.#onMedia(now);
  }

  #receiveParity(stream: Stream, packet: RtpPacket, datagram: Uint8Array, now: Millis): void {
    const sequence = stream.fecSequences.peek(packet.sequenceNumber);
    const opened = this.#open(packet, datagram, sequence, now);
    if (!opened.ok) return this.#refuse(opened.junk, datagram, now);
    if (opened.value.payloadType !== stream.info.fec?.payloadType) {
      return this.#junk.add("wrongPayloadType");
    }
    const received = stream.receiveParity(opened.value, now, this.#excuses);
    this.#countRefused(stream);
    if (!received.ok) return this.#junk.add(received.junk);
    this.#onMedia(now);
  }

  /** The packet as the host made it, and nobody else. Its header stood in clear. */
  #open(
    packet: RtpPacket,
    datagram: Uint8Array,
    index: ExtendedSequence,
    now: Millis,
  ): Parsed<RtpPacket> {
    const { secrecy } = this.#session ?? {};
    if (!secrecy) return parsed(packet);
    const opened = secrecy.openMedia(datagram, index, now);
    return opened.ok ? parseRtp(opened.value) : opened;
  }

  /** An event carries the host's signature, since every listener has the group's key. */
  #verify({ info }: Stream, packet: RtpPacket): Parsed<RtpPacket> {
    const { secrecy } = this.#session ?? {};
    if (!secrecy || info.channel !== "events") return parsed(packet);
    const event = secrecy.verifyEvent(packet.payload);
    return event.ok ? parsed({ ...packet, payload: event.value }) : event;
  }

  #refuse(name: JunkName, datagram: Uint8Array, now: Millis): void {
    // We are being let in anew, and the ACCEPT with the key may yet come.
    if (name === "unknownEpoch" && this.#handshake.isRunning) {
      return this.#keepEarly(datagram, now);
    }
    const mayWait = name === "unknownEpoch" &&
      this.#session?.secrecy?.mayBeOpenedLater(datagram);
    if (!mayWait || !this.#sealed.keep(datagram, now)) this.#junk.add(name);
  }

  #play(next: (stream: Stream) => Released | undefined): void {
    for (const stream of this.#streams) {
      for (let due = next(stream); due; due = next(stream)) {
        if (stream.depacketizer) this.#playSound(stream, due);
        else this.#playEvent(stream, due);
      }
    }
  }

  #playSound(stream: Stream, { arrival, lostBefore }: Released): void {
    const frames = stream.depacketizer!.push(arrival.payload, lostBefore > 0);
    if (!frames.ok) return this.#junk.add(frames.junk);
    const mediaTime = stream.mediaTime(arrival);
    if (frames.value.length > 0 || lostBefore > 0) {
      this.#say({ kind: "audio", frames: frames.value, mediaTime, lostBefore });
    }
  }

  #playEvent(stream: Stream, { arrival }: Released): void {
    // It leaves the buffer in order and without a gap; one that can't be read is passed over.
    this.#knownEvents = arrival.sequence - stream.info.sequenceBase + 1;
    const event = parseEvent(arrival.payload);
    if (!event.ok) return this.#junk.add(event.junk);
    if (event.value.count !== this.#knownEvents) return this.#junk.add("malformedEvent");
    this.#say({ kind: "event", event: event.value });
  }

  #receiveRtcp(datagram: Uint8Array, now: Millis): void {
    const opened = this.#session?.secrecy?.openControl(datagram, now);
    if (opened && !opened.ok) return this.#refuse(opened.junk, datagram, now);
    const messages = parseRtcp(opened?.value.packet ?? datagram);
    if (!messages.ok) return this.#junk.add(messages.junk);
    for (const message of messages.value) {
      const isForUsAlone = FOR_ONE_ALONE.has(message.type);
      // Any listener could have sealed it with the group's key.
      if (isForUsAlone && opened?.value.isPrivate === false) this.#junk.add("unauthentic");
      else this.#onControl(message, now);
    }
  }

  #onControl(message: RtcpMessage, now: Millis): void {
    switch (message.type) {
      case "senderReport":
        return this.#onSenderReport(message, now);
      case "referenceTimeEcho":
        return this.#onEcho(message, now);
      case "goodbye":
        return this.#onGoodbye(message.ssrcs, now);
      case "epochKey":
        return this.#onEpochKey(message);
      case "dismissal":
        return this.#onDismissal(message, now);
      case "pathChallenge":
        return this.#onPathChallenge(message.challenge);
    }
  }

  /** The host puts us out: there is no use in coming back. */
  #onDismissal({ listenerSsrc, code, reason }: Dismissal, now: Millis): void {
    // One that was meant for who we were before.
    if (listenerSsrc !== this.#session?.listenerSsrc) return this.#junk.add("unknownSsrc");
    this.#say({ kind: "rejected", code, reason, retryAfterMillis: 0 });
    this.#end("rejected", now, code);
  }

  #onEpochKey({ epoch, key }: EpochKey): void {
    const { secrecy, listenerSsrc } = this.#session ?? {};
    if (!secrecy || listenerSsrc === undefined) return this.#junk.add("unauthentic");
    const isNew = secrecy.addEpoch(epoch, key);
    this.#sendControl([{ type: "epochReceived", ssrc: listenerSsrc, epoch }]);
    if (isNew) { for (const { datagram, at } of this.#sealed.takeAll()) this.#take(datagram, at); }
  }

  #giveUpSealed(now: Millis): void {
    const given = this.#sealed.expire(now - WAIT_FOR_KEY);
    if (given > 0) this.#junk.add("unknownEpoch", given);
  }

  #onSenderReport(report: SenderReport, now: Millis): void {
    const stream = this.#streams.get(report.ssrc);
    if (!stream) {
      if (this.#streams.onSideReport(report)) return;
      // It may have overtaken the ACCEPT that explains it; the next one comes in a second.
      if (!this.#handshake.isRunning) this.#junk.add("unknownSsrc");
      return;
    }
    stream.onSenderReport(report, now, this.#excuses);
    this.#session?.reports.onSenderReport(now);
    this.#onMedia(now);
  }

  #onEcho({ reports }: ReferenceTimeEcho, now: Millis): void {
    const own = reports.find(({ ssrc }) => ssrc === this.#session?.listenerSsrc);
    if (own) this.#roundTrip.onEcho(own.lastReferenceTime, own.delaySince, now);
  }

  /** Only what comes from the host's address gets here, and only to it we answer. */
  #onPathChallenge(challenge: Uint8Array): void {
    if (!this.#session) return;
    const { connectionId, listenerSsrc: ssrc } = this.#session;
    this.#sendControl([{ type: "pathResponse", ssrc, connectionId, challenge }]);
  }

  #onGoodbye(ssrcs: readonly number[], now: Millis): void {
    for (const ssrc of ssrcs) this.#streams.onGoodbye(ssrc);
    if (!this.#streams.haveEnded || this.#graceUntil !== undefined) return;
    this.#graceUntil = now + Math.max(this.#streams.longestTarget, SHORTEST_GRACE);
    this.#handshake.stop();
  }

  #receiveAdmission(datagram: Uint8Array, now: Millis): void {
    const answer = this.#handshake.receive(datagram, now);
    this.#sayForeignKey();
    if (!answer.ok) return this.#junk.add(answer.junk);
    if (answer.value?.type === "accept") this.#onAccept(answer.value, now);
    if (answer.value?.type === "reject") this.#onReject(answer.value, now);
  }

  #sayForeignKey(): void {
    const isForeign = this.#handshake.showsForeignKey;
    if (isForeign && !this.#wasKeyForeign) this.#say({ kind: "foreign-key" });
    this.#wasKeyForeign = isForeign;
  }

  #onAccept({ connectionId, info, keys, secrets }: Accepted, now: Millis): void {
    const isFirst = this.#session === undefined;
    const isNew = this.#session?.connectionId !== connectionId;
    // Streams that are replaced give out what they hold.
    this.#play((stream) =>
      this.#isNamed(stream, info) ? undefined : stream.jitterBuffer.flush(now)
    );
    if (isNew) this.#beginTimeline(info);
    const { latency } = this.#config;
    this.#streams.adopt(info.channels, {
      ...{ latency, roundTrip: this.#roundTrip },
      knownEvents: this.#knownEvents,
    }, now);
    const id = connectionId.toString(16).padStart(16, "0");
    const reports = new Reports({ ...info, cname: id }, this.#rng, now);
    const previous = isNew ? undefined : this.#session?.secrecy;
    const secrecy = secrets && keys &&
      new ListenerSecrecy(this.#ciphers, keys, secrets, previous);
    this.#session = {
      ...{ connectionId, listenerSsrc: info.listenerSsrc, reports },
      ...(secrecy && { secrecy }),
    };
    if (isFirst) this.#statsAt = now + STATS_EVERY;
    if (isFirst) this.#leaveAt = now + (this.#config.durationMillis ?? Infinity);
    const isChange = this.#connection.onAccepted(isNew, now);
    if (isNew) {
      const { server } = this.#config;
      const trust = this.#handshake.isKeyPinned ? "linked" : "unlinked";
      const how = { again: !isFirst, secrecy: secrecy ? trust : "plain" } as const;
      this.#say({ kind: "joined", connectionId: id, info, server, ...how });
    }
    if (isChange) this.#say({ kind: "connection", state: "connected" });
    for (const { datagram, at } of this.#early.takeAll()) this.#take(datagram, at);
  }

  /** A timeline that goes on is gone on with; another one begins from its first entry. */
  #beginTimeline({ broadcastId }: Accepted["info"]): void {
    const goesOn = broadcastId !== undefined && broadcastId === this.#broadcastId;
    if (!goesOn && this.#knownEvents > 0) {
      this.#knownEvents = 0;
      this.#say({ kind: "timeline-reset" });
    }
    this.#broadcastId = broadcastId;
  }

  /** A host that we know already is asked again while there is hope: it may just be restarting. */
  #onReject(rejected: Rejected, now: Millis): void {
    const { code, reason, retryAfterMillis } = rejected;
    if (this.#session !== undefined && this.#handshake.mayAskAgain(rejected)) {
      this.#handshake.askAgain(rejected, now);
      // Said once more so that whoever knows a newer token hands it in.
      if (code === RejectCode.unauthorized) this.#say({ kind: "connection", state: "rejoining" });
      return;
    }
    this.#say({ kind: "rejected", code, reason, retryAfterMillis });
    this.#end("rejected", now, code);
  }

  #onMedia(now: Millis): void {
    this.#handshake.stop();
    if (!this.#connection.onMedia(now)) return;
    this.#session?.reports.calm();
    this.#say({ kind: "connection", state: "connected" });
  }

  /** RTP of a stream not known yet may have overtaken the ACCEPT that explains it. */
  #keepEarly(datagram: Uint8Array, now: Millis): void {
    if (!this.#handshake.isRunning) return this.#junk.add("unknownSsrc");
    if (!this.#early.keep(datagram, now)) this.#junk.add("overflow");
  }

  #countRefused(stream: Stream): void {
    const refused = stream.gate.takeRefused();
    if (refused > 0) this.#junk.add("implausibleSequence", refused);
    const madeUp = stream.fec?.takeRefused() ?? 0;
    if (madeUp > 0) this.#junk.add("malformedParity", madeUp);
  }

  /** Asks for what is missing, at once when that is news and then again and again. */
  #askAgain(now: Millis): void {
    const { listenerSsrc, reports } = this.#session ?? {};
    if (listenerSsrc === undefined) return;
    const nacks = this.#streams.nacks(listenerSsrc, (repair) => repair.poll(now));
    if (nacks.length === 0) return;
    this.#sendControl(nacks);
    reports?.hasten(now);
  }

  #report(now: Millis): void {
    const { listenerSsrc = 0, reports } = this.#session ?? {};
    const compound = reports?.poll(() => this.#streams.reports(now), now);
    if (!compound) return;
    const nacks = this.#streams.nacks(listenerSsrc, (repair) => repair.repeat(now));
    const losses = this.#streams.postRepairLosses(listenerSsrc);
    this.#sendControl([...compound, ...losses, ...nacks]);
  }

  #keepConnection(now: Millis): void {
    if (this.#graceUntil !== undefined) return;
    for (let step = this.#connection.poll(now); step; step = this.#connection.poll(now)) {
      this.#onStep(step, now);
      if (this.#hasEnded) return;
    }
    const { name } = this.#config;
    const latency = Math.min(Math.ceil(latencyMillis(this.#config.latency)), LONGEST_LATENCY);
    const info = { name, token: this.#token, latencyMillis: latency };
    const step = this.#handshake.poll(info, now);
    if (step?.kind === "send") this.#send(serializeAdmission(step.message));
    if (step?.kind === "seal") this.#say({ kind: "seal-join", join: step.join });
  }

  #onStep(step: ConnectionStep, now: Millis): void {
    if (step === "give-up") return this.#end("timeout", now);
    if (step === "silent") this.#session?.reports.urge(now);
    if (step !== "ask") this.#say({ kind: "connection", state: step });
    if (step !== "silent" && !this.#handshake.isRunning) this.#handshake.start(now);
  }

  #saySnapshot(now: Millis): void {
    if (now < this.#statsAt) return;
    this.#statsAt += STATS_EVERY * Math.ceil((now - this.#statsAt + 1) / STATS_EVERY);
    this.#say({ kind: "stats", ledger: this.snapshot(now) });
  }

  #end(reason: EndReason, now: Millis, code?: number): void {
    this.#play((stream) => stream.jitterBuffer.flush(now));
    this.#giveUpSealed(Infinity);
    this.#say({ kind: "ended", reason, ...(code === undefined ? {} : { code }) });
    this.#hasEnded = true;
  }

  #isNamed(stream: Stream, info: Accepted["info"]): boolean {
    return info.channels.some(({ ssrc }) => ssrc === stream.info.ssrc);
  }

  #sendControl(messages: readonly RtcpMessage[]): void {
    const packet = serializeRtcp(messages);
    this.#send(this.#session?.secrecy?.sealControl(packet) ?? packet);
  }

  #send(datagram: Uint8Array): void {
    this.#transmits.push({ to: this.#config.server, datagram });
  }

  #say(output: CoreOutput): void {
    this.#outputs.push(output);
  }
}
