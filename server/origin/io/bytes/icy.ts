import { concat } from "../../../../shared/core/bytes.ts";
import { discard, type HttpAnswer, prepend } from "./http_answer.ts";

const MAX_HEAD_BYTES = 16 * 1024;
const READ_BYTES = 16 * 1024;
const STATUS_LINE = /^(ICY|HTTP\/\d(?:\.\d)?) (\d{3})(?: (.*))?$/i;
/** The protocol name of Shoutcast 1 in the status line. */
const ICY = /^ICY$/i;

/**
 * Requests an address of a server that may answer `ICY 200 OK`, as Shoutcast 1 does; `fetch` does
 * not accept such an answer. Plain http only; redirects are returned, not followed.
 *
 * @returns undefined when the answer is neither ICY nor HTTP. Rejects when the network fails.
 */
export async function requestIcy(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const url = new URL(address);
  const body = await exchange(url, requestText(url, headers), signal);
  const reader = body.getReader();
  const { head, rest } = await readHead(reader);
  const answer = head === undefined ? undefined : parseHead(head, url.href, prepend(rest, reader));
  if (answer === undefined) await reader.cancel().catch(() => {});
  return answer;
}

function requestText(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: url.host, accept: "*/*", connection: "close", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${url.pathname}${url.search} HTTP/1.0\r\n${lines.join("")}\r\n`;
}

/** Sends `request`. @returns the answer until the server closes; aborting closes the connection. */
async function exchange(
  url: URL,
  request: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const connection = await Deno.connect({ hostname, port: Number(url.port || 80), signal });
  const close = () => {
    signal.removeEventListener("abort", close);
    try {
      connection.close();
    } catch {
      // The connection was closed before.
    }
  };
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const bytes = new TextEncoder().encode(request);
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  } catch (error) {
    close();
    throw error;
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const buffer = new Uint8Array(READ_BYTES);
      const length = await connection.read(buffer);
      if (length !== null) return controller.enqueue(buffer.subarray(0, length));
      close();
      controller.close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/**
 * @returns the lines before the first empty line, undefined beyond the limit; and the bytes after.
 */
async function readHead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ head: string | undefined; rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  const latin = new TextDecoder("windows-1252");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { head: undefined, rest: bytes };
    bytes = concat(bytes, value);
    // One character per byte, so that positions in the text are positions in the bytes.
    const end = /\r?\n\r?\n/.exec(latin.decode(bytes.subarray(0, MAX_HEAD_BYTES)));
    if (end) {
      const head = latin.decode(bytes.subarray(0, end.index));
      return { head, rest: bytes.subarray(end.index + end[0].length) };
    }
    if (bytes.length >= MAX_HEAD_BYTES) return { head: undefined, rest: bytes };
  }
}

function parseHead(
  head: string,
  url: string,
  body: ReadableStream<Uint8Array>,
): HttpAnswer | undefined {
  const [first = "", ...lines] = head.split(/\r?\n/);
  const [, protocol, status, statusText = ""] = STATUS_LINE.exec(first) ?? [];
  if (protocol === undefined) return void discard({ body });
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // Radios send descriptions with characters that a header may not have; they are not needed.
    }
  }
  const isRadio = ICY.test(protocol);
  return { status: Number(status), statusText, headers, body, url, isRadio };
}

/** A metadata block's length is counted in units of this size. */
const UNIT_BYTES = 16;

/**
 * Removes song titles from a radio's sound. After every `interval` bytes of sound (`icy-metaint` of
 * Shoutcast and Icecast) come one byte N and then 16 * N bytes of text. Some radios send titles
 * although they were not requested.
 */
export class IcyMetadataStripper {
  readonly #interval: number;
  #soundLeft: number;
  #textLeft = 0;

  constructor(interval: number) {
    this.#interval = interval;
    this.#soundLeft = interval;
  }

  /** @returns the chunk without titles. */
  push(chunk: Uint8Array): Uint8Array {
    const sound = new Uint8Array(chunk.length);
    let length = 0;
    for (let position = 0; position < chunk.length;) {
      if (this.#textLeft > 0) {
        const skipped = Math.min(this.#textLeft, chunk.length - position);
        this.#textLeft -= skipped;
        position += skipped;
      } else if (this.#soundLeft > 0) {
        const part = chunk.subarray(position, position + this.#soundLeft);
        sound.set(part, length);
        length += part.length;
        position += part.length;
        this.#soundLeft -= part.length;
      } else {
        this.#textLeft = chunk[position++]! * UNIT_BYTES;
        this.#soundLeft = this.#interval;
      }
    }
    return sound.subarray(0, length);
  }
}

/** The interval of `icy-metaint` in bytes; undefined without a valid one. */
export function metadataInterval(headers: Headers): number | undefined {
  const text = headers.get("icy-metaint") ?? "";
  const interval = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return interval > 0 ? interval : undefined;
}
