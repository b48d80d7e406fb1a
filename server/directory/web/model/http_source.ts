import * as v from "valibot";
import {
  type Broadcast,
  type BroadcastList,
  BroadcastListSchema,
  BroadcastSchema,
} from "../../../../shared/directory/forms.ts";
import type { ListAnswer, ListWish } from "./list_keeper.ts";

/** As many as an answer can have. */
const LIMIT = "100";
const SOON_LIMIT = "20";
const LONGEST_QUERY = 200;
const PATIENCE_MILLIS = 10_000;
const LONGEST_WAIT_SECONDS = 600;

/** Asks for lists over HTTP. @param path of `GET /v1/broadcasts`, on the server of this page. */
export function httpSource(path: string) {
  return async (wish: ListWish, signal: AbortSignal): Promise<ListAnswer> => {
    const patience = AbortSignal.timeout(PATIENCE_MILLIS);
    try {
      const response = await fetch(`${path}?${queryOf(wish)}`, {
        signal: AbortSignal.any([signal, patience]),
        cache: "no-store",
      });
      if (!response.ok) return { ok: false, ...retryOf(response) };
      return parseList(await response.json());
    } catch {
      return { ok: false };
    }
  };
}

/** @param text cut to what a directory takes. */
export function queryOf({ text, state }: ListWish): URLSearchParams {
  const query = new URLSearchParams({ limit: state === "soon" ? SOON_LIMIT : LIMIT });
  if (text !== undefined) query.set("q", text.slice(0, LONGEST_QUERY).toWellFormed());
  if (state !== undefined) query.set("state", state);
  return query;
}

/** Another program may answer under this address: what is not a list is a failure. */
export function parseList(value: unknown): ListAnswer {
  const parsed = v.safeParse(BroadcastListSchema, value);
  const list: BroadcastList | undefined = parsed.success ? parsed.output : undefined;
  return list ? { ok: true, list } : { ok: false };
}

/** One broadcast, unlisted ones too; undefined when it is not there. @param path of `GET /v1/broadcasts/ID`. */
export async function findBroadcast(path: string): Promise<Broadcast | undefined> {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MILLIS) });
    const parsed = v.safeParse(BroadcastSchema, response.ok && await response.json());
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function retryOf({ headers }: Response) {
  const seconds = Number(headers.get("retry-after"));
  return seconds > 0 && { retryAfterMillis: 1000 * Math.min(seconds, LONGEST_WAIT_SECONDS) };
}
