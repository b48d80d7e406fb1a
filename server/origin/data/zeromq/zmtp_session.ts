/*
 * ZeroMQ and PSI's bsread, without I/O.
 *
 * In: bytes of a TCP connection to a publisher. Out: bytes to answer, and the messages of the publisher, first as
 * their parts (this file), then as messages of live data (bsread.ts). compression.ts unpacks what bsread packs.
 *
 * This file is the connecting side of ZMTP 3.0 (ZeroMQ RFC 23) without security (NULL), as far as a reader needs
 * it. The publisher may be a PUSH or a PUB socket; it is answered as PULL or SUB. Read next: bsread.ts.
 */
import { concat, viewOf } from "../../../../shared/core/bytes.ts";

/** All parts of a message; undefined in place of a message that was too large and was skipped. */
export type ZmtpMessage = readonly Uint8Array[] | undefined;

export interface ZmtpResult {
  /** Bytes to send to the publisher. */
  readonly send: readonly Uint8Array[];
  readonly messages: readonly ZmtpMessage[];
  /** Why nothing more can be read, as the end of a sentence about the publisher. */
  readonly problem?: string;
}

/** The largest message, all parts together, in bytes. */
export const MAX_ZMTP_BYTES = 16 << 20;
const MAX_PARTS = 4096;
const MAX_COMMAND_BYTES = 4096;

const GREETING_BYTES = 64;
const SIGNATURE_BYTES = 10;
const VERSION = 3;
const MORE = 1;
const LONG = 2;
const COMMAND = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What reads the bytes that come next. */
type State =
  | { readonly kind: "greeting" }
  | { readonly kind: "flags" }
  | { readonly kind: "length"; readonly flags: number }
  | { readonly kind: "body"; readonly flags: number };

/** One connection. It never throws; after a problem it reads nothing more. */
export class ZmtpSession {
  #state: State = { kind: "greeting" };
  /** What is being read, and how much of it is there. */
  #wanted: Uint8Array = new Uint8Array(GREETING_BYTES);
  #length = 0;
  /** Bytes of a part that are left out, since the message is too large. */
  #toSkip = 0;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isSkipping = false;
  #isReady = false;
  #problem: string | undefined;
  #send: Uint8Array[] = [];
  #messages: ZmtpMessage[] = [];

  /** What the connecting side sends first. */
  get greeting(): Uint8Array {
    const greeting = new Uint8Array(GREETING_BYTES);
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = VERSION;
    greeting.set(encoder.encode("NULL"), 12);
    return greeting;
  }

  push(chunk: Uint8Array): ZmtpResult {
    let rest = chunk;
    while (rest.length > 0 && this.#problem === undefined) rest = this.#take(rest);
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
  #take(bytes: Uint8Array): Uint8Array {
    if (this.#toSkip > 0) {
      const skipped = Math.min(this.#toSkip, bytes.length);
      this.#toSkip -= skipped;
      if (this.#toSkip === 0) this.#endPart((this.#state as { flags: number }).flags);
      return bytes.subarray(skipped);
    }
    const part = bytes.subarray(0, this.#wanted.length - this.#length);
    this.#wanted.set(part, this.#length);
    this.#length += part.length;
    this.#look();
    if (this.#length === this.#wanted.length && this.#problem === undefined) this.#step();
    return bytes.subarray(part.length);
  }

  /** Another protocol shows in its first bytes, and may never send as many as a greeting has. */
  #look(): void {
    if (this.#state.kind !== "greeting") return;
    const greeting = this.#wanted.subarray(0, this.#length);
    const isZmtp = greeting[0] === 0xff &&
      (greeting.length < SIGNATURE_BYTES || (greeting[9]! & 1) === 1);
    if (!isZmtp) this.#fail("does not speak ZeroMQ's protocol (ZMTP); check the port");
    else if (greeting.length > 10 && greeting[10]! < VERSION) {
      this.#fail("speaks an old protocol of ZeroMQ; version 4 or later is needed");
    }
  }

  /** All that was wanted is there. */
  #step(): void {
    const bytes = this.#wanted;
    switch (this.#state.kind) {
      case "greeting":
        return this.#onGreeting(bytes);
      case "flags":
        return this.#onFlags(bytes[0]!);
      case "length":
        return this.#onLength(bytes, this.#state.flags);
      case "body":
        return this.#onBody(bytes, this.#state.flags);
    }
  }

  #want(state: State, bytes: number): void {
    this.#state = state;
    this.#wanted = new Uint8Array(bytes);
    this.#length = 0;
  }

  #onGreeting(bytes: Uint8Array): void {
    const mechanism = decoder.decode(bytes.subarray(12, 32)).replace(/\0.*$/s, "");
    if (mechanism === "NULL") return this.#want({ kind: "flags" }, 1);
    const shown = /^[A-Z0-9]{1,20}$/.test(mechanism) ? ` (${mechanism})` : "";
    this.#fail(`asks for a password or a key${shown}, which is not supported`);
  }

  #onFlags(flags: number): void {
    if (flags > (MORE | LONG | COMMAND)) return this.#fail(MALFORMED);
    this.#want({ kind: "length", flags }, (flags & LONG) === 0 ? 1 : 8);
  }

  #onLength(bytes: Uint8Array, flags: number): void {
    const view = viewOf(bytes);
    const length = bytes.length === 1
      ? view.getUint8(0)
      : view.getUint32(0) * 2 ** 32 + view.getUint32(4);
    if (!Number.isSafeInteger(length)) return this.#fail(MALFORMED);
    if ((flags & COMMAND) !== 0) {
      if (length > MAX_COMMAND_BYTES || length === 0) return this.#fail(MALFORMED);
      return this.#want({ kind: "body", flags }, length);
    }
    if (!this.#isReady) return this.#fail(MALFORMED);
    this.#partBytes += length;
    this.#isSkipping ||= this.#partBytes > MAX_ZMTP_BYTES || this.#parts.length === MAX_PARTS;
    if (this.#isSkipping) {
      this.#parts = [];
      this.#state = { kind: "body", flags };
      this.#toSkip = length;
      if (length === 0) this.#endPart(flags);
      return;
    }
    this.#want({ kind: "body", flags }, length);
    if (length === 0) this.#step();
  }

  #onBody(bytes: Uint8Array, flags: number): void {
    if ((flags & COMMAND) !== 0) {
      this.#onCommand(bytes);
      return this.#want({ kind: "flags" }, 1);
    }
    this.#parts.push(bytes);
    this.#endPart(flags);
  }

  #endPart(flags: number): void {
    this.#want({ kind: "flags" }, 1);
    if ((flags & MORE) !== 0) return;
    this.#messages.push(this.#isSkipping ? undefined : this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    this.#isSkipping = false;
  }

  #onCommand(body: Uint8Array): void {
    const nameEnd = 1 + body[0]!;
    const name = decoder.decode(body.subarray(1, nameEnd));
    const data = body.subarray(nameEnd);
    if (name === "READY") return this.#onReady(data);
    // The time after which the publisher gives up comes first.
    if (name === "PING") return this.#sendFrame(COMMAND, command("PONG", data.subarray(2)));
    if (name === "ERROR") this.#fail("refuses the connection");
  }

  #onReady(data: Uint8Array): void {
    if (this.#isReady) return;
    const type = socketTypeOf(data);
    const own = type === "PUSH" ? "PULL" : type === "PUB" || type === "XPUB" ? "SUB" : undefined;
    if (own === undefined) {
      const shown = type !== undefined && /^[A-Z]{1,10}$/.test(type)
        ? `a ${type} socket`
        : "no socket";
      return this.#fail(`is ${shown}; a PUSH or PUB socket is needed`);
    }
    this.#isReady = true;
    this.#sendFrame(COMMAND, command("READY", property("Socket-Type", own)));
    // To all topics.
    if (own === "SUB") this.#sendFrame(0, Uint8Array.of(1));
  }

  #sendFrame(flags: number, body: Uint8Array): void {
    // Commands from here are short, except for an answer to a long PING.
    if (body.length <= 0xff) this.#send.push(concat(Uint8Array.of(flags, body.length), body));
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#parts = [];
    this.#wanted = new Uint8Array();
  }
}

const MALFORMED = "sends bytes that are not ZeroMQ's protocol (ZMTP)";

function command(name: string, data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(name.length), encoder.encode(name), data);
}

function property(name: string, value: string): Uint8Array {
  const length = new Uint8Array(4);
  viewOf(length).setUint32(0, value.length);
  return concat(Uint8Array.of(name.length), encoder.encode(name), length, encoder.encode(value));
}

/** Reads the properties of READY; undefined when the socket's type is not among them. */
function socketTypeOf(data: Uint8Array): string | undefined {
  const view = viewOf(data);
  for (let at = 0; at < data.length;) {
    const nameEnd = at + 1 + data[at]!;
    if (nameEnd + 4 > data.length) return undefined;
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd);
    const name = decoder.decode(data.subarray(at + 1, nameEnd));
    if (name.toLowerCase() === "socket-type") {
      return decoder.decode(data.subarray(nameEnd + 4, valueEnd));
    }
    at = valueEnd;
  }
}
