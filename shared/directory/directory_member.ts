import * as v from "valibot";
import { ask, type Conversation, type DirectoryRequest, GARBLED } from "./conversation.ts";
import {
  type Broadcast,
  BroadcastListSchema,
  BroadcastSchema,
  ChallengeSchema,
  DEFAULT_LIMIT,
  type Heartbeat,
  type JoinGrant,
  JoinGrantSchema,
  type JoinRequest,
  type Jwks,
  JwksSchema,
  MAX_LIMIT,
  type NewBroadcast,
  SessionSchema,
} from "./forms.ts";
import { type Identity, identityProof } from "./identity.ts";
import { toBase64Url } from "../text/base64.ts";

const UNAUTHORIZED = 401;
const DONE = v.unknown();

/** Somebody who asks a directory in their own name: identifies when that is needed, and again when a session is over. */
export class DirectoryMember {
  readonly #identity: Identity;
  readonly #name: string;
  /** Of the session; secret. */
  #accessToken: string | undefined;

  constructor(identity: Identity, name: string) {
    this.#identity = identity;
    this.#name = name;
  }

  /** Makes a broadcast, or goes on with the one of `asked.id`. */
  *create(asked: NewBroadcast): Conversation<Broadcast> {
    const request = { method: "POST", path: "v1/broadcasts", body: asked } as const;
    const made = yield* this.#ask(request, 201, BroadcastSchema);
    // Listeners and signatures know the broadcast by its id: a directory can't give it another one.
    const isOther = made.ok && asked.id !== undefined && made.value.id !== asked.id;
    return isOther ? GARBLED : made;
  }

  heartbeat(id: string, body: Heartbeat): Conversation<unknown> {
    return this.#ask({ method: "PUT", path: `v1/broadcasts/${id}/heartbeat`, body }, 204, DONE);
  }

  end(id: string): Conversation<unknown> {
    return this.#ask({ method: "DELETE", path: `v1/broadcasts/${id}` }, 204, DONE);
  }

  /** Where the host of a broadcast is, and a token for it. */
  join(id: string, role: JoinRequest["role"]): Conversation<JoinGrant> {
    const path = `v1/broadcasts/${id}/joins`;
    return this.#ask({ method: "POST", path, body: { role } }, 201, JoinGrantSchema);
  }

  *#ask<Schema extends v.GenericSchema>(
    request: DirectoryRequest,
    status: number,
    schema: Schema,
  ): Conversation<v.InferOutput<Schema>> {
    const given = this.#accessToken;
    if (given !== undefined) {
      const result = yield* ask({ ...request, accessToken: given }, status, schema);
      if (result.ok || result.status !== UNAUTHORIZED) return result;
    }
    const identified = yield* this.#identify();
    if (!identified.ok) return identified;
    const accessToken = this.#accessToken = identified.value;
    return yield* ask({ ...request, accessToken }, status, schema);
  }

  *#identify(): Conversation<string> {
    const { publicKey } = this.#identity;
    const asking = { method: "POST", path: "v1/challenges", body: { publicKey } } as const;
    const asked = yield* ask(asking, 201, ChallengeSchema);
    if (!asked.ok) return asked;
    const { challenge } = asked.value;
    const signature = toBase64Url(this.#identity.sign(identityProof(challenge)));
    const body = { publicKey, name: this.#name, challenge, signature };
    const made = yield* ask({ method: "POST", path: "v1/sessions", body }, 201, SessionSchema);
    return made.ok ? { ok: true, value: made.value.accessToken } : made;
  }
}

/** What a list is asked for; all of it may be left out. */
export interface BroadcastQuestion {
  readonly q?: string;
  readonly limit?: number;
}

/** The broadcasts of a search, best first; without `q` those that are on now or soon. `limit` at most, else a page. */
export function* listBroadcasts(
  { q, limit = DEFAULT_LIMIT }: BroadcastQuestion,
): Conversation<readonly Broadcast[]> {
  const all: Broadcast[] = [];
  let after: string | undefined;
  while (all.length < limit) {
    const path = pathOfList({ q, limit: Math.min(limit - all.length, MAX_LIMIT), after });
    const listed = yield* ask({ method: "GET", path }, 200, BroadcastListSchema);
    if (!listed.ok) return listed;
    const { broadcasts, next } = listed.value;
    all.push(...broadcasts);
    // An empty page with a next one would never end.
    if (next === undefined || broadcasts.length === 0) break;
    after = next;
  }
  return { ok: true, value: all.slice(0, limit) };
}

function pathOfList(
  { q, limit, after }: { readonly q?: string; readonly limit: number; readonly after?: string },
): string {
  const query = new URLSearchParams();
  if (q !== undefined) query.set("q", q);
  query.set("limit", String(limit));
  if (after !== undefined) query.set("after", after);
  return `v1/broadcasts?${query}`;
}

/** The keys that check the directory's join tokens. */
export function readKeys(): Conversation<Jwks> {
  return ask({ method: "GET", path: ".well-known/jwks.json" }, 200, JwksSchema);
}
