/*
 * The messages with which a listener joins a broadcast, and the join link.
 *
 * In: a datagram. Out: the message in it; or the other way round.
 *
 * The listener sends HELLO, the host answers RETRY with a cookie that proves the address, the listener
 * sends JOIN with its token, and the host answers ACCEPT (or REJECT). This file reads and writes these
 * messages; admission_info.ts has the JSON in a JOIN, accept_body.ts the binary body of an ACCEPT with the
 * numbers of each channel (channel_numbers.ts), channel_description.ts what a message tells of a channel,
 * accept_keys.ts the keys, and join_link.ts the `streamer://` link. The wire format is in shared/README.md.
 * Read next: client/joining and server/edge/admission, which exchange the messages.
 */

import { concat, viewOf } from "../core/bytes.ts";
import { MAX_DATAGRAM_BYTES } from "../core/units.ts";
import { ANSWER_NONCE_BYTES } from "../secrecy/answer_seal.ts";
import { TAG_BYTES } from "../secrecy/ciphers.ts";
import { ENCAPSULATED_BYTES, HOST_KEY_BYTES } from "../secrecy/join_sealing.ts";
import { type AcceptBody, parseAcceptBody, serializeAcceptBody } from "./accept_body.ts";
import type { AcceptKeys } from "./accept_keys.ts";
import { type JoinInfo, parseJoinInfo, serializeJoinInfo } from "./admission_info.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

export * from "./admission_info.ts";
export type { ChannelInfo } from "./channel_description.ts";

/**
 * Every message is `type (1) | version (1) | client random (16) | body`. A listener chooses its client
 * random once and keeps it when it repeats a JOIN.
 */
export const ADMISSION_VERSION = 2;
export const CLIENT_RANDOM_BYTES = 16;
export const MAX_COOKIE_BYTES = 64;
const HEADER_BYTES = 2 + CLIENT_RANDOM_BYTES;

const MessageType = { hello: 64, retry: 65, join: 66, accept: 67, reject: 68, answer: 69 } as const;

/** Whether the info of a JOIN is in clear or sealed. */
const JoinMode = { plain: 0, sealed: 1 } as const;

export type AdmissionMessage =
  | { readonly type: "hello"; readonly clientRandom: Uint8Array }
  | {
    readonly type: "retry";
    readonly clientRandom: Uint8Array;
    readonly cookie: Uint8Array;
    /** {@linkcode HOST_KEY_BYTES}; absent when the broadcast is not encrypted. */
    readonly hostKey?: Uint8Array;
  }
  | {
    readonly type: "join";
    readonly clientRandom: Uint8Array;
    readonly cookie: Uint8Array;
    readonly info: JoinInfo;
  }
  | SealedJoinMessage
  | AcceptMessage
  | RejectMessage
  | SealedAnswerMessage;

/** What an ACCEPT tells a listener, apart from its connection and the keys. */
export type AcceptInfo = Omit<AcceptBody, "connectionId" | "keys">;

export interface AcceptMessage {
  readonly type: "accept";
  readonly clientRandom: Uint8Array;
  readonly connectionId: bigint;
  /** Absent when the broadcast is not encrypted. */
  readonly keys?: AcceptKeys;
  readonly info: AcceptInfo;
}

export interface RejectMessage {
  readonly type: "reject";
  readonly clientRandom: Uint8Array;
  readonly code: number;
  readonly retryAfterMillis: number;
  readonly reason: string;
}

/** A JOIN whose {@linkcode JoinInfo} is sealed to the host. */
export interface SealedJoinMessage {
  readonly type: "sealedJoin";
  readonly clientRandom: Uint8Array;
  readonly cookie: Uint8Array;
  /** {@linkcode ENCAPSULATED_BYTES} */
  readonly encapsulated: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** An ACCEPT or REJECT that is sealed to the listener. */
export interface SealedAnswerMessage {
  readonly type: "answer";
  readonly clientRandom: Uint8Array;
  /** {@linkcode ANSWER_NONCE_BYTES} */
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Writes a message; a HELLO is padded to {@linkcode MAX_DATAGRAM_BYTES} (RFC 9000 section 8.1). */
export function serializeAdmission(message: AdmissionMessage): Uint8Array {
  const body = serializeBody(message);
  const length = message.type === "hello" ? MAX_DATAGRAM_BYTES : HEADER_BYTES + body.length;
  if (length > MAX_DATAGRAM_BYTES) {
    throw new RangeError(`A ${message.type} of ${length} bytes does not fit a datagram`);
  }
  const datagram = new Uint8Array(length);
  writeHeader(datagram, typeOf(message), message.clientRandom);
  datagram.set(body, HEADER_BYTES);
  return datagram;
}

/** The associated data of a sealed JOIN: everything before its encapsulated key. */
export function joinAssociated(clientRandom: Uint8Array, cookie: Uint8Array): Uint8Array {
  const associated = new Uint8Array(HEADER_BYTES + cookie.length + 2);
  writeHeader(associated, MessageType.join, clientRandom);
  associated[HEADER_BYTES] = cookie.length;
  associated.set(cookie, HEADER_BYTES + 1);
  associated[associated.length - 1] = JoinMode.sealed;
  return associated;
}

/** The associated data of a sealed answer: its header. */
export function answerAssociated(clientRandom: Uint8Array): Uint8Array {
  return headerOf(MessageType.answer, clientRandom);
}

/** The plaintext of a sealed answer: the type of an ACCEPT or REJECT, then its body. */
export function serializeSealedAnswer(message: AcceptMessage | RejectMessage): Uint8Array {
  return concat(Uint8Array.of(MessageType[message.type]), serializeBody(message));
}

export function parseSealedAnswer(
  clientRandom: Uint8Array,
  plaintext: Uint8Array,
): Parsed<AcceptMessage | RejectMessage> {
  const message = parseAdmission(
    concat(headerOf(plaintext[0] ?? 0, clientRandom), plaintext.subarray(1)),
  );
  if (!message.ok) return message;
  const { type } = message.value;
  const isAnswer = type === "accept" || type === "reject";
  return isAnswer ? parsed(message.value) : junk("malformedAdmission");
}

function typeOf({ type }: AdmissionMessage): number {
  return MessageType[type === "sealedJoin" ? "join" : type];
}

function headerOf(type: number, clientRandom: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  writeHeader(header, type, clientRandom);
  return header;
}

/** A client random of another length is cut, or filled with zeros. */
function writeHeader(datagram: Uint8Array, type: number, clientRandom: Uint8Array): void {
  datagram[0] = type;
  datagram[1] = ADMISSION_VERSION;
  datagram.set(clientRandom.subarray(0, CLIENT_RANDOM_BYTES), 2);
}

function joinHead(cookie: Uint8Array, mode: number): Uint8Array {
  return concat(Uint8Array.of(cookie.length), cookie, Uint8Array.of(mode));
}

/**
 * Reads a message; no part of it is a view of `datagram`. An unknown version is "unsupportedVersion",
 * so that the host can answer 1505.
 */
export function parseAdmission(datagram: Uint8Array): Parsed<AdmissionMessage> {
  if (datagram.length < HEADER_BYTES) return junk("malformedAdmission");
  if (datagram[1] !== ADMISSION_VERSION) return junk("unsupportedVersion");
  // One copy, of which all parts are views.
  const copy = datagram.slice();
  const clientRandom = copy.subarray(2, HEADER_BYTES);
  try {
    const message = parseBody(copy, clientRandom, copy.subarray(HEADER_BYTES));
    return message ? parsed(message) : junk("malformedAdmission");
  } catch {
    return junk("malformedAdmission");
  }
}

/** The client random of a JOIN of this version, in hexadecimal; undefined for all else. Reads no more than that. */
export function clientOfJoin(datagram: Uint8Array): string | undefined {
  const isJoin = datagram[0] === MessageType.join && datagram[1] === ADMISSION_VERSION &&
    datagram.length > HEADER_BYTES;
  return isJoin ? datagram.subarray(2, HEADER_BYTES).toHex() : undefined;
}

/** @param datagram of which {@linkcode clientOfJoin} gave the client. */
export function hasCookie(datagram: Uint8Array, cookie: Uint8Array): boolean {
  const start = HEADER_BYTES + 1;
  if (datagram[HEADER_BYTES] !== cookie.length) return false;
  for (let index = 0; index < cookie.length; index++) {
    if (datagram[start + index] !== cookie[index]) return false;
  }
  return true;
}

/** The client random of any admission datagram, whatever its version; undefined when too short. */
export function clientRandomOf(datagram: Uint8Array): Uint8Array | undefined {
  return datagram.length < HEADER_BYTES ? undefined : datagram.slice(2, HEADER_BYTES);
}

function serializeBody(message: AdmissionMessage): Uint8Array {
  switch (message.type) {
    case "hello":
      return new Uint8Array(0);
    case "retry":
      return concat(
        Uint8Array.of(message.cookie.length),
        message.cookie,
        message.hostKey ?? new Uint8Array(0),
      );
    case "join":
      return concat(joinHead(message.cookie, JoinMode.plain), serializeJoinInfo(message.info));
    case "sealedJoin": {
      const { cookie, encapsulated, ciphertext } = message;
      return concat(joinHead(cookie, JoinMode.sealed), encapsulated, ciphertext);
    }
    case "answer":
      return concat(message.nonce, message.ciphertext);
    case "accept": {
      const { connectionId, keys, info } = message;
      return serializeAcceptBody({ connectionId, ...(keys && { keys }), ...info });
    }
    case "reject": {
      const head = new Uint8Array(6);
      new DataView(head.buffer).setUint16(0, message.code);
      new DataView(head.buffer).setUint32(2, message.retryAfterMillis);
      return concat(head, encoder.encode(message.reason));
    }
  }
}

function parseBody(
  datagram: Uint8Array,
  clientRandom: Uint8Array,
  body: Uint8Array,
): AdmissionMessage | undefined {
  switch (datagram[0]) {
    case MessageType.hello:
      // A shorter HELLO would get an answer that is larger than itself (amplification).
      return datagram.length === MAX_DATAGRAM_BYTES ? { type: "hello", clientRandom } : undefined;
    case MessageType.retry:
      return parseRetry(clientRandom, body);
    case MessageType.join:
      return parseJoin(clientRandom, body);
    case MessageType.accept:
      return parseAccept(clientRandom, body);
    case MessageType.reject:
      return parseReject(clientRandom, body);
    case MessageType.answer:
      return parseAnswer(clientRandom, body);
  }
}

/** The cookie at the beginning of `body`, and the rest. */
function readCookie(body: Uint8Array) {
  const length = body[0] ?? 0;
  const isCookie = length > 0 && length <= MAX_COOKIE_BYTES && body.length > length;
  return isCookie
    ? { cookie: body.subarray(1, 1 + length), rest: body.subarray(1 + length) }
    : undefined;
}

function parseRetry(clientRandom: Uint8Array, body: Uint8Array): AdmissionMessage | undefined {
  const read = readCookie(body);
  if (!read) return undefined;
  const { cookie, rest: hostKey } = read;
  if (hostKey.length === 0) return { type: "retry", clientRandom, cookie };
  return hostKey.length === HOST_KEY_BYTES
    ? { type: "retry", clientRandom, cookie, hostKey }
    : undefined;
}

function parseJoin(clientRandom: Uint8Array, body: Uint8Array): AdmissionMessage | undefined {
  const read = readCookie(body);
  if (!read) return undefined;
  const { cookie, rest } = read;
  const content = rest.subarray(1);
  switch (rest[0]) {
    case JoinMode.plain: {
      const info = parseJoinInfo(content);
      return info.ok ? { type: "join", clientRandom, cookie, info: info.value } : undefined;
    }
    case JoinMode.sealed: {
      if (content.length < ENCAPSULATED_BYTES + TAG_BYTES) return undefined;
      const encapsulated = content.subarray(0, ENCAPSULATED_BYTES);
      const ciphertext = content.subarray(ENCAPSULATED_BYTES);
      return { type: "sealedJoin", clientRandom, cookie, encapsulated, ciphertext };
    }
  }
}

function parseAnswer(clientRandom: Uint8Array, body: Uint8Array): AdmissionMessage | undefined {
  if (body.length < ANSWER_NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = body.subarray(0, ANSWER_NONCE_BYTES);
  return { type: "answer", clientRandom, nonce, ciphertext: body.subarray(ANSWER_NONCE_BYTES) };
}

function parseAccept(clientRandom: Uint8Array, bytes: Uint8Array): AdmissionMessage | undefined {
  const body = parseAcceptBody(bytes);
  if (!body.ok) return undefined;
  const { connectionId, keys, ...info } = body.value;
  return { type: "accept", clientRandom, connectionId, ...(keys && { keys }), info };
}

function parseReject(clientRandom: Uint8Array, body: Uint8Array): AdmissionMessage {
  const view = viewOf(body);
  const code = view.getUint16(0);
  const retryAfterMillis = view.getUint32(2);
  return {
    type: "reject",
    clientRandom,
    code,
    retryAfterMillis,
    reason: decoder.decode(body.subarray(6)),
  };
}

/** A JOIN from an address that its cookie has proven. */
export type Join = Extract<AdmissionMessage, { type: "join" | "sealedJoin" }>;
