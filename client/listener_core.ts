import { Counters } from "../shared/core/counters.ts";
import type { Core, Transmit } from "../shared/core/driver.ts";
import type { LedgerSnapshot } from "../shared/core/ledger.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import { RejectCode, serializeAdmission } from "../shared/wire/admission.ts";
import { demux } from "../shared/wire/demux.ts";
import { parseEvent } from "../shared/wire/event.ts";
import type { JunkName } from "../shared/wire/parsed.ts";
import {
  parseRtcp,
  type ReferenceTimeEcho,
  type RtcpMessage,
  type SenderReport,
  serializeRtcp,
} from "../shared/wire/rtcp.ts";
import { parseRtp } from "../shared/wire/rtp.ts";
import { latencyMillis, type ListenerConfig } from "./config.ts";
import { Connection, type ConnectionStep } from "./connection.ts";
import { EarlyMedia } from "./early_media.ts";
import { type Accepted, Handshake, type Rejected } from "./handshake.ts";
import type { Released } from "./jitter_buffer.ts";
import type { EndReason, ListenerOutput } from "./output.ts";
import { PauseWatch } from "./pause_watch.ts";
import { Reports } from "./reports.ts";
import { RoundTrip } from "./round_trip.ts";
import type { Arrival } from "./stats.ts";
import type { Stream } from "./stream.ts";
import { StreamSet } from "./stream_set.ts";
import { Timeline } from "./timeline.ts";

const JOIN_FOR: Millis = 8000;
const REJOIN_FOR: Millis = 60_000;
const STATS_EVERY: Millis = 1000;
/** After a goodbye, packets that are still under way are waited for at least this long. */
const SHORTEST_GRACE: Millis = 500;

/** What lasts from one ACCEPT to the next. */
interface Session {
  readonly connectionId: bigint;
  readonly listenerSsrc: number;
  readonly reports: Reports;
}

/**
 * One listener, without I/O. A datagram goes through demux, sender check, parser, statistics,
 * (repair,) jitter buffer; at a deadline reports go out and what is due leaves the jitter buffer.
 * The statistics come before any repair, so that a repaired packet never hides a loss.
 */
export class ListenerCore implements Core<ListenerOutput> {
  readonly timeline = new Timeline();
  readonly #config: ListenerConfig;
  readonly #rng: Rng;
  readonly #junk = new Counters<JunkName>();
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  readonly #early = new EarlyMedia();
  readonly #streams = new StreamSet();
  readonly #roundTrip = new RoundTrip();
  readonly #pauses = new PauseWatch();
  readonly #transmits: Transmit[] = [];
  readonly #outputs: ListenerOutput[] = [];
  #token: string | undefined;
  #session: Session | undefined;
  #statsAt: Millis = Infinity;
  #leaveAt: Millis = Infinity;
  /** Set by the host's goodbye: when stragglers are no longer waited for. */
  #graceUntil: Millis | undefined;
  #hasEnded = false;

  constructor(config: ListenerConfig, deps: { readonly rng: Rng; readonly now: Millis }) {
    this.#config = config;
    this.#token = config.token;
    this.#rng = deps.rng;
    const { joinForMillis = JOIN_FOR, rejoinForMillis = REJOIN_FOR } = config;
    this.#connection = new Connection({ joinForMillis, rejoinForMillis }, deps.rng, deps.now);
    this.#handshake = new Handshake(deps.rng);
    this.#handshake.start(deps.now);
    this.#say({ kind: "connection", state: "joining" });
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.#hasEnded) return;
    this.#pauses.onInput(this.deadline, now);
    const { server } = this.#config;
    const isFromHost = from.port === server.port && from.hostname === server.hostname;
    if (!isFromHost) return this.#junk.add("unknownSender");
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

  advance(now: Millis): void {
    if (this.#hasEnded) return;
    this.#pauses.onInput(this.deadline, now);
    this.#play((stream) => stream.jitterBuffer.pop(now));
    this.#report(now);
    this.#keepConnection(now);
    this.#saySnapshot(now);
    if (now >= this.#leaveAt) this.leave("duration", now);
    else if (now >= (this.#graceUntil ?? Infinity)) this.#end("bye", now);
  }

  /** Says goodbye to the host and ends. */
  leave(reason: "interrupted" | "duration", now: Millis): void {
    if (this.#hasEnded) return;
    const { reports } = this.#session ?? {};
    if (reports) this.#send(serializeRtcp(reports.goodbye(this.#streams.reports(now), reason)));
    this.#end(reason, now);
  }

  /** The token to be shown from the next JOIN on: a host that restarted may want another. */
  changeToken(token: string | undefined): void {
    this.#token = token;
  }

  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  pollOutput(): ListenerOutput | undefined {
    return this.#outputs.shift();
  }

  get deadline(): Millis | undefined {
    if (this.#hasEnded) return undefined;
    return Math.min(
      this.#streams.deadline,
      this.#handshake.deadline ?? Infinity,
      this.#graceUntil ?? this.#connection.deadline,
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

  #receiveRtp(datagram: Uint8Array, now: Millis): void {
    const packet = parseRtp(datagram);
    if (!packet.ok) return this.#junk.add(packet.junk);
    const { ssrc, payloadType } = packet.value;
    const stream = this.#streams.get(ssrc);
    if (!stream) return this.#keepEarly(datagram, now);
    if (payloadType !== stream.info.payloadType) return this.#junk.add("wrongPayloadType");
    const arrivals = stream.gate.admit(packet.value, now);
    this.#countRefused(stream);
    for (const arrival of arrivals) this.#onArrival(stream, arrival);
    if (arrivals.length > 0) this.#onMedia(now);
  }

  #onArrival(stream: Stream, arrival: Arrival): void {
    const isOriginal = stream.stats.onPacket(arrival);
    if (!isOriginal) return;
    // Repair belongs here: of this packet it makes none, one or several that go on.
    const isExcused = this.#pauses.excuses(arrival.arrivedAt);
    if (stream.jitterBuffer.push(arrival, isExcused) === "late") stream.onDiscarded();
  }

  #play(next: (stream: Stream) => Released | undefined): void {
    for (const stream of this.#streams) {
      for (let due = next(stream); due; due = next(stream)) {
        if (stream.depacketizer) this.#playSound(stream, due);
        else this.#playEvent(due);
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

  #playEvent({ arrival }: Released): void {
    const event = parseEvent(arrival.payload);
    if (!event.ok) return this.#junk.add(event.junk);
    if (this.timeline.add(event.value)) this.#say({ kind: "event", event: event.value });
  }

  #receiveRtcp(datagram: Uint8Array, now: Millis): void {
    const messages = parseRtcp(datagram);
    if (!messages.ok) return this.#junk.add(messages.junk);
    for (const message of messages.value) this.#onControl(message, now);
  }

  #onControl(message: RtcpMessage, now: Millis): void {
    switch (message.type) {
      case "senderReport":
        return this.#onSenderReport(message, now);
      case "referenceTimeEcho":
        return this.#onEcho(message, now);
      case "goodbye":
        return this.#onGoodbye(message.ssrcs, now);
    }
  }

  #onSenderReport(report: SenderReport, now: Millis): void {
    const stream = this.#streams.get(report.ssrc);
    if (!stream) {
      // It may have overtaken the ACCEPT that explains it; the next one comes in a second.
      if (!this.#handshake.isRunning) this.#junk.add("unknownSsrc");
      return;
    }
    const borneOut = stream.onSenderReport(report, now);
    for (const arrival of borneOut) this.#onArrival(stream, arrival);
    this.#onMedia(now);
  }

  #onEcho({ reports }: ReferenceTimeEcho, now: Millis): void {
    const own = reports.find(({ ssrc }) => ssrc === this.#session?.listenerSsrc);
    if (own) this.#roundTrip.onEcho(own.lastReferenceTime, own.delaySince, now);
  }

  #onGoodbye(ssrcs: readonly number[], now: Millis): void {
    for (const ssrc of ssrcs) this.#streams.onGoodbye(ssrc);
    if (!this.#streams.haveEnded || this.#graceUntil !== undefined) return;
    this.#graceUntil = now + Math.max(this.#streams.longestTarget, SHORTEST_GRACE);
    this.#handshake.stop();
  }

  #receiveAdmission(datagram: Uint8Array, now: Millis): void {
    const answer = this.#handshake.receive(datagram, now);
    if (!answer.ok) return this.#junk.add(answer.junk);
    if (answer.value?.type === "accept") this.#onAccept(answer.value, now);
    if (answer.value?.type === "reject") this.#onReject(answer.value, now);
  }

  #onAccept({ connectionId, info }: Accepted, now: Millis): void {
    const isFirst = this.#session === undefined;
    const isNew = this.#session?.connectionId !== connectionId;
    // Streams that are replaced give out what they hold.
    this.#play((stream) =>
      this.#isNamed(stream, info) ? undefined : stream.jitterBuffer.flush(now)
    );
    this.#streams.adopt(info.channels, latencyMillis(this.#config.latency));
    const id = connectionId.toString(16).padStart(16, "0");
    const reports = new Reports({ ...info, cname: id }, this.#rng, now);
    this.#session = { connectionId, listenerSsrc: info.listenerSsrc, reports };
    if (isFirst) this.#statsAt = now + STATS_EVERY;
    if (isFirst) this.#leaveAt = now + (this.#config.durationMillis ?? Infinity);
    const isChange = this.#connection.onAccepted(isNew, now);
    if (isNew) {
      this.timeline.onHead(info.timeline);
      const { server } = this.#config;
      this.#say({ kind: "joined", connectionId: id, info, server, again: !isFirst });
    }
    if (isChange) this.#say({ kind: "connection", state: "connected" });
    for (const { datagram, at } of this.#early.takeAll()) this.#receiveRtp(datagram, at);
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
    if (this.#connection.onMedia(now)) this.#say({ kind: "connection", state: "connected" });
  }

  /** RTP of a stream not known yet may have overtaken the ACCEPT that explains it. */
  #keepEarly(datagram: Uint8Array, now: Millis): void {
    if (!this.#handshake.isRunning) return this.#junk.add("unknownSsrc");
    if (!this.#early.keep(datagram, now)) this.#junk.add("overflow");
  }

  #countRefused(stream: Stream): void {
    const refused = stream.gate.takeRefused();
    if (refused > 0) this.#junk.add("implausibleSequence", refused);
  }

  #report(now: Millis): void {
    const compound = this.#session?.reports.poll(() => this.#streams.reports(now), now);
    if (compound) this.#send(serializeRtcp(compound));
  }

  #keepConnection(now: Millis): void {
    if (this.#graceUntil !== undefined) return;
    for (let step = this.#connection.poll(now); step; step = this.#connection.poll(now)) {
      this.#onStep(step, now);
      if (this.#hasEnded) return;
    }
    const { name } = this.#config;
    const message = this.#handshake.poll({ name, token: this.#token }, now);
    if (message) this.#send(serializeAdmission(message));
  }

  #onStep(step: ConnectionStep, now: Millis): void {
    if (step === "give-up") return this.#end("timeout", now);
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
    this.#say({ kind: "ended", reason, ...(code === undefined ? {} : { code }) });
    this.#hasEnded = true;
  }

  #isNamed(stream: Stream, info: Accepted["info"]): boolean {
    return info.channels.some(({ ssrc }) => ssrc === stream.info.ssrc);
  }

  #send(datagram: Uint8Array): void {
    this.#transmits.push({ to: this.#config.server, datagram });
  }

  #say(output: ListenerOutput): void {
    this.#outputs.push(output);
  }
}
