import type { Millis } from "../../../shared/core/units.ts";

/** The kinds of refusals, each with its status of HTTP (RFC 9110, RFC 6585). */
export const STATUS = {
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  unknown: 404,
  conflict: 409,
  "too-large": 413,
  unprocessable: 422,
  "too-many": 429,
  failed: 500,
  unavailable: 503,
} as const;
export type RefusalKind = keyof typeof STATUS;

export interface Refused {
  readonly ok: false;
  readonly kind: RefusalKind;
  /** For programs. */
  readonly code: string;
  /** What is wrong and what to do, for people. */
  readonly detail: string;
  /** When a retry may succeed. */
  readonly retryAfterMillis?: Millis;
}

export type Answer<Value> = { readonly ok: true; readonly value: Value } | Refused;

export function answer(): Answer<void>;
export function answer<Value>(value: Value): Answer<Value>;
export function answer(value?: unknown): Answer<unknown> {
  return { ok: true, value };
}

export function refuse(
  kind: RefusalKind,
  code: string,
  detail: string,
  retryAfterMillis?: Millis,
): Refused {
  return {
    ok: false,
    kind,
    code,
    detail,
    ...(retryAfterMillis !== undefined && { retryAfterMillis }),
  };
}
