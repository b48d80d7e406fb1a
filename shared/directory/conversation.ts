import * as v from "valibot";
import { ProblemSchema } from "./forms.ts";
import { plainText } from "../text/plain_text.ts";

/** Of what a directory says, in UTF-16 units. */
const MAX_LINE_LENGTH = 300;

/** A request to a directory. */
export interface DirectoryRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From the directory's address on, without a slash before: `v1/broadcasts?q=final`. */
  readonly path: string;
  /** JSON. */
  readonly body?: object;
  /** Of a session; secret. */
  readonly accessToken?: string;
}

/** What came of a request. */
export type DirectoryReply =
  /** @property body undefined when it is empty, or no JSON. */
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown }
  /** Nothing came. @property reason for people, in a few words. */
  | { readonly kind: "away"; readonly reason: string };

/** Why a conversation came to nothing. */
export interface DirectoryFailure {
  readonly ok: false;
  /** `away`: no answer. `refused`: an error of RFC 9457. `garbled`: not what a directory answers. */
  readonly kind: "away" | "refused" | "garbled";
  /** Of a refusal, the status of HTTP and the directory's own code. */
  readonly status?: number;
  readonly code?: string;
  /** For people, in one line. */
  readonly detail: string;
}

export type DirectoryResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | DirectoryFailure;

/**
 * A conversation with a directory, without I/O: it gives requests, one at a time, is given what came of each,
 * and ends with a result. `shared/system/http/directory_calls.ts` holds it over HTTP.
 */
export type Conversation<Value> = Generator<
  DirectoryRequest,
  DirectoryResult<Value>,
  DirectoryReply
>;

/** One request whose answer has this status and form. */
export function* ask<Schema extends v.GenericSchema>(
  request: DirectoryRequest,
  status: number,
  schema: Schema,
): Conversation<v.InferOutput<Schema>> {
  const reply = yield request;
  if (reply.kind === "away") return { ok: false, kind: "away", detail: reply.reason };
  if (reply.status !== status) return readProblem(reply.status, reply.body);
  const parsed = v.safeParse(schema, reply.body);
  return parsed.success ? { ok: true, value: parsed.output } : GARBLED;
}

/** Something else than a directory is there. */
export const GARBLED: DirectoryFailure = {
  ok: false,
  kind: "garbled",
  detail: "it does not answer as a directory does",
};

function readProblem(status: number, body: unknown): DirectoryFailure {
  const problem = v.safeParse(ProblemSchema, body);
  if (!problem.success) return { ...GARBLED, status };
  const { code, detail } = problem.output;
  const line = plainText(detail).slice(0, MAX_LINE_LENGTH);
  return { ok: false, kind: "refused", status, code, detail: line };
}
