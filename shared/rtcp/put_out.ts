import { viewOf } from "../core/bytes.ts";
import type { AppPacket } from "./app_packet.ts";

/** Tells one listener that it is put out, and why (RTCP APP "DENY"). */
export interface PutOut {
  readonly type: "putOut";
  /** The host's. */
  readonly ssrc: number;
  /** Whom it concerns: under which the listener reports. */
  readonly listenerSsrc: number;
  /** A RejectCode. */
  readonly code: number;
  readonly reason: string;
}

const NAME = "DENY";
/** The listener's SSRC, the code, the length of the reason. */
const HEAD_BYTES = 8;
const MAX_REASON_BYTES = 200;

export function packPutOut({ ssrc, listenerSsrc, code, reason }: PutOut): AppPacket {
  const text = new Uint8Array(MAX_REASON_BYTES);
  const length = new TextEncoder().encodeInto(reason, text).written;
  const data = new Uint8Array(HEAD_BYTES + Math.ceil(length / 4) * 4);
  const view = viewOf(data);
  view.setUint32(0, listenerSsrc);
  view.setUint16(4, code);
  view.setUint16(6, length);
  data.set(text.subarray(0, length), HEAD_BYTES);
  return { ssrc, name: NAME, data };
}

/** @returns undefined for a packet of another name, or cut short: it is not ours. */
export function unpackPutOut({ ssrc, name, data }: AppPacket): PutOut | undefined {
  if (name !== NAME || data.length < HEAD_BYTES) return undefined;
  const view = viewOf(data);
  const length = view.getUint16(6);
  if (length > MAX_REASON_BYTES || HEAD_BYTES + length > data.length) return undefined;
  const reason = new TextDecoder().decode(data.subarray(HEAD_BYTES, HEAD_BYTES + length));
  const listenerSsrc = view.getUint32(0);
  return { type: "putOut", ssrc, listenerSsrc, code: view.getUint16(4), reason };
}
