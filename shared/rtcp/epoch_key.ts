import { viewOf } from "../core/bytes.ts";
import type { AppPacket } from "./app_packet.ts";

/** Tells one listener the key under which the group's media will be sealed (RTCP APP "SKEY"). */
export interface EpochKey {
  readonly type: "epochKey";
  /** The host's. */
  readonly ssrc: number;
  /** Grows by one with every key of a broadcast, from 1. */
  readonly epoch: number;
  /** SRTP master key and salt: {@linkcode EPOCH_KEY_BYTES}. */
  readonly key: Uint8Array;
}

/** Says that the key of an epoch was received (RTCP APP "SACK"). */
export interface EpochReceived {
  readonly type: "epochReceived";
  /** The listener's. */
  readonly ssrc: number;
  readonly epoch: number;
}

export const EPOCH_KEY_BYTES = 28;

const NAMES = { epochKey: "SKEY", epochReceived: "SACK" } as const;
const EPOCH_BYTES = 4;

export function packEpochMessage(message: EpochKey | EpochReceived): AppPacket {
  const key = message.type === "epochKey" ? message.key : new Uint8Array(0);
  const data = new Uint8Array(EPOCH_BYTES + key.length);
  viewOf(data).setUint32(0, message.epoch);
  data.set(key, EPOCH_BYTES);
  return { ssrc: message.ssrc, name: NAMES[message.type], data };
}

/** @returns undefined for a packet of another name or size: it is not ours. */
export function unpackEpochMessage(
  { ssrc, name, data }: AppPacket,
): EpochKey | EpochReceived | undefined {
  if (data.length < EPOCH_BYTES) return undefined;
  const epoch = viewOf(data).getUint32(0);
  const key = data.slice(EPOCH_BYTES);
  if (name === NAMES.epochKey && key.length === EPOCH_KEY_BYTES) {
    return { type: "epochKey", ssrc, epoch, key };
  }
  if (name === NAMES.epochReceived && key.length === 0) {
    return { type: "epochReceived", ssrc, epoch };
  }
}
