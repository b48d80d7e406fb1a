import { type Address, addressKey } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import { CHALLENGE_BYTES, type PathResponse } from "../../../shared/rtcp/path_check.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { RateLimit } from "../limits/rate_limit.ts";
import type { Session } from "../sessions/sessions.ts";

/** A challenge is repeated, when reports go on to come, no more often than this. */
const REPEAT_MILLIS: Millis = 200;
/** An answer takes a round trip; later ones are of no use. */
const LIFETIME_MILLIS: Millis = 3000;
/** Addresses that one listener may be asked at: a forger can't keep the true one out for long. */
const MAX_ADDRESSES = 4;
/** Challenges a second, to all listeners together. */
const CHALLENGES_PER_SECOND = 500;

interface Challenge {
  readonly addressKey: string;
  readonly challenge: Uint8Array;
  readonly sentAt: Millis;
}

/**
 * Whether a listener is at the address that reports in its name come from (RFC 9000 section 8.2):
 * its NAT may have given it another, or somebody else forges. Until it has answered, nothing but a
 * challenge goes there, and that no longer than what came.
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
   * Something came in the session's name from another address than its own.
   *
   * @param allowance how many bytes came, which is how many may go back.
   * @returns the challenge to be sent to that address, if one is due.
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
    // The same bytes again, so that an answer to the first of two is good as well.
    const challenge = last?.challenge ?? this.#rng.bytes(CHALLENGE_BYTES);
    const message = { type: "pathChallenge", ssrc: this.#hostSsrc, challenge } as const;
    const packet = session.seal(serializeRtcp([message]));
    if (packet.length > allowance || !this.#limit.take(now)) return undefined;
    const others = pending.filter((other) => other !== last);
    this.#pending.set(session, [...others, { addressKey: key, challenge, sentAt: now }]);
    return packet;
  }

  /** @returns whether the response shows that the session is at that address now. */
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
