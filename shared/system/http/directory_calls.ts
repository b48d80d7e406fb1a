import { readBounded } from "../../core/bounded_bytes.ts";
import type { Millis } from "../../core/units.ts";
import type {
  Conversation,
  DirectoryReply,
  DirectoryRequest,
  DirectoryResult,
} from "../../directory/conversation.ts";

/** A directory in the same country answers within a tenth of a second; a phone's network may be slow. */
const PATIENCE: Millis = 5000;
/** A list of a hundred broadcasts is a tenth of it. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface DirectoryPlace {
  /** Ends with a slash. */
  readonly url: string;
  /** Ends what is being asked. */
  readonly signal?: AbortSignal;
  readonly patience?: Millis;
}

/** Holds a conversation with the directory at that address. Never rejects: a directory that is away is a result. */
export async function converse<Value>(
  conversation: Conversation<Value>,
  place: DirectoryPlace,
): Promise<DirectoryResult<Value>> {
  let step = conversation.next();
  while (!step.done) step = conversation.next(await send(step.value, place));
  return step.value;
}

async function send(
  { method, path, body, accessToken }: DirectoryRequest,
  { url, signal, patience = PATIENCE }: DirectoryPlace,
): Promise<DirectoryReply> {
  const timeout = AbortSignal.timeout(patience);
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        accept: "application/json",
        ...(body && { "content-type": "application/json" }),
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // A session's token goes to no other address.
      redirect: "manual",
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    });
    return { kind: "answer", status: response.status, body: await readJson(response) };
  } catch (error) {
    return { kind: "away", reason: describe(error, timeout) };
  }
}

async function readJson(response: Response): Promise<unknown> {
  const bytes = response.body && await readBounded(response.body, MAX_ANSWER_BYTES);
  if (!bytes || bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** The system's messages are long and repeat the address. */
function describe(error: unknown, timeout: AbortSignal): string {
  if (timeout.aborted) return "it took too long";
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const text = `${message} ${cause instanceof Error ? cause.message : ""}`;
  const known: readonly (readonly [RegExp, string])[] = [
    [/refused/i, "nothing listens there"],
    [/dns|name or service|lookup/i, "the name was not found"],
    [/certificate|tls/i, "its certificate is not valid"],
    [/unreachable/i, "the network does not reach it"],
  ];
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? "the connection failed";
}
