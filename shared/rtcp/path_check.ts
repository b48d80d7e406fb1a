import { viewOf } from "../core/bytes.ts";
import type { AppPacket } from "./app_packet.ts";

/** Asks whoever is at an address to show that it is a listener that was let in (RTCP APP "PCHL"). */
export interface PathChallenge {
  readonly type: "pathChallenge";
  /** The host's. */
  readonly ssrc: number;
  /** {@linkcode CHALLENGE_BYTES} that nobody can guess. */
  readonly challenge: Uint8Array;
}

/** Its answer, from the address in question (RTCP APP "PRSP"). */
export interface PathResponse {
  readonly type: "pathResponse";
  /** The listener's. */
  readonly ssrc: number;
  readonly challenge: Uint8Array;
  /** What the ACCEPT said, and what nobody off the path knows. */
  readonly connectionId: bigint;
}

export const CHALLENGE_BYTES = 8;
const CONNECTION_ID_BYTES = 8;
const NAMES = { pathChallenge: "PCHL", pathResponse: "PRSP" } as const;

export function packPathMessage(message: PathChallenge | PathResponse): AppPacket {
  const { type, ssrc, challenge } = message;
  const name = NAMES[type];
  if (type === "pathChallenge") return { ssrc, name, data: challenge };
  const data = new Uint8Array(CHALLENGE_BYTES + CONNECTION_ID_BYTES);
  data.set(challenge);
  viewOf(data).setBigUint64(CHALLENGE_BYTES, message.connectionId);
  return { ssrc, name, data };
}

/** @returns undefined for an APP packet of another name or size: it is not ours. */
export function unpackPathMessage(
  { ssrc, name, data }: AppPacket,
): PathChallenge | PathResponse | undefined {
  const challenge = data.slice(0, CHALLENGE_BYTES);
  if (name === NAMES.pathChallenge && data.length === CHALLENGE_BYTES) {
    return { type: "pathChallenge", ssrc, challenge };
  }
  if (name === NAMES.pathResponse && data.length === CHALLENGE_BYTES + CONNECTION_ID_BYTES) {
    const connectionId = viewOf(data).getBigUint64(CHALLENGE_BYTES);
    return { type: "pathResponse", ssrc, challenge, connectionId };
  }
}
