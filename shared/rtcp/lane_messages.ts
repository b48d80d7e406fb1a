import { viewOf } from "../core/bytes.ts";
import { appFormat } from "./message_format.ts";

/**
 * A fragment of a message between the host and one listener (RTCP APP "LDAT"). shared/lane sends
 * messages in such fragments and acknowledges them.
 */
export interface LaneData {
  readonly type: "laneData";
  /** The sender's. */
  readonly ssrc: number;
  /** The SSRC that the listener reports under: it tells one session's fragments from another's. */
  readonly listenerSsrc: number;
  /** Extended to be written, 32 bits as read. */
  readonly fragment: number;
  /** Whether a message begins or ends with it. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** At most {@linkcode FRAGMENT_BYTES}. */
  readonly bytes: Uint8Array;
}

/** Acknowledges fragments (RTCP APP "LACK"). */
export interface LaneAck {
  readonly type: "laneAck";
  /** The sender's, who received the fragments. */
  readonly ssrc: number;
  readonly listenerSsrc: number;
  /** The lowest fragment that is missing. Extended to be written, 32 bits as read. */
  readonly next: number;
  /** Which of the 8 fragments after `next` have arrived; the lowest bit is that of `next + 1`. */
  readonly mask: number;
  /** Asks to repeat at once what is missing. */
  readonly isRequest?: boolean;
}

export type LaneMessage = LaneData | LaneAck;

/** The most bytes of a message in one fragment. */
export const FRAGMENT_BYTES = 1000;
/** Of an APP packet: header, SSRC, name. */
const APP_HEADER_BYTES = 12;
/** The listener's SSRC, fragment, flags, a zero byte, length. */
const DATA_HEAD_BYTES = 12;
/** The listener's SSRC, next, mask, flags, two zero bytes. */
const ACK_BYTES = 12;
const Flag = { first: 1, last: 2 } as const;
const AckFlag = { request: 1 } as const;

export const laneData = appFormat<LaneData>("laneData", "LDAT", readData, writeData);

function readData(data: Uint8Array, ssrc: number): LaneData | undefined {
  if (data.length < DATA_HEAD_BYTES) return undefined;
  const view = viewOf(data);
  const length = view.getUint16(10);
  if (length > FRAGMENT_BYTES || data.length !== DATA_HEAD_BYTES + wholeWords(length)) {
    return undefined;
  }
  const flags = view.getUint8(8);
  return {
    type: "laneData",
    ssrc,
    listenerSsrc: view.getUint32(0),
    fragment: view.getUint32(4),
    isFirst: (flags & Flag.first) !== 0,
    isLast: (flags & Flag.last) !== 0,
    bytes: data.slice(DATA_HEAD_BYTES, DATA_HEAD_BYTES + length),
  };
}

function writeData({ listenerSsrc, fragment, isFirst, isLast, bytes }: LaneData): Uint8Array {
  const data = new Uint8Array(DATA_HEAD_BYTES + wholeWords(bytes.length));
  const view = viewOf(data);
  view.setUint32(0, listenerSsrc);
  view.setUint32(4, fragment);
  view.setUint8(8, (isFirst ? Flag.first : 0) | (isLast ? Flag.last : 0));
  view.setUint16(10, bytes.length);
  data.set(bytes, DATA_HEAD_BYTES);
  return data;
}

export const laneAck = appFormat<LaneAck>(
  "laneAck",
  "LACK",
  (data, ssrc) => {
    if (data.length !== ACK_BYTES) return undefined;
    const view = viewOf(data);
    return {
      type: "laneAck",
      ssrc,
      listenerSsrc: view.getUint32(0),
      next: view.getUint32(4),
      mask: view.getUint8(8),
      ...((view.getUint8(9) & AckFlag.request) !== 0 && { isRequest: true }),
    };
  },
  ({ listenerSsrc, next, mask, isRequest }) => {
    const data = new Uint8Array(ACK_BYTES);
    const view = viewOf(data);
    view.setUint32(0, listenerSsrc);
    view.setUint32(4, next);
    view.setUint8(8, mask);
    view.setUint8(9, isRequest ? AckFlag.request : 0);
    return data;
  },
);

/** The bytes that a message of the lane takes in an RTCP datagram. */
export function laneMessageBytes(message: LaneMessage): number {
  if (message.type === "laneAck") return APP_HEADER_BYTES + ACK_BYTES;
  return APP_HEADER_BYTES + DATA_HEAD_BYTES + wholeWords(message.bytes.length);
}

/** RTCP counts in words of 32 bits. */
function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
