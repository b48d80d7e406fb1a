import { systemClock } from "../../shared/system/system_clock.ts";
import { parseJoinLink } from "../../shared/admission/join_link.ts";
import type { Millis } from "../../shared/core/units.ts";
import {
  type AcceptInfo,
  parseAdmission,
  serializeAdmission,
} from "../../shared/admission/admission.ts";
import { Lane } from "../../shared/lane/lane.ts";
import { type Described, parseHostMessage } from "../../shared/lane/messages.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { parseRtcp, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";

/** A received packet of the sound. */
export interface SoundArrival {
  readonly at: Millis;
  /** The RTP timestamp, wrapped. */
  readonly timestamp: number;
}

const REPORT_EVERY_MILLIS: Millis = 4000;
const RECEIVE_BYTES = 2048;

/**
 * A listener that needs little processor time, so that a thousand of them don't slow down the measured
 * host: it joins, reports, and reads packets only on request. The system drops unread packets. It can't
 * decrypt, so the host must serve with `--plain`.
 */
export class LightListener {
  readonly #socket: Deno.DatagramConn;
  readonly #host: Deno.NetAddr;
  readonly #reporting: ReturnType<typeof setInterval>;

  private constructor(
    socket: Deno.DatagramConn,
    host: Deno.NetAddr,
    readonly info: AcceptInfo,
    readonly described: Described,
  ) {
    this.#socket = socket;
    this.#host = host;
    this.#report();
    this.#reporting = setInterval(() => this.#report(), REPORT_EVERY_MILLIS);
  }

  static async join(link: string): Promise<LightListener> {
    const { host: hostname, port, token } = parseJoinLink(link)!;
    const host: Deno.NetAddr = { transport: "udp", hostname, port };
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
    const clientRandom = crypto.getRandomValues(new Uint8Array(16));
    await socket.send(serializeAdmission({ type: "hello", clientRandom }), host);
    const retry = await expectAdmission(socket, "retry");
    const info = { token, name: "light" };
    const { cookie } = retry;
    await socket.send(serializeAdmission({ type: "join", clientRandom, cookie, info }), host);
    const accept = await expectAdmission(socket, "accept");
    const described = await expectDescribed(socket, host, accept.info.listenerSsrc);
    return new LightListener(socket, host, accept.info, described);
  }

  /** Reads the sound until `millis` have passed. */
  async hear(millis: Millis): Promise<SoundArrival[]> {
    const sound = this.described.channels.find(({ channel }) => channel === "audio")!;
    const end = systemClock.now() + millis;
    const arrivals: SoundArrival[] = [];
    const buffer = new Uint8Array(RECEIVE_BYTES);
    while (systemClock.now() < end) {
      const [datagram] = await this.#socket.receive(buffer);
      const at = systemClock.now();
      const kind = demux(datagram);
      if (!kind.ok || kind.value !== "rtp") continue;
      const packet = parseRtp(datagram);
      if (packet.ok && packet.value.ssrc === sound.ssrc) {
        arrivals.push({ at, timestamp: packet.value.timestamp });
      }
    }
    return arrivals;
  }

  leave(): void {
    clearInterval(this.#reporting);
    this.#socket.close();
  }

  #report(): void {
    const report = { type: "receiverReport", ssrc: this.info.listenerSsrc, reports: [] } as const;
    // One lost report is harmless, and the system may refuse it when the host has ended.
    this.#socket.send(serializeRtcp([report]), this.#host).catch(() => {});
  }
}

const PATIENCE_MILLIS: Millis = 5000;

/** @throws Error when the host gives another answer or none; the socket is then closed. */
async function expectAdmission<Type extends "retry" | "accept">(
  socket: Deno.DatagramConn,
  type: Type,
) {
  const giveUp = setTimeout(() => socket.close(), PATIENCE_MILLIS);
  for await (const [datagram] of socket) {
    const kind = demux(datagram);
    if (!kind.ok || kind.value !== "admission") continue;
    const message = parseAdmission(datagram);
    if (!message.ok || message.value.type !== type) break;
    clearTimeout(giveUp);
    return message.value as Extract<typeof message.value, { type: Type }>;
  }
  clearTimeout(giveUp);
  throw new Error(`The host did not answer with ${type}`);
}

/**
 * Receives the first message of the session and acknowledges it, so that the host does not repeat it.
 *
 * @throws Error when it does not come; the socket is then closed.
 */
async function expectDescribed(
  socket: Deno.DatagramConn,
  host: Deno.NetAddr,
  listenerSsrc: number,
): Promise<Described> {
  const lane = new Lane({ ssrc: listenerSsrc, listenerSsrc });
  const giveUp = setTimeout(() => socket.close(), PATIENCE_MILLIS);
  for await (const [datagram] of socket) {
    const kind = demux(datagram);
    const messages = kind.ok && kind.value === "rtcp" ? parseRtcp(datagram) : undefined;
    if (!messages?.ok) continue;
    const ofLane = messages.value.filter((message) =>
      message.type === "laneData" || message.type === "laneAck"
    );
    const now = systemClock.now();
    const [bytes] = lane.receive(ofLane, now);
    for (const answer of lane.poll(now)) await socket.send(serializeRtcp(answer), host);
    const message = bytes && parseHostMessage(bytes);
    if (!message?.ok || message.value?.type !== "described") continue;
    clearTimeout(giveUp);
    return message.value;
  }
  throw new Error("The host did not describe the broadcast");
}
