import { Counters } from "../shared/core/counters.ts";
import type { Core, Transmit } from "../shared/core/driver.ts";
import type { LedgerSnapshot } from "../shared/core/ledger.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Ciphers } from "../shared/secrecy/ciphers.ts";
import type { Address } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import type { SealedJoin } from "../shared/secrecy/join_sealing.ts";
import { type AcceptInfo, serializeAdmission } from "../shared/wire/admission.ts";
import { demux } from "../shared/wire/demux.ts";
import type { Dismissal } from "../shared/wire/dismissal.ts";
import type { EpochKey } from "../shared/wire/epoch_key.ts";
import type { JunkName } from "../shared/wire/parsed.ts";
import { RoundTrip } from "../shared/wire/round_trip.ts";
import type { ReferenceTimeEcho, RtcpMessage, SenderReport } from "../shared/wire/rtcp.ts";
import { parseRtp } from "../shared/wire/rtp.ts";
import type { ListenerConfig } from "./config.ts";
import { admitControl } from "./control_gate.ts";
import { EarlyMedia } from "./early_media.ts";
import type { Accepted, Rejected } from "./handshake.ts";
import { Joining, type JoiningStep } from "./joining.ts";
import { admitMedia } from "./media_gate.ts";
import { Membership } from "./membership.ts";
import type { CoreOutput, EndReason } from "./output.ts";
import { PauseWatch } from "./pause_watch.ts";
import { Playout } from "./playout.ts";
import { type MediaRoute, StreamSet } from "./stream_set.ts";

const STATS_EVERY: Millis = 1000;
/** After a goodbye, packets that are still under way are waited for at least this long. */
const SHORTEST_GRACE: Millis = 500;
const GRACE_FOR_EVENTS: Millis = 1500;

/** A key that takes longer than this to come was never sent. */
const WAIT_FOR_KEY: Millis = 2000;

export interface ListenerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  readonly ciphers: Ciphers;
}

/**
 * One listener, without I/O. A datagram goes through demux, sender check, authentication, parser,
 * statistics, repair, jitter buffer; at a deadline what is due leaves the jitter buffer, missing packets
 * are asked for and reports go out. The statistics come before any repair, so that a repaired packet
 * never hides a loss.
 */
export class ListenerCore implements Core<CoreOutput> {
  readonly #config: ListenerConfig;
  readonly #deps: ListenerDeps;
  readonly #junk = new Counters<JunkName>();
  readonly #joining: Joining;
  /** Its ACCEPT is still under way to us. */
  readonly #early = new EarlyMedia();
  /** The key that it is sealed with is still under way to us. */
  readonly #sealed = new EarlyMedia();
  readonly #streams = new StreamSet();
  readonly #playout = new Playout(this.#streams, this.#junk);
  readonly #roundTrip = new RoundTrip();
  readonly #pauses = new PauseWatch();
  readonly #transmits: Transmit[] = [];
  readonly #outputs: CoreOutput[] = [];
  readonly #excuses = (arrivedAt: Millis) => this.#pauses.excuses(arrivedAt);
  #membership: Membership | undefined;
  #statsAt: Millis = Infinity;
  #leaveAt: Millis = Infinity;
  /** Set by the host's goodbye: when stragglers are no longer waited for. */
  #graceUntil: Millis | undefined;
  #hasEnded = false;

  constructor(config: ListenerConfig, deps: ListenerDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#joining = new Joining(config, deps.rng, deps.ciphers, deps.now);
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
    this.#say(...this.#playout.play(now));
    this.#send(this.#membership?.request(now));
    this.#send(this.#membership?.report(now));
    this.#keepConnection(now);
    this.#giveUpSealed(now - WAIT_FOR_KEY);
    this.#saySnapshot(now);
    if (now >= this.#leaveAt) this.leave("duration", now);
    else if (now >= this.#graceEndsAt) this.#leave("bye", now);
  }

  /** Says goodbye to the host and ends. */
  leave(reason: "interrupted" | "duration", now: Millis): void {
    if (!this.#hasEnded) this.#leave(reason, now);
  }

  /** The token to be shown from the next JOIN on: a host that restarted may want another. */
  changeToken(token: string | undefined): void {
    this.#joining.token = token;
  }

  /** The key of the host that is believed from the next cookie on; undefined: of any that answers. */
  changeHostKey(key: Uint8Array | undefined): void {
    this.#joining.pinKey(key);
  }

  /** What came of a `seal-join`; undefined when it can't be sealed to that key. */
  onJoinSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    this.#joining.onSealed(id, sealed, now);
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
      this.#graceUntil === undefined ? this.#joining.deadline : this.#graceEndsAt,
      this.#membership?.deadline ?? Infinity,
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
    const route = this.#streams.routeOf(packet.value.ssrc);
    if (!route) return this.#keepEarly(datagram, now);
    const arrived = { datagram, packet: packet.value };
    const media = admitMedia(route, arrived, this.#membership?.secrecy, now);
    if (!media.ok) return this.#refuse(media.junk, datagram, now);
    // Statistics, then repair, then the jitter buffer.
    const isOfUse = route.stream.take(media.value, now, this.#excuses);
    this.#countRefused(route);
    if (!isOfUse.ok) this.#junk.add(isOfUse.junk);
    else if (isOfUse.value) this.#onMedia(now);
  }

  #countRefused({ stream }: MediaRoute): void {
    const refused = stream.gate.takeRefused();
    if (refused > 0) this.#junk.add("implausibleSequence", refused);
    const madeUp = stream.fec?.takeRefused() ?? 0;
    if (madeUp > 0) this.#junk.add("malformedParity", madeUp);
  }

  #onMedia(now: Millis): void {
    if (!this.#joining.onMedia(now)) return;
    this.#membership?.reports.calm();
    this.#say({ kind: "connection", state: "connected" });
  }

  /** RTP of a stream not known yet may have overtaken the ACCEPT that explains it. */
  #keepEarly(datagram: Uint8Array, now: Millis): void {
    if (!this.#joining.isAsking) return this.#junk.add("unknownSsrc");
    if (!this.#early.keep(datagram, now)) this.#junk.add("overflow");
  }

  #refuse(name: JunkName, datagram: Uint8Array, now: Millis): void {
    if (name !== "unknownEpoch") return this.#junk.add(name);
    // We are being let in anew, and the ACCEPT with the key may yet come.
    if (this.#joining.isAsking) return this.#keepEarly(datagram, now);
    const mayWait = this.#membership?.secrecy?.mayBeOpenedLater(datagram);
    if (!mayWait || !this.#sealed.keep(datagram, now)) this.#junk.add(name);
  }

  /** @param limit those that came before it have waited long enough. */
  #giveUpSealed(limit: Millis): void {
    const given = this.#sealed.expire(limit);
    if (given > 0) this.#junk.add("unknownEpoch", given);
  }

  #receiveRtcp(datagram: Uint8Array, now: Millis): void {
    const control = admitControl(datagram, this.#membership?.secrecy, now);
    if (!control.ok) return this.#refuse(control.junk, datagram, now);
    const { messages, unauthentic } = control.value;
    if (unauthentic > 0) this.#junk.add("unauthentic", unauthentic);
    for (const message of messages) this.#onControl(message, now);
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
        return this.#send(this.#membership?.provePath(message.challenge));
    }
  }

  /** The host puts us out: there is no use in coming back. */
  #onDismissal({ listenerSsrc, code, reason }: Dismissal, now: Millis): void {
    // One that was meant for who we were before.
    if (listenerSsrc !== this.#membership?.listenerSsrc) return this.#junk.add("unknownSsrc");
    this.#say({ kind: "rejected", code, reason, retryAfterMillis: 0 });
    this.#end("rejected", now, code);
  }

  #onEpochKey({ epoch, key }: EpochKey): void {
    const membership = this.#membership;
    if (!membership?.secrecy) return this.#junk.add("unauthentic");
    const isNew = membership.secrecy.addEpoch(epoch, key);
    this.#send(membership.acknowledgeKey(epoch));
    if (isNew) { for (const { datagram, at } of this.#sealed.takeAll()) this.#take(datagram, at); }
  }

  #onSenderReport(report: SenderReport, now: Millis): void {
    const stream = this.#streams.get(report.ssrc);
    if (!stream) {
      if (this.#streams.onSideReport(report)) return;
      // It may have overtaken the ACCEPT that explains it; the next one comes in a second.
      if (!this.#joining.isAsking) this.#junk.add("unknownSsrc");
      return;
    }
    stream.onSenderReport(report, now, this.#excuses);
    this.#membership?.reports.onSenderReport(now);
    this.#onMedia(now);
  }

  #onEcho({ reports }: ReferenceTimeEcho, now: Millis): void {
    const own = reports.find(({ ssrc }) => ssrc === this.#membership?.listenerSsrc);
    if (own) this.#roundTrip.onEcho(own.lastReferenceTime, own.delaySince, now);
  }

  #onGoodbye(ssrcs: readonly number[], now: Millis): void {
    for (const ssrc of ssrcs) this.#streams.onGoodbye(ssrc);
    if (!this.#streams.haveEnded || this.#graceUntil !== undefined) return;
    this.#graceUntil = now + Math.max(this.#streams.longestTarget, SHORTEST_GRACE);
    this.#joining.stop();
  }

  /** When stragglers are no longer waited for; missing events are, a while longer. */
  get #graceEndsAt(): Millis {
    const isMissing = this.#streams.areEventsMissing;
    return (this.#graceUntil ?? Infinity) + (isMissing ? GRACE_FOR_EVENTS : 0);
  }

  #receiveAdmission(datagram: Uint8Array, now: Millis): void {
    const answer = this.#joining.receive(datagram, now);
    if (this.#joining.takeForeignKey()) this.#say({ kind: "foreign-key" });
    if (!answer.ok) return this.#junk.add(answer.junk);
    if (answer.value?.type === "accept") this.#onAccept(answer.value, now);
    if (answer.value?.type === "reject") this.#onReject(answer.value, now);
  }

  #onAccept(accepted: Accepted, now: Millis): void {
    const { connectionId, info } = accepted;
    const before = this.#membership;
    const isNew = before?.connectionId !== connectionId;
    this.#adoptStreams(info, isNew, now);
    const previous = isNew ? undefined : before;
    const deps = { ...this.#deps, streams: this.#streams };
    const membership = this.#membership = new Membership(accepted, deps, previous, now);
    if (!before) {
      this.#statsAt = now + STATS_EVERY;
      this.#leaveAt = now + (this.#config.durationMillis ?? Infinity);
    }
    const isChange = this.#joining.onAccepted(isNew, now);
    if (isNew) this.#sayJoined(membership, info, before !== undefined);
    if (isChange) this.#say({ kind: "connection", state: "connected" });
    for (const { datagram, at } of this.#early.takeAll()) this.#take(datagram, at);
  }

  /** Streams that are replaced give out what they hold first. */
  #adoptStreams({ channels, broadcastId }: AcceptInfo, isNew: boolean, now: Millis): void {
    const replaced = [...this.#streams].filter((stream) =>
      channels.every(({ ssrc }) => ssrc !== stream.info.ssrc)
    );
    this.#say(...this.#playout.flush(replaced, now));
    if (isNew && this.#playout.beginTimeline(broadcastId)) this.#say({ kind: "timeline-reset" });
    const { knownEvents } = this.#playout;
    const { latency } = this.#config;
    this.#streams.adopt(channels, { latency, roundTrip: this.#roundTrip, knownEvents }, now);
  }

  #sayJoined({ id, secrecy }: Membership, info: AcceptInfo, again: boolean): void {
    const trust = this.#joining.isKeyPinned ? "linked" : "unlinked";
    const how = { again, secrecy: secrecy ? trust : "plain" } as const;
    this.#say({ kind: "joined", connectionId: id, info, server: this.#config.server, ...how });
  }

  #onReject(rejected: Rejected, now: Millis): void {
    const { code, reason, retryAfterMillis } = rejected;
    const asksAgain = this.#membership && this.#joining.askAgain(rejected, now);
    if (!asksAgain) {
      this.#say({ kind: "rejected", code, reason, retryAfterMillis });
      return this.#end("rejected", now, code);
    }
    // Said once more so that whoever knows a newer token hands it in.
    if (asksAgain.wantsToken) this.#say({ kind: "connection", state: "rejoining" });
  }

  #keepConnection(now: Millis): void {
    if (this.#graceUntil !== undefined) return;
    while (!this.#hasEnded) {
      const step = this.#joining.poll(now);
      if (!step) return;
      this.#onStep(step, now);
    }
  }

  #onStep(step: JoiningStep, now: Millis): void {
    switch (step.kind) {
      case "give-up":
        return this.#end("timeout", now);
      case "state":
        if (step.state === "silent") this.#membership?.reports.urge(now);
        return this.#say({ kind: "connection", state: step.state });
      case "send":
        return this.#send(serializeAdmission(step.message));
      case "seal":
        return this.#say({ kind: "seal-join", join: step.join });
    }
  }

  #saySnapshot(now: Millis): void {
    if (now < this.#statsAt) return;
    this.#statsAt += STATS_EVERY * Math.ceil((now - this.#statsAt + 1) / STATS_EVERY);
    this.#say({ kind: "stats", ledger: this.snapshot(now) });
  }

  /** When the host went first, it stays until it knows that nobody misses anything any more. */
  #leave(reason: "interrupted" | "duration" | "bye", now: Millis): void {
    this.#send(this.#membership?.farewell(reason, now));
    this.#end(reason, now);
  }

  #end(reason: EndReason, now: Millis, code?: number): void {
    this.#say(...this.#playout.flush(this.#streams, now));
    this.#giveUpSealed(Infinity);
    this.#say({ kind: "ended", reason, ...(code === undefined ? {} : { code }) });
    this.#hasEnded = true;
  }

  #send(datagram: Uint8Array | undefined): void {
    if (datagram) this.#transmits.push({ to: this.#config.server, datagram });
  }

  #say(...outputs: CoreOutput[]): void {
    this.#outputs.push(...outputs);
  }
}
