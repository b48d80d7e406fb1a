import type { Millis, WallMillis } from "../../shared/core/units.ts";
import { RejectCode } from "../../shared/admission/admission.ts";

export type Role = "listener" | "reporter";

/** What a signed token says of whoever shows it; nothing here is secret. */
export interface Pass {
  /** The token's. */
  readonly id: string;
  /** Whom it was made for. */
  readonly name: string;
  /** The public key of who signed it. */
  readonly issuer: string;
  readonly role: Role;
  /** How many listeners it lets in at the same time. */
  readonly seats: number;
  /** It is good from here on. */
  readonly notBefore?: WallMillis;
  /** It is good until here. */
  readonly expiresAt?: WallMillis;
}

/** Why somebody is not let in, or not left in. */
export interface Refusal {
  readonly code: RejectCode;
  /** For people; it holds no token. */
  readonly reason: string;
  /** 0 or absent: asking again will not help. */
  readonly retryAfterMillis?: Millis;
}

/** What the issuer says of a pass now. @returns why it is no longer good, if so. */
export type PassReview = (pass: Pass) => Refusal | undefined;

/** The retry time has 32 bits on the wire. */
const LONGEST_RETRY_MILLIS: Millis = 0xffff_ffff;
/** A listener that crashed keeps its seat until its silence is noticed. */
const SEAT_RETRY_MILLIS: Millis = 5000;

/**
 * @param leeway how much before its beginning it is good already.
 * @returns why the pass is not good at that time of day, if so.
 */
export function refuseByTime(
  { notBefore, expiresAt }: Pass,
  wallNow: WallMillis,
  leeway: Millis = 0,
): Refusal | undefined {
  if (wallNow >= (expiresAt ?? Infinity)) {
    return { code: RejectCode.expired, reason: "the token has expired" };
  }
  const wait = (notBefore ?? -Infinity) - wallNow - leeway;
  if (wait <= 0) return undefined;
  const retryAfterMillis = Math.min(Math.ceil(wait), LONGEST_RETRY_MILLIS);
  return { code: RejectCode.forbidden, reason: "the token is not valid yet", retryAfterMillis };
}

/** @param taken how many others are in with the same pass. */
export function refuseBySeats({ seats }: Pass, taken: number): Refusal | undefined {
  if (taken < seats) return undefined;
  const reason = seats === 1
    ? "the token's only seat is taken"
    : `all ${seats} seats of the token are taken`;
  return { code: RejectCode.overload, reason, retryAfterMillis: SEAT_RETRY_MILLIS };
}
