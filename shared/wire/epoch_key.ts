import { viewOf } from "../core/bytes.ts";

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

export const APPLICATION_PACKET_TYPE = 204;
export const EPOCH_KEY_BYTES = 28;

const NAMES = { epochKey: "SKEY", epochReceived: "SACK" } as const;
/** Version 2, subtype 0. */
const FIRST_BYTE = 0x80;
/** First word, SSRC, name (RFC 3550 section 6.7), epoch. */
const HEADER_BYTES = 12;
const EPOCH_BYTES = 4;

export function writeEpochMessage(message: EpochKey | EpochReceived): Uint8Array {
  const key = message.type === "epochKey" ? message.key : new Uint8Array(0);
  const packet = new Uint8Array(HEADER_BYTES + EPOCH_BYTES + key.length);
  const view = viewOf(packet);
  view.setUint8(0, FIRST_BYTE);
  view.setUint8(1, APPLICATION_PACKET_TYPE);
  // Counted in words of 32 bits, less one (RFC 3550 section 6.4.1).
  view.setUint16(2, packet.length / 4 - 1);
  view.setUint32(4, message.ssrc);
  new TextEncoder().encodeInto(NAMES[message.type], packet.subarray(8));
  view.setUint32(HEADER_BYTES, message.epoch);
  packet.set(key, HEADER_BYTES + EPOCH_BYTES);
  return packet;
}

/** @returns undefined for an APP packet of another name or size: it is not ours. */
export function readEpochMessage(packet: Uint8Array): EpochKey | EpochReceived | undefined {
  if (packet.length < HEADER_BYTES + EPOCH_BYTES) return undefined;
  const name = new TextDecoder("latin1").decode(packet.subarray(8, HEADER_BYTES));
  const [ssrc, epoch] = [viewOf(packet).getUint32(4), viewOf(packet).getUint32(HEADER_BYTES)];
  const key = packet.slice(HEADER_BYTES + EPOCH_BYTES);
  if (name === NAMES.epochKey && key.length === EPOCH_KEY_BYTES) {
    return { type: "epochKey", ssrc, epoch, key };
  }
  if (name === NAMES.epochReceived && key.length === 0) {
    return { type: "epochReceived", ssrc, epoch };
  }
}
