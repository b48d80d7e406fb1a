import type { Millis } from "../../shared/core/units.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { ChannelName } from "../../shared/media/channel.ts";

/** What a host knows of one listener, by the listener's own reports. */
export interface ListenerRow {
  /** Of its connection, 16 hexadecimal digits. */
  readonly id: string;
  readonly address: Address;
  /** As it calls itself. */
  readonly name?: string;
  /** For whom its token was made, and that token's id; only of signed tokens. */
  readonly tokenName?: string;
  readonly tokenId?: string;
  /** How long it has been here. */
  readonly age: Millis;
  /** Absent until it was measured (RFC 3550 section 6.4.1). */
  readonly roundTrip?: Millis;
  /** From arrival to playing; absent if the listener told none. */
  readonly latency?: Millis;
  readonly channels: readonly ListenerChannelRow[];
}

/** What a listener last reported of a channel (RFC 3550 section 6.4.1). */
export interface ListenerChannelRow {
  readonly channel: ChannelName;
  /** Before repair, since the report before; 0 to 1. */
  readonly fractionLost: number;
  /** Before repair, since it joined. */
  readonly packetsLost: number;
  readonly jitter: Millis;
}
