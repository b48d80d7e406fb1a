import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** A request's first line and headers (RFC 9112). */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  /** In the order in which they came. */
  readonly headers: Headers;
}

/** Of a request's first line and headers together. */
const MAX_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = "\r\n\r\n";

/**
 * Reads the head of the one request of a connection; what comes behind it stays to be read. A number is
 * the status that a head deserves which is none; undefined that the connection ended before it.
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

/** The request as the web has it, without a body; undefined when it can't be one. */
export function toRequest({ method, url, headers }: RequestHead): Request | undefined {
  try {
    return new Request(new URL(url, "http://unnamed.invalid"), { method, headers });
  } catch {
    return undefined;
  }
}

/**
 * Sends a response as fast as it is taken, and ends the connection, which is what ends its body. However
 * that comes, the body is let go of.
 */
export async function sendResponse(response: Response, stream: Duplex): Promise<void> {
  // What else comes is thrown away, and the end of the other side is heard.
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
  const letGo = () => void reader.cancel().catch(() => {});
  stream.on("close", letGo);
  try {
    while (stream.writable) {
      const { done, value } = await reader.read();
      if (done) return;
      if (stream.writable && !stream.write(value)) await drained(stream);
    }
  } finally {
    letGo();
  }
}

/** Until what was written has been taken, or never will be. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.on("drain", settle).on("close", settle);
  });
}
