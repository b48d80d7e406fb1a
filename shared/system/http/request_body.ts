import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { RequestHead } from "./http_exchange.ts";

/** A longer body is answered at once; a shorter one is discarded first, so that the other side reads the answer. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/**
 * Reads a body whose length is told (RFC 9112 section 6).
 *
 * @param max in bytes; undefined when bodies are not read.
 * @returns undefined when there is none or it is too long; a status when its length is not told (411) or wrong
 * (400); "ended" when the connection ended before.
 */
export async function readRequestBody(
  stream: Duplex,
  { method, headers }: RequestHead,
  max: number | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined | 400 | 411 | "ended"> {
  if (max === undefined || method === "GET" || method === "HEAD") return undefined;
  if (headers.has("transfer-encoding")) return 411;
  const told = headers.get("content-length") ?? "0";
  if (!/^\d{1,15}$/.test(told)) return 400;
  const length = Number(told);
  if (length === 0 || length > MAX_DISCARDED_BYTES) return undefined;
  if (/^100-continue$/i.test(headers.get("expect") ?? "") && length <= max) stream.write(CONTINUE);
  const bytes = await take(stream, length, length <= max);
  if (bytes === undefined) return "ended";
  return length <= max ? bytes : undefined;
}

function take(
  stream: Duplex,
  length: number,
  isKept: boolean,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let taken = 0;
  return new Promise((resolve) => {
    const settle = (whole: boolean) => {
      stream.off("data", onData).off("close", onClose).pause();
      resolve(whole ? new Uint8Array(Buffer.concat(chunks).subarray(0, length)) : undefined);
    };
    const onClose = () => settle(false);
    const onData = (chunk: Buffer) => {
      taken += chunk.length;
      if (isKept) chunks.push(chunk);
      if (taken >= length) settle(true);
    };
    // Reading the head has paused the stream.
    stream.on("data", onData).on("close", onClose).resume();
  });
}
