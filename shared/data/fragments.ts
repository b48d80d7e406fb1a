import { viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { MAX_PAYLOAD_BYTES } from "../media/rtp_payload.ts";
import { MAX_MESSAGE_BYTES } from "./data_message.ts";

/**
 * A part of a message: number of the message (4), offset of the part (4), length of the whole message (4), the
 * part's bytes. All fragments of a message have one RTP timestamp, and the last one has the marker. Fragments
 * of several messages may follow each other in any order.
 */
export interface Fragment {
  /** The lower 32 bits of the message's count. */
  readonly wrappedNumber: number;
  readonly offset: number;
  /** Of the whole message. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 12;
/** The most bytes of a message in one fragment. */
export const FRAGMENT_BYTES = MAX_PAYLOAD_BYTES - HEADER_BYTES;

/** @returns the fragment, which shares the memory of `payload`. */
export function parseFragment(payload: Uint8Array): Parsed<Fragment> {
  if (payload.length <= HEADER_BYTES || payload.length > MAX_PAYLOAD_BYTES) {
    return junk("malformedData");
  }
  const view = viewOf(payload);
  const bytes = payload.subarray(HEADER_BYTES);
  const [offset, length] = [view.getUint32(4), view.getUint32(8)];
  if (length > MAX_MESSAGE_BYTES || offset + bytes.length > length) return junk("malformedData");
  return parsed({ wrappedNumber: view.getUint32(0), offset, length, bytes });
}

/** The payload of one RTP packet. */
export interface DataPayload {
  /** At most {@linkcode MAX_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
  /** Whether it ends its message. */
  readonly marker: boolean;
}

/** Cuts one message into payloads, one at a time, so that those of several messages can take turns. */
export class DataPacker {
  readonly #number: number;
  readonly #message: Uint8Array;
  #offset = 0;

  /**
   * @param number the message's count.
   * @param message with its signature, if it is signed; not copied.
   * @throws RangeError when it is empty, or longer than {@linkcode MAX_MESSAGE_BYTES}.
   */
  constructor(number: number, message: Uint8Array) {
    if (message.length < 1 || message.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`A message has 1 to ${MAX_MESSAGE_BYTES} bytes, not ${message.length}`);
    }
    this.#number = number;
    this.#message = message;
  }

  /** How many bytes of the message no payload has yet. */
  get remaining(): number {
    return this.#message.length - this.#offset;
  }

  /** @returns undefined when the whole message was given out. */
  next(): DataPayload | undefined {
    if (this.remaining === 0) return undefined;
    const part = this.#message.subarray(this.#offset, this.#offset + FRAGMENT_BYTES);
    const payload = new Uint8Array(HEADER_BYTES + part.length);
    const view = viewOf(payload);
    view.setUint32(0, this.#number);
    view.setUint32(4, this.#offset);
    view.setUint32(8, this.#message.length);
    payload.set(part, HEADER_BYTES);
    this.#offset += part.length;
    return { payload, marker: this.remaining === 0 };
  }
}

/** All payloads of one message. */
export function packData(number: number, message: Uint8Array): DataPayload[] {
  const packer = new DataPacker(number, message);
  const payloads: DataPayload[] = [];
  for (let next = packer.next(); next; next = packer.next()) payloads.push(next);
  return payloads;
}
