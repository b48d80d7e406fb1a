import { viewOf } from "../core/bytes.ts";
import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence, Millis } from "../core/units.ts";
import { appFormat } from "./message_format.ts";

/** Tells one listener the key that the broadcast's media will be sealed with (RTCP APP "SKEY"). */
export interface EpochKey {
  readonly type: "epochKey";
  /** The host's. */
  readonly ssrc: number;
  /** From 1; each new key of a broadcast has the next number. */
  readonly epoch: number;
  /** SRTP master key and salt: {@linkcode EPOCH_KEY_BYTES}. */
  readonly key: Uint8Array;
}

/** Acknowledges the key of an epoch (RTCP APP "SACK"). */
export interface EpochReceived {
  readonly type: "epochReceived";
  /** The listener's. */
  readonly ssrc: number;
  readonly epoch: number;
}

const EPOCH_KEY_BYTES = 28;
const EPOCH_BYTES = 4;

export const epochKey = appFormat<EpochKey>(
  "epochKey",
  "SKEY",
  (data, ssrc) => {
    if (data.length !== EPOCH_BYTES + EPOCH_KEY_BYTES) return undefined;
    return {
      type: "epochKey",
      ssrc,
      epoch: viewOf(data).getUint32(0),
      key: data.slice(EPOCH_BYTES),
    };
  },
  ({ epoch, key }) => {
    const data = new Uint8Array(EPOCH_BYTES + key.length);
    viewOf(data).setUint32(0, epoch);
    data.set(key, EPOCH_BYTES);
    return data;
  },
);

export const epochReceived = appFormat<EpochReceived>(
  "epochReceived",
  "SACK",
  (data, ssrc) => {
    if (data.length !== EPOCH_BYTES) return undefined;
    return { type: "epochReceived", ssrc, epoch: viewOf(data).getUint32(0) };
  },
  ({ epoch }) => wordOf(epoch),
);

/** Tells one listener that the host ends its session, and why (RTCP APP "DENY"). */
export interface PutOut {
  readonly type: "putOut";
  /** The host's. */
  readonly ssrc: number;
  /** The SSRC that this listener reports under. */
  readonly listenerSsrc: number;
  /** A RejectCode. */
  readonly code: number;
  readonly reason: string;
}

/** The listener's SSRC, the code, the length of the reason. */
const PUT_OUT_HEAD_BYTES = 8;
const MAX_REASON_BYTES = 200;

export const putOut = appFormat<PutOut>("putOut", "DENY", readPutOut, writePutOut);

function readPutOut(data: Uint8Array, ssrc: number): PutOut | undefined {
  if (data.length < PUT_OUT_HEAD_BYTES) return undefined;
  const view = viewOf(data);
  const length = view.getUint16(6);
  const end = PUT_OUT_HEAD_BYTES + length;
  if (length > MAX_REASON_BYTES || end > data.length) return undefined;
  return {
    type: "putOut",
    ssrc,
    listenerSsrc: view.getUint32(0),
    code: view.getUint16(4),
    reason: new TextDecoder().decode(data.subarray(PUT_OUT_HEAD_BYTES, end)),
  };
}

/** A reason that is too long is cut between characters. */
function writePutOut({ listenerSsrc, code, reason }: PutOut): Uint8Array {
  const text = new Uint8Array(MAX_REASON_BYTES);
  const length = new TextEncoder().encodeInto(reason, text).written;
  const data = new Uint8Array(PUT_OUT_HEAD_BYTES + Math.ceil(length / 4) * 4);
  const view = viewOf(data);
  view.setUint32(0, listenerSsrc);
  view.setUint16(4, code);
  view.setUint16(6, length);
  data.set(text.subarray(0, length), PUT_OUT_HEAD_BYTES);
  return data;
}

/** Asks whoever uses an address to prove that it is an admitted listener (RTCP APP "PCHL"). */
export interface PathChallenge {
  readonly type: "pathChallenge";
  /** The host's. */
  readonly ssrc: number;
  /** {@linkcode CHALLENGE_BYTES} random bytes. */
  readonly challenge: Uint8Array;
}

/** Answers a challenge, from the address in question (RTCP APP "PRSP"). */
export interface PathResponse {
  readonly type: "pathResponse";
  /** The listener's. */
  readonly ssrc: number;
  readonly challenge: Uint8Array;
  /** From the ACCEPT; nobody off the path knows this number. */
  readonly connectionId: bigint;
}

export const CHALLENGE_BYTES = 8;
const CONNECTION_ID_BYTES = 8;

export const pathChallenge = appFormat<PathChallenge>(
  "pathChallenge",
  "PCHL",
  (data, ssrc) => {
    if (data.length !== CHALLENGE_BYTES) return undefined;
    return { type: "pathChallenge", ssrc, challenge: data.slice() };
  },
  ({ challenge }) => challenge,
);

export const pathResponse = appFormat<PathResponse>(
  "pathResponse",
  "PRSP",
  (data, ssrc) => {
    if (data.length !== CHALLENGE_BYTES + CONNECTION_ID_BYTES) return undefined;
    return {
      type: "pathResponse",
      ssrc,
      challenge: data.slice(0, CHALLENGE_BYTES),
      connectionId: viewOf(data).getBigUint64(CHALLENGE_BYTES),
    };
  },
  ({ challenge, connectionId }) => {
    const data = new Uint8Array(CHALLENGE_BYTES + CONNECTION_ID_BYTES);
    data.set(challenge);
    viewOf(data).setBigUint64(CHALLENGE_BYTES, connectionId);
    return data;
  },
);

/**
 * Names the packet that arrived last, and how long ago (RTCP APP "CAME"). It travels with a NACK. From
 * it the host learns, by the listener's clock alone, which retransmissions are still under way: what
 * LSR and DLSR do for sender reports.
 */
export interface PacketReceipt {
  readonly type: "packetReceipt";
  /** The listener's. */
  readonly ssrc: number;
  /** The stream the packet came in: an original stream or its retransmission stream. */
  readonly mediaSsrc: number;
  /** Extended to be written, 16 bits as read. */
  readonly sequence: ExtendedSequence;
  /** In 1/65536 s. */
  readonly delaySince: number;
}

/** SSRC, sequence number, two zero bytes, delay. */
const RECEIPT_BYTES = 12;

export const packetReceipt = appFormat<PacketReceipt>(
  "packetReceipt",
  "CAME",
  (data, ssrc) => {
    if (data.length !== RECEIPT_BYTES) return undefined;
    const view = viewOf(data);
    return {
      type: "packetReceipt",
      ssrc,
      mediaSsrc: view.getUint32(0),
      sequence: view.getUint16(4),
      delaySince: view.getUint32(8),
    };
  },
  ({ mediaSsrc, sequence, delaySince }) => {
    const data = new Uint8Array(RECEIPT_BYTES);
    const view = viewOf(data);
    view.setUint32(0, mediaSsrc);
    view.setUint16(4, toSequenceNumber(sequence));
    view.setUint32(8, Math.min(delaySince, 0xffff_ffff));
    return data;
  },
);

/**
 * Changes the interval of a listener's reports from the one in its ACCEPT (RTCP APP "PACE"). With more
 * listeners each reports less often, so that reports do not overload the host (the purpose of RFC 3550
 * section 6.2).
 */
export interface ReportPace {
  readonly type: "reportPace";
  /** The host's. */
  readonly ssrc: number;
  readonly keepaliveMillis: Millis;
}

/** The report intervals that an ACCEPT or a pace may set, in milliseconds. */
export const KEEPALIVE_RANGE = { shortest: 100, longest: 60_000 };
const WORD_BYTES = 4;

export const reportPace = appFormat<ReportPace>(
  "reportPace",
  "PACE",
  (data, ssrc) => {
    if (data.length !== WORD_BYTES) return undefined;
    const keepaliveMillis = viewOf(data).getUint32(0);
    const { shortest, longest } = KEEPALIVE_RANGE;
    if (keepaliveMillis < shortest || keepaliveMillis > longest) return undefined;
    return { type: "reportPace", ssrc, keepaliveMillis };
  },
  ({ keepaliveMillis }) => wordOf(keepaliveMillis),
);

function wordOf(value: number): Uint8Array {
  const word = new Uint8Array(WORD_BYTES);
  viewOf(word).setUint32(0, value);
  return word;
}
