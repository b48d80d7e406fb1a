import {
  type AcceptInfo,
  type AcceptMessage,
  type AdmissionMessage,
  MAX_COOKIE_BYTES,
} from "../../../shared/admission/admission.ts";
import { LONGEST_BODY, SHORTEST_BODY } from "./accept_bodies.ts";

export const clientRandom = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
export const cookie = new Uint8Array(MAX_COOKIE_BYTES).fill(0xc0);

const { connectionId, keys, ...longest } = LONGEST_BODY;
/** Each field as long as it gets. */
export const acceptInfo: AcceptInfo = longest;
/** The longest there is. */
export const accept: AcceptMessage = {
  type: "accept",
  clientRandom,
  connectionId,
  keys,
  info: acceptInfo,
};
const { connectionId: _id, ...shortest } = SHORTEST_BODY;
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
  { type: "accept", clientRandom, connectionId: 1n, info: shortest },
  {
    type: "answer",
    clientRandom,
    nonce: new Uint8Array(16).fill(9),
    ciphertext: new Uint8Array(100).fill(0xc),
  },
  { type: "reject", clientRandom, code: 1402, retryAfterMillis: 5000, reason: "lotação esgotada" },
];
