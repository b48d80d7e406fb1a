import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Rng } from "../../shared/core/rng.ts";
import { MAX_DATAGRAM_BYTES, type Millis } from "../../shared/core/units.ts";
import { SRTCP_OVERHEAD_BYTES } from "../../shared/secrecy/srtcp.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { PastRequest } from "../../shared/rtcp/past_messages.ts";
import { type RtcpMessage, serializeInParts, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import type { Accepted } from "../joining/handshake.ts";
import { HostMessages } from "./host_messages.ts";
import { ReceiverReports } from "./receiver_reports.ts";
import { ListenerSecrecy } from "../joining/secrecy.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

/** What fits a sealed datagram. */
const ROOM_BYTES = MAX_DATAGRAM_BYTES - SRTCP_OVERHEAD_BYTES;

export interface AdmittedSessionDeps {
  readonly streams: StreamSet;
  readonly rng: Rng;
  readonly ciphers: Ciphers;
  readonly junk: Counters<JunkName>;
}

/**
 * A listener's session from one ACCEPT to the next: its ids, its keys, and the RTCP that it sends. All
 * datagrams returned here are sealed if the host encrypts.
 */
export class AdmittedSession {
  readonly connectionId: bigint;
  readonly listenerSsrc: number;
  readonly reports: ReceiverReports;
  /** Absent when the host does not encrypt. */
  readonly secrecy: ListenerSecrecy | undefined;
  /** The SSRC of the host's own RTCP. */
  readonly hostSsrc: number;
  /** It goes on through each ACCEPT of the session. */
  readonly #messages: HostMessages;
  readonly #streams: StreamSet;

  /** @param previous the session of the same connection id before this ACCEPT, if any. */
  constructor(
    { connectionId, info, keys, secrets }: Accepted,
    { streams, rng, ciphers, junk }: AdmittedSessionDeps,
    previous: AdmittedSession | undefined,
    now: Millis,
  ) {
    this.connectionId = connectionId;
    this.listenerSsrc = info.listenerSsrc;
    this.hostSsrc = info.hostSsrc;
    this.#messages = previous
      ? previous.#messages
      : new HostMessages(info.listenerSsrc, { rng, junk }, now);
    this.#streams = streams;
    this.reports = new ReceiverReports({ ...info, cname: this.id }, rng, now);
    const hostIndex = info.srtcpIndex === undefined
      ? undefined
      : { next: info.srtcpIndex, at: now };
    this.secrecy = secrets && keys &&
      new ListenerSecrecy(
        ciphers,
        { ...keys, broadcastId: info.broadcastId },
        secrets,
        previous?.secrecy,
        hostIndex,
      );
  }

  /** The connection id as logs and JSON lines show it: 16 hexadecimal digits. */
  get id(): string {
    return this.connectionId.toString(16).padStart(16, "0");
  }

  /** When a report is due, or an answer to messages. */
  get deadline(): Millis {
    return Math.min(this.reports.deadline, this.#messages.deadline);
  }

  /** Takes the part of a datagram that is messages. @returns those that are whole now, in order. */
  receiveMessages(messages: readonly RtcpMessage[], now: Millis): Uint8Array[] {
    return this.#messages.receive(messages, now);
  }

  /** A message for the host, which leaves with the next answers. @returns whether there is room for it. */
  tell(message: Uint8Array, now: Millis): boolean {
    return this.#messages.send(message, now);
  }

  /** @returns the answers to messages that are to be sent now. */
  answers(now: Millis): Uint8Array[] {
    return this.#messages.poll(now).map((messages) => this.#write(messages));
  }

  /** Requests missing packets, newly missing ones at once, then all of them repeatedly; and key frames. */
  request(now: Millis): Uint8Array[] {
    const nacks = this.#streams.nacks(this.listenerSsrc, (repair) => repair.poll(now), now);
    if (nacks.length > 0) this.reports.hasten(now);
    const keyFrames = this.#streams.keyFrameRequests(this.listenerSsrc, now);
    return this.#writeAll([...nacks, ...keyFrames]);
  }

  /** @returns a report when one is due, with a request for all missing packets. */
  report(now: Millis): Uint8Array[] {
    const compound = this.reports.poll(() => this.#streams.reports(now), now);
    if (!compound) return [];
    const nacks = this.#streams.nacks(this.listenerSsrc, (repair) => repair.repeat(now), now);
    const losses = this.#streams.postRepairLosses(this.listenerSsrc);
    return this.#writeAll([...compound, ...losses, ...nacks]);
  }

  /** Requests past events. */
  requestPast(requests: readonly PastRequest[]): Uint8Array {
    return this.#write(requests);
  }

  goodbye(reason: string, now: Millis): Uint8Array {
    return this.#write(this.reports.goodbye(this.#streams.reports(now), reason));
  }

  acknowledgeKey(epoch: number): Uint8Array {
    return this.#write([{ type: "epochReceived", ssrc: this.listenerSsrc, epoch }]);
  }

  /** Answers the host's challenge, which proves that this listener receives at its address. */
  provePath(challenge: Uint8Array): Uint8Array {
    const { connectionId, listenerSsrc: ssrc } = this;
    return this.#write([{ type: "pathResponse", ssrc, connectionId, challenge }]);
  }

  #write(messages: readonly RtcpMessage[]): Uint8Array {
    return this.#seal(serializeRtcp(messages));
  }

  /** With many channels, reports and requests may need more than one datagram. */
  #writeAll(messages: readonly RtcpMessage[]): Uint8Array[] {
    return serializeInParts(messages, ROOM_BYTES).map((packet) => this.#seal(packet));
  }

  #seal(packet: Uint8Array): Uint8Array {
    return this.secrecy?.sealControl(packet) ?? packet;
  }
}
