import type { AcceptKeys } from "../../../shared/admission/accept_keys.ts";
import {
  type AcceptInfo,
  type AcceptMessage,
  type AdmissionMessage,
  type ChannelInfo,
  MAX_COOKIE_BYTES,
  MAX_TEAM_NAME_BYTES,
} from "../../../shared/admission/admission.ts";

export const clientRandom = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
export const cookie = new Uint8Array(MAX_COOKIE_BYTES).fill(0xc0);

/** Each field as long as it gets. */
export const audio: ChannelInfo = {
  channel: "audio",
  kind: "paced",
  codec: "opus",
  ssrc: 0xffff_ffff,
  payloadType: 127,
  clockRate: 90_000,
  sequenceBase: 65_535,
  nextSequence: 2 ** 48,
  timestampBase: 0xffff_ffff,
  aheadMillis: 60_000,
  sampleRate: 48_000,
  channelCount: 2,
  description: "T3B1c0hlYWQBAjgBgLsAAAAAAA==",
};
/** Where packets go that are sent again, and parity. */
const side = { ssrc: 0xffff_ffff, payloadType: 127, nextSequence: 2 ** 40 };
const { sampleRate: _rate, channelCount: _count, description: _head, ...plain } = audio;
export const acceptInfo: AcceptInfo = {
  listenerSsrc: 0xffff_ffff,
  keepaliveMillis: 60_000,
  channels: [
    { ...audio, rtx: side, fec: side },
    { ...plain, channel: "events", kind: "ordered", codec: "json", rtx: side },
  ],
  broadcastId: "0123456789abcdef",
  match: { home: "x".repeat(MAX_TEAM_NAME_BYTES), away: "é".repeat(MAX_TEAM_NAME_BYTES / 2) },
  timeline: { count: 2 ** 32, score: "999 x 999" },
  srtcpIndex: 0x7fff_ffff,
};
const keys: AcceptKeys = {
  signingKey: new Uint8Array(32).fill(0xff),
  epochs: [0xffff_fffe, 0xffff_ffff].map((epoch) => ({
    epoch,
    key: new Uint8Array(28).fill(0xee),
  })),
};
/** The longest there is. */
export const accept: AcceptMessage = {
  type: "accept",
  clientRandom,
  connectionId: 0xffff_ffff_ffff_fffen,
  keys,
  info: acceptInfo,
};
/** One of each kind, with everything that it may say or as little. */
export const MESSAGES: readonly AdmissionMessage[] = [
  { type: "hello", clientRandom },
  { type: "retry", clientRandom, cookie },
  { type: "retry", clientRandom, cookie, hostKey: new Uint8Array(32).fill(0x4b) },
  { type: "join", clientRandom, cookie, info: { name: "Ana", token: "t-_.~" } },
  {
    type: "sealedJoin",
    clientRandom,
    cookie,
    encapsulated: new Uint8Array(32).fill(0xe),
    ciphertext: new Uint8Array(100).fill(0xc),
  },
  accept,
  { type: "accept", clientRandom, connectionId: 1n, info: acceptInfo },
  {
    type: "answer",
    clientRandom,
    nonce: new Uint8Array(16).fill(9),
    ciphertext: new Uint8Array(100).fill(0xc),
  },
  { type: "reject", clientRandom, code: 1402, retryAfterMillis: 5000, reason: "lotação esgotada" },
];
