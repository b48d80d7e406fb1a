import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../../shared/directory/forms.ts";
import { refuse, type Refused, STATUS } from "../core/answer.ts";

const TITLES: Readonly<Record<Refused["kind"], string>> = {
  malformed: "The request can't be read",
  unauthorized: "An access token is needed",
  forbidden: "Not allowed",
  unknown: "Not found",
  conflict: "Not possible at the moment",
  "too-large": "The body is too large",
  unprocessable: "A value is not acceptable",
  "too-many": "Too many requests",
  failed: "The directory failed",
  unavailable: "The directory can't store this at the moment",
};

/** An answer with an error: `application/problem+json` (RFC 9457). */
export function problem(context: Context, refused: Refused): Response {
  const headers = problemHeaders(refused);
  const body = JSON.stringify(problemBody(refused, context.get("requestId")));
  return context.body(body, STATUS[refused.kind] as ContentfulStatusCode, headers);
}

/** The same for what is no valid HTTP, which no route sees. */
export function invalidRequest(status: number, requestId: string): Response {
  const body = { ...problemBody(INVALID, requestId), status };
  const headers = { ...problemHeaders(INVALID), "x-request-id": requestId };
  return new Response(JSON.stringify(body), { status, headers });
}

const INVALID = refuse(
  "malformed",
  "not-http",
  "This is not a valid request of HTTP/1.1 with a body of a told length or in chunks",
);

function problemBody({ kind, code, detail }: Refused, requestId: string): Problem {
  return {
    type: `urn:streamer:problem:${code}`,
    title: TITLES[kind],
    status: STATUS[kind],
    detail,
    code,
    instance: `urn:streamer:request:${requestId}`,
  };
}

/** With when to come again and how to identify (RFC 9110 sections 10.2.3 and 11.6.1). */
function problemHeaders({ kind, retryAfterMillis }: Refused): Record<string, string> {
  return {
    "content-type": "application/problem+json",
    ...(retryAfterMillis !== undefined && { "retry-after": toSeconds(retryAfterMillis) }),
    ...(kind === "unauthorized" && { "www-authenticate": 'Bearer realm="streamer directory"' }),
  };
}

function toSeconds(millis: number): string {
  return String(Math.max(1, Math.ceil(millis / 1000)));
}
