// The listener's core: one listener's side of the protocol, without I/O.
//
// In:  datagrams from the network, sealed JOINs, commands of the user, and the time.
// Out: datagrams to send (`pollTransmit`), what happened (`pollOutput`: sound, events, states, ledgers), and
//      the next deadline.
//
// The way of a datagram: `ListenerCore.receive` here, `host_receiver.ts` (kept if too early),
// `authentication.ts`, then client/receiving/stream.ts, and `playout.ts` when its time has come. client/joining/
// does admission. `admitted_session.ts` writes RTCP to the host, at times that `receiver_reports.ts` decides.
// Read host_receiver.ts next.

import { Counters } from "../../shared/core/counters.ts";
import type { Core, Transmit } from "../../shared/driver/driver.ts";
import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { type Address, Destination } from "../../shared/driver/socket.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import { WallTime } from "../../shared/core/wall_time.ts";
import type { SealedJoin } from "../../shared/secrecy/join_sealing.ts";
import { type AcceptInfo, serializeAdmission } from "../../shared/admission/admission.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import { RoundTrip } from "../../shared/rtcp/round_trip.ts";
import type { RtcpMessage } from "../../shared/rtcp/rtcp.ts";
import { Announcements, type AwaitedJoin } from "./announcements.ts";
import type { ListenerConfig } from "../interface/config.ts";
import { LeaveTiming } from "./leave_timing.ts";
import type { Accepted, Rejected } from "../joining/handshake.ts";
import type { ArrivedMedia } from "./authentication.ts";
import type { KeptDatagram } from "./early_datagrams.ts";
import { HostControl } from "./host_control.ts";
import { HostReceiver } from "./host_receiver.ts";
import { Joining, type JoiningStep } from "../joining/joining.ts";
import { AdmittedSession } from "./admitted_session.ts";
import type { CoreOutput, EndReason, HostRefusal } from "../interface/output.ts";
import { PastEvents } from "./past_events.ts";
import { type Proof, Proofs } from "../receiving/past/proofs.ts";
import { PauseWatch } from "./pause_watch.ts";
import { Playout, type PlayoutOptions } from "./playout.ts";
import type { ReportDraft } from "../reporting/report_draft.ts";
import { Reporting } from "../reporting/reporting.ts";
import { ReportSending } from "./report_sending.ts";
import { Snapshots } from "./snapshots.ts";
import { SharedLatency } from "../receiving/clock/shared_latency.ts";
import { StreamSet } from "../receiving/stream_set.ts";

/** After this long a pause the host may have ended the session; the same time as for a silent host. */
const SLEEP_MILLIS: Millis = 5000;

export interface ListenerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  readonly ciphers: Ciphers;
}

/**
 * One listener, without I/O. A datagram passes the sender check, demux, parser, authentication, statistics,
 * repair and jitter buffer. At a deadline, packets leave the jitter buffer, missing packets are requested
 * and reports are sent. Statistics come before repair, so that a repaired packet never hides a loss.
 */
export class ListenerCore implements Core<CoreOutput> {
  readonly #config: ListenerConfig;
  readonly #deps: ListenerDeps;
  readonly #junk = new Counters<JunkName>();
  readonly #joining: Joining;
  readonly #receiver: HostReceiver;
  readonly #streams = new StreamSet();
  readonly #leaveTiming = new LeaveTiming(this.#streams);
  readonly #playout = new Playout(this.#streams, this.#junk);
  readonly #roundTrip = new RoundTrip();
  readonly #latency: SharedLatency;
  readonly #announcements: Announcements;
  readonly #snapshots: Snapshots;
  readonly #wallTime = new WallTime();
  readonly #pauses = new PauseWatch();
  readonly #transmits: Transmit[] = [];
  #server: Address;
  /** The host alone. */
  #destinations: readonly Destination[];
  readonly #outputs: CoreOutput[] = [];
  readonly #proofs = new Proofs();
  readonly #past: PastEvents;
  readonly #control: HostControl;
  readonly #reporting: Reporting;
  readonly #reports: ReportSending;
  #admitted: AdmittedSession | undefined;
  #hasJoined = false;
  #hasEnded = false;
  /** Kept until the next input, since it is asked for several times; undefined when it is to be found anew. */
  #deadline: Millis | undefined;

  constructor(config: ListenerConfig, deps: ListenerDeps) {
    this.#config = config;
    this.#latency = new SharedLatency(config.latency);
    this.#deps = deps;
    this.#server = config.server;
    this.#destinations = [new Destination(config.server)];
    this.#joining = new Joining(config, deps.rng, deps.ciphers, deps.now);
    const reporting = this.#reporting = new Reporting(deps.rng);
    this.#announcements = new Announcements(this.#playout, this.#streams, reporting, this.#junk);
    this.#snapshots = new Snapshots({
      streams: this.#streams,
      roundTrip: this.#roundTrip,
      junk: this.#junk,
    });
    this.#receiver = new HostReceiver({
      proofs: this.#proofs,
      streams: this.#streams,
      joining: this.#joining,
      junk: this.#junk,
      excuses: (arrivedAt) => this.#pauses.excuses(arrivedAt),
    });
    const [streams, junk, proofs] = [this.#streams, this.#junk, this.#proofs];
    this.#past = new PastEvents({ streams, junk, proofs });
    this.#control = this.#openControl();
    const [joining, latency] = [this.#joining, this.#latency];
    const admitted = () => this.#admitted;
    this.#reports = new ReportSending({ reporting, admitted, joining, latency });
    this.#say({ kind: "connection", state: "joining" });
  }

  #openControl(): HostControl {
    return new HostControl({
      admitted: () => this.#admitted,
      receiver: this.#receiver,
      joining: this.#joining,
      leaveTiming: this.#leaveTiming,
      past: this.#past,
      latency: this.#latency,
      roundTrip: this.#roundTrip,
      junk: this.#junk,
      send: (datagram) => this.#send(datagram),
      onMedia: (now) => this.#onMedia(now),
      onConnected: () => this.#onConnected(),
      onPast: (now) => {
        this.#say(...this.#playout.play(now));
        this.#requestPast(now);
      },
      onRejected: (rejected, now) => this.#onReject(rejected, now),
      onRefused: (refusal, now) => this.#onRefusal(refusal, now),
      takeKept: (kept) => this.#takeKept(kept),
    });
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    if (this.#hasEnded) return;
    this.#notePause(now);
    this.#deadline = undefined;
    const server = this.#server;
    const isFromHost = from.port === server.port && from.hostname === server.hostname;
    if (!isFromHost) return this.#junk.add("unknownSender");
    this.#streams.requestFrom = this.#pauses.onRead(now);
    this.#take(datagram, now);
    this.#sendReports(now);
  }

  onReceiveError(): void {
    this.#junk.add("receiveError");
  }

  advance(now: Millis): void {
    if (this.#hasEnded) return;
    this.#streams.requestFrom = this.#pauses.onAdvance(this.deadline, now);
    this.#notePause(now);
    this.#deadline = undefined;
    this.#say(...this.#playout.play(now));
    this.#sendAll(this.#admitted?.request(now));
    this.#past.giveOut(now);
    this.#say(...this.#playout.play(now));
    this.#requestPast(now);
    this.#sendAll(this.#admitted?.report(now));
    this.#sendAnswers(now);
    this.#keepConnection(now);
    this.#receiver.expire(now);
    const notice = this.#latency.takeNotice();
    if (notice) this.#say({ kind: "notice", text: notice });
    const ledger = this.#snapshots.poll(now);
    if (ledger) this.#say({ kind: "stats", ledger });
    const isUndescribed = now >= this.#describedBy;
    const reason = this.#leaveTiming.poll(now) ?? (isUndescribed ? "timeout" : undefined);
    if (reason) this.leave(reason, now);
    this.#sendReports(now);
  }

  /**
   * Takes the time of day, about once a second. It continues while the machine sleeps, when the clock behind
   * `now` may stand still. If somebody sets the clock, that looks like a sleep and only causes a HELLO.
   */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    this.#deadline = undefined;
    const slept = this.#wallTime.tell(wallNow, now);
    if (slept >= SLEEP_MILLIS && !this.#hasEnded) this.#onSleep(0, now);
  }

  /** What proves an entry of the timeline to others: the host's signature, which covers the broadcast's id. */
  proofOf(count: number): Proof | undefined {
    return this.#proofs.of(count);
  }

  /** Whether past events wait, because whoever takes the outputs can't keep up. */
  holdPast(isHeld: boolean, now: Millis): void {
    this.#deadline = undefined;
    this.#past.hold(isHeld, now);
  }

  /**
   * Reports to the host what happened in the match, now or when there is a host again.
   *
   * @param draft its `time` is by the clock behind `now`.
   * @returns the report's id; undefined when too many wait.
   */
  report(draft: ReportDraft, now: Millis): string | undefined {
    this.#deadline = undefined;
    const id = this.#reporting.add(draft, now);
    this.#sendReports(now);
    return id;
  }

  /** A time of the host by the clock behind `now`; the same while the host's clock is not known. */
  localTime(hostTime: Millis, now: Millis): Millis {
    return hostTime + (this.#latency.offsetAt(now) ?? 0);
  }

  /** Says goodbye to the host and ends. */
  leave(reason: Exclude<EndReason, "rejected">, now: Millis): void {
    if (this.#hasEnded) return;
    this.#send(this.#admitted?.goodbye(reason, now));
    this.#end(reason, now);
  }

  /** The token for the next JOIN, since a restarted host may require another. */
  changeToken(token: string | undefined): void {
    this.#deadline = undefined;
    this.#joining.token = token;
  }

  /** The host key to trust from the next cookie on; undefined: the key of any host that answers. */
  changeHostKey(key: Uint8Array | undefined): void {
    this.#deadline = undefined;
    this.#joining.pinKey(key);
  }

  /** The host is at another address now: it is asked there, and what still comes from the old one is dropped. */
  changeServer(server: Address, now: Millis): void {
    const isSame = server.port === this.#server.port && server.hostname === this.#server.hostname;
    if (isSame || this.#hasEnded) return;
    this.#deadline = undefined;
    this.#server = server;
    this.#destinations = [new Destination(server)];
    this.#joining.onMoved(now);
  }

  /** The result of a `seal-join`; undefined when the JOIN cannot be sealed to that key. */
  onJoinSealed(id: number, sealed: SealedJoin | undefined, now: Millis): void {
    this.#deadline = undefined;
    this.#joining.onSealed(id, sealed, now);
    this.#keepConnection(now);
  }

  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  /** What was refused counts as lost on the network: what must arrive is sent until it is answered. */
  onSent(): void {}

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  get deadline(): Millis | undefined {
    if (this.#hasEnded) return undefined;
    return this.#deadline ??= this.#findDeadline();
  }

  #findDeadline(): Millis {
    return Math.min(
      this.#streams.deadline,
      this.#leaveTiming.isHostGone ? Infinity : this.#joining.deadline,
      this.#admitted?.deadline ?? Infinity,
      this.#snapshots.deadline,
      this.#leaveTiming.deadline,
      this.#describedBy,
      this.#past.deadline,
      this.#reports.deadline,
    );
  }

  /** Until when a description is waited for; while the host is silent, it is asked for as long as any that is. */
  get #describedBy(): Millis {
    return this.#joining.isAsking ? Infinity : this.#announcements.deadline;
  }

  snapshot(now: Millis): LedgerSnapshot {
    return this.#snapshots.take(now);
  }

  get #streamOptions(): PlayoutOptions {
    const verifier = () => this.#admitted?.secrecy?.verifier;
    const { packetWatch } = this.#config;
    const isStrained = () => this.#pauses.isStrained;
    return {
      latency: this.#latency,
      roundTrip: this.#roundTrip,
      verifier,
      packetWatch,
      isStrained,
    };
  }

  #requestPast(now: Millis): void {
    const admitted = this.#admitted;
    if (!admitted) return;
    const poll = () => this.#past.poll(admitted.listenerSsrc, now);
    for (let requests = poll(); requests.length > 0; requests = poll()) {
      this.#send(admitted.requestPast(requests));
    }
  }

  #notePause(now: Millis): void {
    const pause = this.#pauses.onInput(this.deadline, now);
    if (pause >= SLEEP_MILLIS) this.#onSleep(pause, now);
  }

  /** @param pause how much of the sleep the clock behind `now` has counted. */
  #onSleep(pause: Millis, now: Millis): void {
    this.#latency.restart();
    this.#announcements.onPause(pause);
    if (!this.#leaveTiming.isHostGone) this.#joining.onSleep(pause, now);
  }

  #take(datagram: Uint8Array, now: Millis): void {
    const kind = demux(datagram);
    if (!kind.ok) return this.#junk.add(kind.junk);
    switch (kind.value) {
      case "rtp": {
        const packet = parseRtp(datagram);
        if (!packet.ok) return this.#junk.add(packet.junk);
        return this.#takeMedia({ datagram, packet: packet.value }, now);
      }
      case "rtcp":
        return this.#takeControl(datagram, now);
      case "admission":
        return this.#receiveAdmission(datagram, now);
    }
  }

  #takeMedia(arrived: ArrivedMedia, now: Millis): void {
    const isBelieved = this.#receiver.receiveMedia(arrived, this.#admitted?.secrecy, now);
    if (!isBelieved) return;
    if (this.#latency.isAwaiting(arrived.packet.ssrc)) this.#admitted?.reports.askForClock(now);
    // The host's clock may have stood still; its next echo tells.
    if (this.#latency.isLate) this.#admitted?.reports.hasten(now);
    this.#onMedia(now);
  }

  #takeControl(datagram: Uint8Array, now: Millis): void {
    if (!this.#admitted && this.#joining.isAsking) {
      return this.#receiver.keepControl(datagram, now);
    }
    const messages = this.#receiver.receiveControl(datagram, this.#admitted?.secrecy, now);
    this.#control.take(messages, now);
    this.#takeMessages(messages, now);
  }

  /** Takes the messages by which the host describes the broadcast. */
  #takeMessages(messages: readonly RtcpMessage[], now: Millis): void {
    const whole = this.#admitted?.receiveMessages(messages, now) ?? [];
    for (const bytes of whole) {
      const outputs = this.#announcements.take(bytes, this.#streamOptions, now);
      this.#say(...outputs);
      if (outputs.some(({ kind }) => kind === "joined")) this.#onJoined(now);
    }
    if (whole.length > 0) this.#takeUnannounced();
    this.#sendAnswers(now);
  }

  #onJoined(now: Millis): void {
    if (this.#hasJoined) return;
    this.#hasJoined = true;
    this.#snapshots.start(now);
    this.#leaveTiming.limitTo(now + (this.#config.durationMillis ?? Infinity));
  }

  #sendReports(now: Millis): void {
    if (this.#hasEnded || !this.#reporting.isWaiting) return;
    this.#say(...this.#reports.send(now));
    this.#sendAnswers(now);
  }

  #sendAnswers(now: Millis): void {
    this.#sendAll(this.#admitted?.answers(now));
  }

  /** Takes datagrams that had arrived too early; each counts from the time when it arrived. */
  #takeKept(kept: readonly KeptDatagram[]): void {
    for (const { datagram, packet, at } of kept) {
      if (packet) this.#takeMedia({ datagram, packet }, at);
      else this.#takeControl(datagram, at);
    }
  }

  #onConnected(): void {
    this.#admitted?.reports.calm();
    this.#say(...this.#announcements.onConnected());
  }

  #onMedia(now: Millis): void {
    if (this.#joining.onMedia(now)) this.#onConnected();
    // If the handshake has stopped, no ACCEPT will come for the datagrams that wait for one.
    this.#takeKept(this.#receiver.takeAwaitingAccept());
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
    const before = this.#admitted;
    const isNew = before?.connectionId !== connectionId;
    this.#say(...this.#playout.adopt(info, isNew, this.#streamOptions, now));
    const previous = isNew ? undefined : before;
    const { rng, ciphers } = this.#deps;
    const deps = { streams: this.#streams, rng, ciphers, junk: this.#junk };
    const admitted = this.#admitted = new AdmittedSession(accepted, deps, previous, now);
    if (isNew) this.#past.onAccepted(admitted.secrecy?.verifier);
    if (isNew) this.#reporting.onSession();
    const isChange = this.#joining.onAccepted(isNew, now);
    if (isNew) this.#announcements.onAccepted(this.#joinedBy(info), now);
    if (isChange) this.#say(...this.#announcements.onConnected());
    this.#takeUnannounced();
  }

  #joinedBy(info: AcceptInfo): AwaitedJoin {
    const { id, secrecy } = this.#admitted!;
    const trust = this.#joining.isKeyPinned ? "linked" : "unlinked";
    const server = this.#server;
    const again = this.#hasJoined;
    return { connectionId: id, info, server, again, secrecy: secrecy ? trust : "plain" };
  }

  /** Streams are known now of which packets may have come before. */
  #takeUnannounced(): void {
    this.#takeKept(this.#receiver.takeAwaitingChannel());
    this.#takeKept(this.#receiver.takeAwaitingAccept());
  }

  #onReject(rejected: Rejected, now: Millis): void {
    const asksAgain = this.#admitted && this.#joining.askAgain(rejected, now);
    if (!asksAgain) return this.#onRefusal(rejected, now);
    // Repeated so that the program looks for a newer token and gives it to `changeToken`.
    if (asksAgain.wantsToken) this.#say({ kind: "connection", state: "rejoining" });
  }

  #onRefusal({ code, reason, retryAfterMillis }: HostRefusal, now: Millis): void {
    this.#say({ kind: "rejected", code, reason, retryAfterMillis });
    this.#end("rejected", now, code);
  }

  #keepConnection(now: Millis): void {
    if (this.#leaveTiming.isHostGone) return;
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
        if (step.state === "silent") this.#admitted?.reports.urge(now);
        return this.#say({ kind: "connection", state: step.state });
      case "send":
        return this.#send(serializeAdmission(step.message));
      case "seal":
        return this.#say({ kind: "seal-join", join: step.join });
    }
  }

  #end(reason: EndReason, now: Millis, code?: number): void {
    this.#say(...this.#playout.flush(this.#streams, now));
    this.#receiver.expire(Infinity);
    this.#say({ kind: "ended", reason, ...(code === undefined ? {} : { code }) });
    this.#hasEnded = true;
  }

  #sendAll(datagrams: readonly Uint8Array[] = []): void {
    for (const datagram of datagrams) this.#send(datagram);
  }

  #send(datagram: Uint8Array | undefined): void {
    if (datagram) this.#transmits.push({ datagram, to: this.#destinations });
  }

  #say(...outputs: CoreOutput[]): void {
    this.#outputs.push(...outputs);
  }
}
