import { type Address, addressKey } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import { CHALLENGE_BYTES, type PathResponse } from "../../../shared/rtcp/app_messages.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { RateLimit } from "../limits/rate_limit.ts";
import type { Session } from "../sessions/sessions.ts";

/** A challenge is repeated for further reports, but no more often than this. */
const REPEAT_MILLIS: Millis = 200;
/** A response takes one round trip; later ones are ignored. */
const LIFETIME_MILLIS: Millis = 3000;
/** Addresses that are challenged for one listener at a time; a forger can fill them for one lifetime only. */
const MAX_ADDRESSES = 4;
/** Challenges per second, to all listeners together. */
const CHALLENGES_PER_SECOND = 500;

interface Challenge {
  readonly addressKey: string;
  readonly challenge: Uint8Array;
  readonly sentAt: Millis;
}

/**
 * Checks whether a listener is at the new address from which reports in its name come (RFC 9000 section
 * 8.2): its NAT may have chosen another one, or the reports are forged. Until the challenge is answered,
 * nothing else is sent there, and the challenge is no longer than what came.
 */
export class PathChallenges {
  readonly #rng: Rng;
  readonly #hostSsrc: number;
  readonly #limit: RateLimit;
  readonly #pending = new WeakMap<Session, readonly Challenge[]>();

  constructor(rng: Rng, hostSsrc: number, now: Millis) {
    this.#rng = rng;
    this.#hostSsrc = hostSsrc;
    this.#limit = new RateLimit(CHALLENGES_PER_SECOND, CHALLENGES_PER_SECOND / 2, now);
  }

  /**
   * A datagram came in the session's name from another address than its own.
   *
   * @param allowance the length of that datagram in bytes; the challenge is no longer.
   * @returns the challenge to send to that address, if one is due.
   */
  challenge(
    session: Session,
    from: Address,
    allowance: number,
    now: Millis,
  ): Uint8Array | undefined {
    const pending = this.#fresh(session, now);
    const key = addressKey(from);
    const last = pending.findLast((challenge) => challenge.addressKey === key);
    if (last && now - last.sentAt < REPEAT_MILLIS) return undefined;
    const addresses = new Set(pending.map((challenge) => challenge.addressKey));
    if (!last && addresses.size >= MAX_ADDRESSES) return undefined;
    // The same bytes again, so that a response to an earlier copy is valid as well.
    const challenge = last?.challenge ?? this.#rng.bytes(CHALLENGE_BYTES);
    const message = { type: "pathChallenge", ssrc: this.#hostSsrc, challenge } as const;
    const packet = session.seal(serializeRtcp([message]));
    if (packet.length > allowance || !this.#limit.take(now)) return undefined;
    const others = pending.filter((other) => other !== last);
    this.#pending.set(session, [...others, { addressKey: key, challenge, sentAt: now }]);
    return packet;
  }

  /** @returns whether the response proves that the session is at that address now. */
  isProven(session: Session, from: Address, response: PathResponse, now: Millis): boolean {
    const key = addressKey(from);
    const asked = this.#fresh(session, now).find((challenge) => challenge.addressKey === key);
    const isRight = asked !== undefined && response.connectionId === session.connectionId &&
      asked.challenge.every((byte, index) => byte === response.challenge[index]);
    if (isRight) this.#pending.delete(session);
    return isRight;
  }

  #fresh(session: Session, now: Millis): readonly Challenge[] {
    const pending = this.#pending.get(session) ?? [];
    return pending.filter(({ sentAt }) => now - sentAt <= LIFETIME_MILLIS);
  }
}
