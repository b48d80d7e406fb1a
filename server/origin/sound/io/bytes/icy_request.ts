import { concat } from "../../../../../shared/core/bytes.ts";
import { discard, type HttpAnswer, prepend } from "./http_answer.ts";

const MAX_HEAD_BYTES = 16 * 1024;
const READ_BYTES = 16 * 1024;
const STATUS_LINE = /^(ICY|HTTP\/\d(?:\.\d)?) (\d{3})(?: (.*))?$/i;
/** An answer without headers of its own: it still is a radio. */
const ICY = /^ICY$/i;

/**
 * Asks a server that may answer `ICY 200 OK`, as Shoutcast 1 does: no HTTP client reads that. Plain
 * http alone; redirects are given back as they are.
 *
 * @returns undefined when what answers is no http server either. Rejects when the network fails.
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

/** Says `request`; what comes back until the server closes. Aborting closes, too. */
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
      // Closed already.
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

/** @returns the lines before the first empty one, if they end within bounds, and the bytes after it. */
async function readHead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ head: string | undefined; rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  const latin = new TextDecoder("windows-1252");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { head: undefined, rest: bytes };
    bytes = concat(bytes, value);
    // One character a byte, so that positions are the same.
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
      // A name or a description in characters that no header may have: nothing that matters here.
    }
  }
  const isRadio = ICY.test(protocol);
  return { status: Number(status), statusText, headers, body, url, isRadio };
}
