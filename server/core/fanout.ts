import type { Millis, RtpTicks } from "../../shared/core/units.ts";
import type { Channel } from "../channel/channel.ts";
import type { Outbox } from "../edge/sending/outbox.ts";
import type { StreamPacket } from "../origin/packetizer.ts";
import type { PlainReceivers } from "../edge/sending/plain_receivers.ts";
import type { Repairs } from "../edge/repair/repairs.ts";
import type { SessionTable } from "../edge/sessions/sessions.ts";

export interface FanoutOptions {
  readonly sessions: SessionTable;
  readonly plain: PlainReceivers;
  readonly outbox: Outbox;
  readonly repairs: Repairs;
  /** Gives the packet as it goes over the network. */
  readonly protect: (packet: StreamPacket) => Uint8Array;
}

/** The end of the line on which sound and events go out. */
export class Fanout {
  readonly #options: FanoutOptions;

  constructor(options: FanoutOptions) {
    this.#options = options;
  }

  /** A packet's way to the network: numbered, remembered, made secret once, and shared by all. */
  send(channel: Channel, payload: Uint8Array, ticks: RtpTicks, now: Millis): void {
    const { outbox, sessions, repairs, plain, protect } = this.#options;
    const packet = channel.packetizer.packetize(payload, ticks);
    channel.history.put(packet, now);
    outbox.sendMedia(sessions.all, protect(packet));
    if (channel.name !== "audio") return;
    repairs.onSound(packet, ticks, now);
    plain.sendMedia(packet.datagram);
  }
}
