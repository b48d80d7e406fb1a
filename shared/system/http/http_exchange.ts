import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** A request's first line and header fields (RFC 9112). */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  /** In the order of the request. */
  readonly headers: Headers;
}

/** The largest first line and headers together. */
const MAX_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = "\r\n\r\n";

/**
 * Reads the head of a connection's only request; later bytes stay in the stream.
 *
 * @returns the head; a status (400, 431) when it is malformed or too long; undefined when the connection
 * ended before.
 */
export function readHead(stream: Duplex): Promise<RequestHead | 400 | 431 | undefined> {
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (result: RequestHead | 400 | 431 | undefined) => {
      stream.off("data", take).off("close", leave).pause();
      resolve(result);
    };
    const leave = () => settle(undefined);
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(END_OF_HEAD);
      if (end < 0) return void (bytes.length > MAX_HEAD_BYTES && settle(431));
      const behind = bytes.subarray(end + END_OF_HEAD.length);
      settle(end > MAX_HEAD_BYTES ? 431 : parseHead(bytes.toString("latin1", 0, end)) ?? 400);
      if (behind.length > 0) stream.unshift(behind);
    };
    stream.on("data", take).on("close", leave);
  });
}

function parseHead(text: string): RequestHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, url] = /^([A-Z]+) ([\x21-\x7e]+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || url === undefined) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const parts = /^([!#$%&'*+.^`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
    if (!parts) return undefined;
    headers.append(parts[1]!, parts[2]!.trim());
  }
  return headers.has("host") ? { method, url, headers } : undefined;
}

/** The head, and the body if there is one, as a web `Request`; undefined when it is not a valid one. */
export function toRequest(
  { method, url, headers }: RequestHead,
  body?: Uint8Array<ArrayBuffer>,
): Request | undefined {
  try {
    const address = new URL(url, "http://unnamed.invalid");
    return new Request(address, { method, headers, ...(body && { body }) });
  } catch {
    return undefined;
  }
}

/**
 * Sends a response as fast as the other side reads, then ends the connection, which ends the body. The
 * body is always cancelled at the end, also after an error.
 */
export async function sendResponse(response: Response, stream: Duplex): Promise<void> {
  // Later bytes are discarded, so that the end of the other side is noticed.
  stream.resume();
  stream.write(formatHead(response));
  if (response.body) await sendBody(response.body, stream);
  stream.end(() => stream.destroy());
}

function formatHead({ status, headers, body }: Response): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    ...body || status === 204 || headers.has("content-length") ? [] : ["content-length: 0"],
    `date: ${new Date().toUTCString()}`,
    "connection: close",
  ];
  return lines.join("\r\n") + END_OF_HEAD;
}

async function sendBody(body: ReadableStream<Uint8Array>, stream: Duplex): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  stream.on("close", cancel);
  try {
    while (stream.writable) {
      const { done, value } = await reader.read();
      if (done) return;
      if (stream.writable && !stream.write(value)) await drained(stream);
    }
  } finally {
    cancel();
  }
}

/** Waits until the written bytes are sent, or the stream is closed. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.on("drain", settle).on("close", settle);
  });
}
