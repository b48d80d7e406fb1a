/*
 * NATS, without I/O.
 *
 * In: bytes of a TCP connection to a NATS server, a subject, perhaps a name and a password.
 * Out: bytes to answer, and the payloads of the messages.
 *
 * The protocol is lines of text, and a payload after each line that begins with MSG. A subscriber needs little of it,
 * and the usual package leaves a socket without a listener for errors for a moment, in which a lost connection would
 * end the host. Used by ../io/nats_arrivals.ts.
 */
import { concat } from "../../../../shared/core/bytes.ts";

export interface NatsOptions {
  /** May have the wildcards `*` and `>`. */
  readonly subject: string;
  /** With a password its user; without one a token. */
  readonly user?: string;
  readonly password?: string;
  /** Larger messages are skipped. */
  readonly maxBytes: number;
}

/** A payload; undefined in place of one that was too large and was skipped. */
export type NatsMessage = Uint8Array | undefined;

export interface NatsResult {
  /** Bytes to send to the server. */
  readonly send: readonly Uint8Array[];
  readonly messages: readonly NatsMessage[];
  /** Why nothing more can be read, as the end of a sentence about the server. */
  readonly problem?: string;
}

/** The first line has a server's description, which may name many others. */
const MAX_LINE_BYTES = 256 * 1024;
/** A payload is followed by the end of a line. */
const LINE_END_BYTES = 2;
const NEWLINE = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One connection. It never throws; after a problem it reads nothing more. */
export class NatsSession {
  readonly #options: NatsOptions;
  #line: Uint8Array[] = [];
  #lineLength = 0;
  /** The payload that is being read, with the end of its line; absent while a line is read. */
  #payload:
    | { readonly bytes: Uint8Array | undefined; readonly length: number; at: number }
    | undefined;
  #isConnected = false;
  #problem: string | undefined;
  #unanswered = 0;
  /** One answer is enough for all PINGs that came at once. */
  #owesAnswer = false;
  #send: Uint8Array[] = [];
  #messages: NatsMessage[] = [];

  constructor(options: NatsOptions) {
    this.#options = options;
  }

  /** How many PINGs the server has not answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Asks the server for a sign of life. @returns the bytes to send. */
  ping(): Uint8Array {
    this.#unanswered += 1;
    return encoder.encode("PING\r\n");
  }

  push(chunk: Uint8Array): NatsResult {
    let rest = chunk;
    while (rest.length > 0 && this.#problem === undefined) {
      rest = this.#payload ? this.#takePayload(rest) : this.#takeLine(rest);
    }
    if (this.#owesAnswer) this.#send.push(encoder.encode("PONG\r\n"));
    this.#owesAnswer = false;
    const result = {
      send: this.#send,
      messages: this.#messages,
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
    this.#send = [];
    this.#messages = [];
    return result;
  }

  /** @returns the bytes that were not taken. */
  #takeLine(bytes: Uint8Array): Uint8Array {
    const end = bytes.indexOf(NEWLINE);
    const part = end < 0 ? bytes : bytes.subarray(0, end);
    this.#lineLength += part.length;
    if (this.#lineLength > MAX_LINE_BYTES) return this.#fail(NOT_NATS);
    this.#line.push(part.slice());
    if (!this.#isConnected && !this.#canBeInfo()) return this.#fail(NOT_NATS);
    if (end < 0) return bytes.subarray(bytes.length);
    const line = decoder.decode(concat(...this.#line)).replace(/\r$/, "");
    this.#line = [];
    this.#lineLength = 0;
    this.#onLine(line);
    return bytes.subarray(end + 1);
  }

  #takePayload(bytes: Uint8Array): Uint8Array {
    const payload = this.#payload!;
    const part = bytes.subarray(0, payload.length + LINE_END_BYTES - payload.at);
    payload.bytes?.set(part, payload.at);
    payload.at += part.length;
    if (payload.at === payload.length + LINE_END_BYTES) {
      this.#messages.push(payload.bytes?.subarray(0, payload.length));
      this.#payload = undefined;
    }
    return bytes.subarray(part.length);
  }

  /** Another protocol shows in its first bytes, and may never send a whole line. */
  #canBeInfo(): boolean {
    const start = decoder.decode(concat(...this.#line).subarray(0, 5)).toUpperCase();
    return "INFO ".startsWith(start);
  }

  #onLine(line: string): void {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    switch (word.toUpperCase()) {
      case "INFO":
        return this.#onInfo(line.trim().slice(word.length));
      case "MSG":
        return this.#onMessage(rest);
      case "PING":
        this.#owesAnswer = true;
        return;
      case "PONG":
        this.#unanswered = 0;
        return;
      case "-ERR":
        return this.#onError(line);
      case "+OK":
      case "":
        return;
      default:
        this.#fail(NOT_NATS);
    }
  }

  #onInfo(text: string): void {
    // It comes again when the server's cluster changes.
    if (this.#isConnected) return;
    const info = parseInfo(text);
    if (!info) return void this.#fail(NOT_NATS);
    if (info["tls_required"] === true) {
      return void this.#fail("asks for TLS, which is not supported; give a server without it");
    }
    this.#isConnected = true;
    const { subject, user, password } = this.#options;
    const credentials = password !== undefined
      ? { user, pass: password }
      : user !== undefined
      ? { auth_token: user }
      : {};
    const options = {
      verbose: false,
      pedantic: false,
      name: "streamer",
      lang: "deno",
      ...OWN,
      ...credentials,
    };
    this.#send.push(encoder.encode(`CONNECT ${JSON.stringify(options)}\r\nSUB ${subject} 1\r\n`));
  }

  /** The subject, the subscription's id, perhaps where to answer, and the length. */
  #onMessage(fields: readonly string[]): void {
    const length = /^\d{1,10}$/.test(fields.at(-1) ?? "") ? Number(fields.at(-1)) : NaN;
    if (fields.length < 3 || fields.length > 4 || !this.#isConnected || !(length >= 0)) {
      return void this.#fail(NOT_NATS);
    }
    const isTooLarge = length > this.#options.maxBytes;
    const bytes = isTooLarge ? undefined : new Uint8Array(length + LINE_END_BYTES);
    this.#payload = { bytes, length, at: 0 };
  }

  #onError(line: string): void {
    if (/permissions/i.test(line)) {
      return void this.#fail("refuses the subject; check its name and who may read it");
    }
    if (/authorization|authentication/i.test(line)) {
      return void this.#fail("refuses the connection; check user name and password in the address");
    }
    this.#fail("ends the connection");
  }

  #fail(problem: string): Uint8Array {
    this.#problem = problem;
    this.#line = [];
    this.#payload = undefined;
    return new Uint8Array();
  }
}

/** Without headers, so that the server leaves them out of messages. */
const OWN = { version: "1", protocol: 1, headers: false, echo: false } as const;
const NOT_NATS = "does not answer as a NATS server does; check the address and the port";

function parseInfo(text: string): Record<string, unknown> | undefined {
  try {
    const info: unknown = JSON.parse(text);
    return typeof info === "object" && info !== null ? info as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
