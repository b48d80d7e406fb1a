import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { type RtcpMessage, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import type { Accepted } from "../joining/handshake.ts";
import { ReceiverReports } from "./receiver_reports.ts";
import { ListenerSecrecy } from "../joining/secrecy.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

export interface AdmittedSessionDeps {
  readonly streams: StreamSet;
  readonly rng: Rng;
  readonly ciphers: Ciphers;
}

/**
 * What lasts from one ACCEPT to the next: who we are to the host, what we share with it, and what we
 * have to say to it. What it gives back are datagrams, sealed if the host encrypts.
 */
export class AdmittedSession {
  readonly connectionId: bigint;
  readonly listenerSsrc: number;
  readonly reports: ReceiverReports;
  /** Absent when the host does not encrypt. */
  readonly secrecy: ListenerSecrecy | undefined;
  readonly #streams: StreamSet;

  /** @param previous that of the same connection, when it is only renewed. */
  constructor(
    { connectionId, info, keys, secrets }: Accepted,
    { streams, rng, ciphers }: AdmittedSessionDeps,
    previous: AdmittedSession | undefined,
    now: Millis,
  ) {
    this.connectionId = connectionId;
    this.listenerSsrc = info.listenerSsrc;
    this.#streams = streams;
    this.reports = new ReceiverReports({ ...info, cname: this.id }, rng, now);
    const told = info.srtcpIndex === undefined ? undefined : { next: info.srtcpIndex, at: now };
    this.secrecy = secrets && keys &&
      new ListenerSecrecy(ciphers, keys, secrets, previous?.secrecy, told);
  }

  /** The connection id as logs and scripts show it: 16 hexadecimal digits. */
  get id(): string {
    return this.connectionId.toString(16).padStart(16, "0");
  }

  /** When {@linkcode report} next has something to say. */
  get deadline(): Millis {
    return this.reports.deadline;
  }

  /** Asks for what is missing, at once when that is news and then again and again. */
  request(now: Millis): Uint8Array | undefined {
    const nacks = this.#streams.nacks(this.listenerSsrc, (repair) => repair.poll(now), now);
    if (nacks.length === 0) return undefined;
    this.reports.hasten(now);
    return this.#write(nacks);
  }

  /** Reports when that is due, and then asks for everything that is missing. */
  report(now: Millis): Uint8Array | undefined {
    const compound = this.reports.poll(() => this.#streams.reports(now), now);
    if (!compound) return undefined;
    const nacks = this.#streams.nacks(this.listenerSsrc, (repair) => repair.repeat(now), now);
    const losses = this.#streams.postRepairLosses(this.listenerSsrc);
    return this.#write([...compound, ...losses, ...nacks]);
  }

  farewell(reason: string, now: Millis): Uint8Array {
    return this.#write(this.reports.goodbye(this.#streams.reports(now), reason));
  }

  acknowledgeKey(epoch: number): Uint8Array {
    return this.#write([{ type: "epochReceived", ssrc: this.listenerSsrc, epoch }]);
  }

  /** Only what comes from the host's address is answered, and only to it. */
  provePath(challenge: Uint8Array): Uint8Array {
    const { connectionId, listenerSsrc: ssrc } = this;
    return this.#write([{ type: "pathResponse", ssrc, connectionId, challenge }]);
  }

  #write(messages: readonly RtcpMessage[]): Uint8Array {
    const packet = serializeRtcp(messages);
    return this.secrecy?.sealControl(packet) ?? packet;
  }
}
