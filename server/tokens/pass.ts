import type { Millis, WallMillis } from "../../shared/core/units.ts";
import { RejectCode } from "../../shared/admission/admission.ts";

export type Role = "listener" | "reporter";

/** The content of a signed token. Nothing here is secret. */
export interface Pass {
  /** The id of the token. */
  readonly id: string;
  /** The name the token was made for. */
  readonly name: string;
  /** The public key of the issuer, who signed the token. */
  readonly issuer: string;
  readonly role: Role;
  /** The person's id in the directory that made the token; absent for a token of `token make`. */
  readonly person?: string;
  /** How many listeners may use the token at the same time. */
  readonly seats: number;
  /** The token is valid from this time on. */
  readonly notBefore?: WallMillis;
  /** The token is valid before this time. */
  readonly expiresAt?: WallMillis;
}

/** Why a listener is rejected, or its session ended. */
export interface Refusal {
  readonly code: RejectCode;
  /** For people; contains no token. */
  readonly reason: string;
  /** 0 or absent when a retry is useless. */
  readonly retryAfterMillis?: Millis;
}

/** Checks a pass against the current register. @returns why the pass is no longer valid, if so. */
export type PassReview = (pass: Pass) => Refusal | undefined;

/** The retry time has 32 bits on the wire, in milliseconds. */
const LONGEST_RETRY_MILLIS: Millis = 0xffff_ffff;
/** A listener that crashed keeps its place until the host notices its silence. */
const SEAT_RETRY_MILLIS: Millis = 5000;

/**
 * @param leeway how long before `notBefore` the pass is already accepted.
 * @returns why the pass is not valid at that time of day, if so.
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

/**
 * @param taken number of other listeners with the same pass.
 * @returns the refusal when the pass admits no further listener.
 */
export function refuseBySeats({ seats }: Pass, taken: number): Refusal | undefined {
  if (taken < seats) return undefined;
  const reason = seats === 1
    ? "the token's only seat is taken"
    : `all ${seats} seats of the token are taken`;
  return { code: RejectCode.overload, reason, retryAfterMillis: SEAT_RETRY_MILLIS };
}
