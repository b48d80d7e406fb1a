import type { Counters } from "../../shared/core/counters.ts";
import type { Millis } from "../../shared/core/units.ts";
import { junk, type JunkName, type Parsed, parsed } from "../../shared/core/parsed.ts";
import type { RtcpMessage, SenderReport } from "../../shared/rtcp/rtcp.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";
import { admitControl, type AdmittedControl } from "./control_gate.ts";
import { EarlyMedia } from "./early_media.ts";
import type { Joining } from "../joining/joining.ts";
import { admitMedia } from "./media_gate.ts";
import type { ListenerSecrecy } from "../joining/secrecy.ts";
import type { MediaRoute, StreamSet } from "../receiving/stream_set.ts";

/** A key that takes longer than this to come was never sent. */
const WAIT_FOR_KEY: Millis = 2000;

const NOTHING_SAID: AdmittedControl = { messages: [], unauthentic: 0 };

export interface HostReceiverDeps {
  readonly streams: StreamSet;
  readonly joining: Pick<Joining, "isAsking" | "askForMore">;
  /** Counts what is of no use. */
  readonly junk: Counters<JunkName>;
  /** Whether a packet that came at that time waited for us, and not for the network. */
  readonly excuses: (arrivedAt: Millis) => boolean;
}

/**
 * Where the host's packets come in: each is authenticated, parsed, and given to its stream. One whose
 * ACCEPT or key is still under way to us waits for that.
 */
export class HostReceiver {
  readonly #deps: HostReceiverDeps;
  /** Its ACCEPT is still under way to us. */
  readonly #early = new EarlyMedia();
  /** The key that it is sealed with is still under way to us. */
  readonly #sealed = new EarlyMedia();

  constructor(deps: HostReceiverDeps) {
    this.#deps = deps;
  }

  /**
   * @param secrecy absent when the host does not encrypt; likewise below.
   * @returns whether it shows that the host sends to us.
   */
  receiveMedia(datagram: Uint8Array, secrecy: ListenerSecrecy | undefined, now: Millis): boolean {
    const isOfUse = this.#deliver(datagram, secrecy, now);
    if (isOfUse.ok) return isOfUse.value;
    const isKept = this.#refuse(isOfUse.junk, datagram, secrecy, now);
    if (isKept) this.#noteUnopened(datagram, now);
    return false;
  }

  /** @returns what the host says. */
  receiveControl(
    datagram: Uint8Array,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): readonly RtcpMessage[] {
    const control = admitControl(datagram, secrecy, now);
    if (!control.ok) this.#refuse(control.junk, datagram, secrecy, now);
    const { messages, unauthentic } = control.ok ? control.value : NOTHING_SAID;
    if (unauthentic > 0) this.#deps.junk.add("unauthentic", unauthentic);
    return messages;
  }

  /** @returns whether it is about a stream of ours. */
  onSenderReport(report: SenderReport, now: Millis): boolean {
    const { streams, joining, excuses } = this.#deps;
    const stream = streams.get(report.ssrc);
    stream?.onSenderReport(report, now, excuses);
    if (stream) return true;
    // It may have overtaken the ACCEPT that explains it; the next one comes in a second.
    if (streams.onSideReport(report) || joining.isAsking) return false;
    // A channel that began since the ACCEPT, or nothing at all.
    if (!joining.askForMore(now)) this.#deps.junk.add("unknownSsrc");
    return false;
  }

  /** What waited for an ACCEPT, in order of arrival. */
  takeEarly(): ReturnType<EarlyMedia["takeAll"]> {
    return this.#early.takeAll();
  }

  /** What waited for a key, in order of arrival. */
  takeSealed(): ReturnType<EarlyMedia["takeAll"]> {
    return this.#sealed.takeAll();
  }

  /** What has waited long enough for its key is of no use any more; Infinity: all of it. */
  giveUpSealed(now: Millis): void {
    const given = this.#sealed.expire(now - WAIT_FOR_KEY);
    if (given > 0) this.#deps.junk.add("unknownEpoch", given);
  }

  #deliver(
    datagram: Uint8Array,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): Parsed<boolean> {
    const packet = parseRtp(datagram);
    if (!packet.ok) return packet;
    const route = this.#deps.streams.routeOf(packet.value.ssrc);
    if (!route) return junk("unknownSsrc");
    const media = admitMedia(route, { datagram, packet: packet.value }, secrecy, now);
    if (!media.ok) return media;
    // Statistics, then repair, then the jitter buffer.
    const isOfUse = route.stream.take(media.value, now, this.#deps.excuses);
    this.#countRefused(route);
    if (route.stream.isDisplaced) this.#deps.streams.restart(route.stream);
    if (!isOfUse.ok) this.#deps.junk.add(isOfUse.junk);
    return parsed(isOfUse.ok && isOfUse.value);
  }

  #countRefused({ stream }: MediaRoute): void {
    const refused = stream.gate.takeRefused();
    if (refused > 0) this.#deps.junk.add("implausibleSequence", refused);
    const madeUp = stream.fec?.takeRefused() ?? 0;
    if (madeUp > 0) this.#deps.junk.add("malformedParity", madeUp);
  }

  /** @returns whether it waits for its key. */
  #refuse(
    name: JunkName,
    datagram: Uint8Array,
    secrecy: ListenerSecrecy | undefined,
    now: Millis,
  ): boolean {
    const isUnknown = name === "unknownSsrc" || name === "unknownEpoch";
    // The ACCEPT that names the stream, or has the key, may yet come.
    if (isUnknown && this.#deps.joining.isAsking) {
      this.#keepEarly(datagram, now);
      return false;
    }
    const mayWait = name === "unknownEpoch" && secrecy?.mayBeOpenedLater(datagram);
    const isKept = mayWait === true && this.#sealed.keep(datagram, now);
    if (!isKept) this.#deps.junk.add(name);
    return isKept;
  }

  /** It is here: to have it sent again would bring another that can't be opened. */
  #noteUnopened(datagram: Uint8Array, now: Millis): void {
    const packet = parseRtp(datagram);
    const route = packet.ok && this.#deps.streams.routeOf(packet.value.ssrc);
    if (!route || route.way !== "original") return;
    const { gate, repair } = route.stream;
    repair.onUnopened(gate.peek(packet.value.sequenceNumber), now + WAIT_FOR_KEY);
  }

  #keepEarly(datagram: Uint8Array, now: Millis): void {
    if (!this.#early.keep(datagram, now)) this.#deps.junk.add("overflow");
  }
}
