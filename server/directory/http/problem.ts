import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../../shared/directory/forms.ts";
import { type Refused, STATUS } from "../core/answer.ts";

const TITLES: Readonly<Record<Refused["kind"], string>> = {
  malformed: "The request can't be read",
  unauthorized: "An access token is needed",
  forbidden: "Not allowed",
  unknown: "Not found",
  "wrong-method": "Method not allowed",
  conflict: "Not possible at the moment",
  "too-large": "The body is too large",
  unprocessable: "A value is not acceptable",
  "too-many": "Too many requests",
  failed: "The directory failed",
  unavailable: "The directory can't store this at the moment",
};

/** An answer with an error: `application/problem+json` (RFC 9457). */
export function problem(context: Context, refused: Refused): Response {
  const { kind, code, detail, retryAfterMillis } = refused;
  const status = STATUS[kind];
  const body: Problem = {
    type: `urn:streamer:problem:${code}`,
    title: TITLES[kind],
    status,
    detail,
    code,
    instance: `urn:streamer:request:${context.get("requestId")}`,
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  // RFC 9110 sections 10.2.3 and 11.6.1.
  if (retryAfterMillis !== undefined) headers["retry-after"] = toSeconds(retryAfterMillis);
  if (kind === "unauthorized") headers["www-authenticate"] = 'Bearer realm="streamer directory"';
  return context.body(JSON.stringify(body), status as ContentfulStatusCode, headers);
}

function toSeconds(millis: number): string {
  return String(Math.max(1, Math.ceil(millis / 1000)));
}
