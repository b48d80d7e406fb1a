import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { ChunkedBody } from "./chunked_body.ts";
import type { RequestHead } from "./http_exchange.ts";

/** A longer body is answered at once; a shorter one is discarded first, so that the other side reads the answer. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** What came after a request's head. */
export interface RequestBody {
  /** In bytes; of a body that is too long, at least how long it is. */
  readonly length: number;
  /** Absent when there is no body or it is too long. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** Takes bytes of a body; tells when it has all of them. */
interface Receiver {
  take(received: Buffer): "whole" | "wrong" | "more";
  readonly length: number;
  /** All bytes, if there are at most as many as are kept. */
  readonly bytes: Buffer;
}

/**
 * Reads a body (RFC 9112 section 6).
 *
 * @param max in bytes; undefined when bodies are not read.
 * @returns 400 when its length is told wrongly or twice, 501 for a coding other than chunked; "ended" when the
 * connection ended before the body.
 */
export async function readRequestBody(
  stream: Duplex,
  { method, headers }: RequestHead,
  max: number | undefined,
): Promise<RequestBody | 400 | 501 | "ended"> {
  if (max === undefined || method === "GET" || method === "HEAD") return { length: 0 };
  const [coding, told] = [headers.get("transfer-encoding"), headers.get("content-length")];
  // With both, two servers could see two different requests in the same bytes.
  if (coding !== null && told !== null || !/^\d{1,15}$/.test(told ?? "0")) return 400;
  if (coding !== null && coding.toLowerCase() !== "chunked") return 501;
  const length = Number(told);
  if (coding === null && (length === 0 || length > MAX_DISCARDED_BYTES)) return { length };
  if (/^100-continue$/i.test(headers.get("expect") ?? "") && length <= max) stream.write(CONTINUE);
  const receiver = coding === null ? new PlainBody(length, max) : new ChunkedBody(max);
  const state = await receive(stream, receiver);
  if (typeof state !== "boolean") return state;
  const isKept = receiver.length <= max;
  return { length: receiver.length, ...(isKept && { bytes: new Uint8Array(receiver.bytes) }) };
}

/** A body whose length was told. */
class PlainBody implements Receiver {
  readonly bytes: Buffer;
  #taken = 0;

  constructor(readonly length: number, max: number) {
    this.bytes = Buffer.alloc(length <= max ? length : 0);
  }

  take(received: Buffer): "whole" | "more" {
    if (this.bytes.length > 0) {
      this.bytes.set(received.subarray(0, this.length - this.#taken), this.#taken);
    }
    this.#taken += received.length;
    return this.#taken >= this.length ? "whole" : "more";
  }
}

/** @returns true with the whole body, also with the beginning of one that is far too long. */
function receive(stream: Duplex, receiver: Receiver): Promise<true | 400 | "ended"> {
  return new Promise((resolve) => {
    const settle = (result: true | 400 | "ended") => {
      stream.off("data", take).off("close", leave).pause();
      resolve(result);
    };
    const leave = () => settle("ended");
    const take = (received: Buffer) => {
      const state = receiver.take(received);
      if (state === "wrong") settle(400);
      else if (state === "whole" || receiver.length > MAX_DISCARDED_BYTES) settle(true);
    };
    // Reading the head has paused the stream.
    stream.on("data", take).on("close", leave).resume();
  });
}
