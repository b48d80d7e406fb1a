import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { EpochKey, PutOut } from "../../shared/rtcp/app_messages.ts";
import type { PastFragment } from "../../shared/rtcp/past_messages.ts";
import type { RoundTrip } from "../../shared/rtcp/round_trip.ts";
import type { ReceiverReport, RtcpMessage, SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { HostRefusal } from "../interface/output.ts";
import type { Rejected } from "../joining/handshake.ts";
import type { Joining } from "../joining/joining.ts";
import type { SharedLatency } from "../receiving/clock/shared_latency.ts";
import type { AdmittedSession } from "./admitted_session.ts";
import type { KeptDatagram } from "./early_datagrams.ts";
import type { HostReceiver } from "./host_receiver.ts";
import type { LeaveTiming } from "./leave_timing.ts";
import type { PastEvents } from "./past_events.ts";

export interface HostControlDeps {
  /** The session; undefined before the first ACCEPT. */
  readonly admitted: () => AdmittedSession | undefined;
  readonly receiver: HostReceiver;
  readonly joining: Joining;
  readonly leaveTiming: LeaveTiming;
  readonly past: PastEvents;
  readonly latency: SharedLatency;
  readonly roundTrip: RoundTrip;
  readonly junk: Counters<JunkName>;
  readonly send: (datagram: Uint8Array | undefined) => void;
  /** The host has shown that it sends to this listener. */
  readonly onMedia: (now: Millis) => void;
  /** The host is there again after a silence. */
  readonly onConnected: () => void;
  /** Past events may have come. */
  readonly onPast: (now: Millis) => void;
  readonly onRejected: (rejected: Rejected, now: Millis) => void;
  readonly onRefused: (refusal: HostRefusal, now: Millis) => void;
  /** Datagrams that can be opened now. */
  readonly takeKept: (kept: readonly KeptDatagram[]) => void;
}

/** Takes the control messages of the host: its clock, keys, goodbyes, past events, and the end of the session. */
export class HostControl {
  readonly #deps: HostControlDeps;

  constructor(deps: HostControlDeps) {
    this.#deps = deps;
  }

  /** Takes the messages of one datagram. */
  take(messages: readonly RtcpMessage[], now: Millis): void {
    this.#noteExchange(messages, now);
    for (const message of messages) this.#onControl(message, now);
  }

  #onControl(message: RtcpMessage, now: Millis): void {
    switch (message.type) {
      case "senderReport":
        return this.#onSenderReport(message, now);
      case "receiverReport":
        return this.#onHostReport(message, now);
      case "goodbye":
        return this.#onGoodbye(message.ssrcs, now);
      case "epochKey":
        return this.#onEpochKey(message);
      case "putOut":
        return this.#onPutOut(message, now);
      case "reportPace":
        return this.#deps.admitted()?.reports.setPace(message.keepaliveMillis);
      case "pastFragment":
        return this.#onPastFragment(message, now);
      case "pathChallenge":
        return this.#deps.send(this.#deps.admitted()?.provePath(message.challenge));
    }
  }

  /** The host ends the session. With code 1402 (reports did not come in time) it may accept a new JOIN. */
  #onPutOut({ listenerSsrc, code, reason }: PutOut, now: Millis): void {
    // It is about an earlier session of this listener.
    if (listenerSsrc !== this.#deps.admitted()?.listenerSsrc) {
      return this.#deps.junk.add("unknownSsrc");
    }
    const refusal = { code, reason, retryAfterMillis: 0 };
    if (code !== RejectCode.overload) return this.#deps.onRefused(refusal, now);
    // The host sends it three times, and a copy must not delay the next JOIN.
    if (!this.#deps.joining.isAsking) this.#deps.onRejected({ type: "reject", ...refusal }, now);
  }

  #onPastFragment(fragment: PastFragment, now: Millis): void {
    if (fragment.listenerSsrc !== this.#deps.admitted()?.listenerSsrc) {
      return this.#deps.junk.add("unknownSsrc");
    }
    this.#deps.past.onFragment(fragment, now);
    this.#deps.onPast(now);
  }

  #onEpochKey({ epoch, key }: EpochKey): void {
    const admitted = this.#deps.admitted();
    if (!admitted?.secrecy) return this.#deps.junk.add("unauthentic");
    const isNew = admitted.secrecy.addEpoch(epoch, key);
    this.#deps.send(admitted.acknowledgeKey(epoch));
    if (isNew) this.#deps.takeKept(this.#deps.receiver.takeAwaitingKey());
  }

  #onSenderReport(report: SenderReport, now: Millis): void {
    if (!this.#deps.receiver.onSenderReport(report, now)) return;
    this.#deps.admitted()?.reports.onSenderReport(now);
    this.#deps.onMedia(now);
  }

  /**
   * An echo for this listener, with sender reports in the same datagram: it came sealed for this listener alone,
   * so that no other listener can move this one's clock.
   */
  #noteExchange(messages: readonly RtcpMessage[], now: Millis): void {
    const own = messages
      .flatMap((message) => message.type === "referenceTimeEcho" ? message.reports : [])
      .find(({ ssrc }) => ssrc === this.#deps.admitted()?.listenerSsrc);
    if (!own) return;
    const roundTrip = this.#deps.roundTrip.onEcho(own.lastReferenceTime, own.delaySince, now);
    this.#deps.admitted()?.reports.onEcho();
    if (roundTrip === undefined) return;
    const reports = messages.filter((message) => message.type === "senderReport");
    this.#deps.latency.onExchange(roundTrip, reports, now);
  }

  /** Only a BYE of the host itself ends the broadcast. */
  #onGoodbye(ssrcs: readonly number[], now: Millis): void {
    const { hostSsrc } = this.#deps.admitted() ?? {};
    if (hostSsrc === undefined || !ssrcs.includes(hostSsrc)) return;
    this.#deps.leaveTiming.onGoodbye(ssrcs, now);
    this.#deps.joining.stop();
  }

  /** While it sends no media, the host shows by an empty report of its own that it is there. */
  #onHostReport({ ssrc }: ReceiverReport, now: Millis): void {
    if (ssrc !== this.#deps.admitted()?.hostSsrc) return;
    if (this.#deps.joining.onSignOfLife(now)) this.#deps.onConnected();
  }
}
