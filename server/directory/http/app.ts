import { type Context, Hono, type MiddlewareHandler } from "hono";
import { openAPIRouteHandler } from "hono-openapi";
import * as v from "valibot";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import { formatJoinLink, parseJoinLink } from "../../../shared/admission/join_link.ts";
import { type FindAsset, serveAsset } from "../../../shared/http/asset.ts";
import { guard } from "../../../shared/http/guard.ts";
import { cancelHeadBodies, contentSecurity } from "../../../shared/http/page_headers.ts";
import { type Answer, answer, refuse, type Refused } from "../core/answer.ts";
import type { Directory, HostPlace } from "../core/directory.ts";
import type { Person } from "../core/people.ts";
import type { BroadcastSearch } from "../broadcast_search.ts";
import type { DirectoryTokens } from "../tokens/directory_tokens.ts";
import { described, DOCUMENTATION } from "./description.ts";
import { OPERATIONS } from "./operations.ts";
import { problem } from "./problem.ts";
import { readBody, readQuery } from "./reading.ts";

export interface DirectoryAppOptions {
  readonly directory: Directory;
  readonly search: BroadcastSearch;
  readonly tokens: DirectoryTokens;
  readonly rng: Rng;
  readonly now: () => Millis;
  readonly wallNow: () => WallMillis;
  /** Stores what changed, before the answer. @returns whether that succeeded. */
  readonly store: () => boolean;
  /** The names under which the page is served. */
  readonly hostnames: readonly string[];
  /** The files of the page at `/`; undefined when it was not built. */
  readonly page?: FindAsset;
  /** Something failed that should not; for the log. Has no secret. */
  readonly onTrouble?: (text: string) => void;
}

/** `from` is the address of the other side. */
export interface DirectoryEnv {
  readonly Bindings: { readonly from?: string };
  readonly Variables: { requestId: string };
}
type At = Context<DirectoryEnv>;

const REQUEST_ID_BYTES = 8;
/** More than are shown in pages; filters apply to these. */
const MAX_FOUND = 1000;
const PAGE_PATHS = [
  "/",
  "/page.js",
  "/page.css",
  "/icon.svg",
  "/apple-touch-icon.png",
  "/licenses.txt",
];
const NO_PAGE =
  "This is a Streamer directory: use it with streamer find --directory, or see /openapi.json\n";

/** The directory's HTTP, without sockets. */
export function createDirectoryApp(options: DirectoryAppOptions): Hono<DirectoryEnv> {
  const app = new Hono<DirectoryEnv>();
  app.use(requestIds(options.rng), cancelHeadBodies, contentSecurity(false));
  app.get("/healthz", (context) => context.text("ok\n"));
  app.use(admitRequests(options));
  addIdentity(app, options);
  addBroadcasts(app, options);
  addCreation(app, options);
  addHosts(app, options);
  addJoins(app, options);
  app.get(
    "/.well-known/jwks.json",
    described(OPERATIONS.keys),
    (context) => context.json(options.tokens.jwks),
  );
  app.get("/openapi.json", describeAll(app));
  addPage(app, options);
  app.notFound((context) => problem(context, NOT_FOUND));
  app.onError((error, context) => {
    const { method, path } = context.req;
    options.onTrouble?.(
      `${method} ${path} (request ${context.get("requestId")}): ${error.message}`,
    );
    return problem(context, FAILED);
  });
  return app;
}

/** Anybody may see it; it holds no secret. Other sites may not put it to use. */
function addPage(app: Hono<DirectoryEnv>, { page, hostnames }: DirectoryAppOptions): void {
  for (const path of PAGE_PATHS) {
    app.get(
      path,
      guard(hostnames),
      (context) => page ? serveAsset(path, page) : context.text(NO_PAGE),
    );
  }
}

function describeAll(app: Hono<DirectoryEnv>) {
  return openAPIRouteHandler(app, {
    documentation: DOCUMENTATION,
    excludeStaticFile: false,
    exclude: ["/openapi.json", "/healthz", ...PAGE_PATHS],
    defaultValidationErrorResponse: false,
  });
}

const NOT_FOUND = refuse("unknown", "no-such-path", "There is nothing here: see /openapi.json");
const FAILED = refuse("failed", "failed", "The directory failed: try again, and tell who runs it");
const NO_SESSION = refuse(
  "unauthorized",
  "no-session",
  "Give Authorization: Bearer with the accessToken of POST /v1/sessions; get a new one if it is old",
);

function addIdentity(app: Hono<DirectoryEnv>, options: DirectoryAppOptions): void {
  const { directory, tokens, now, wallNow } = options;
  const { makeChallenge, makeSession } = OPERATIONS;
  app.post("/v1/challenges", described(makeChallenge), async (context) => {
    const body = await readBody(context.req.raw, makeChallenge.body);
    if (!body.ok) return problem(context, body);
    const made = directory.challenge(body.value.publicKey, addressOf(context), now());
    return made.ok ? context.json(made.value, 201) : problem(context, made);
  });
  app.post("/v1/sessions", described(makeSession), async (context) => {
    const body = await readBody(context.req.raw, makeSession.body);
    if (!body.ok) return problem(context, body);
    const { name, ...proof } = body.value;
    const person = directory.identify(proof, name, addressOf(context), now());
    if (!person.ok) return problem(context, person);
    const { id } = person.value;
    const access = await tokens.makeAccess(person.value, wallNow());
    return context.json({ ...access, person: { id, name } }, 201);
  });
}

function addBroadcasts(app: Hono<DirectoryEnv>, options: DirectoryAppOptions): void {
  const { directory, search, now } = options;
  const { listBroadcasts, findBroadcast } = OPERATIONS;
  app.get("/v1/broadcasts", described(listBroadcasts), (context) => {
    const query = readQuery(context.req.raw, listBroadcasts.query);
    if (!query.ok) return problem(context, query);
    const { q = "" } = query.value;
    const found = q.trim() === "" ? undefined : search.find(q, MAX_FOUND);
    return context.json(directory.list(query.value, found, now()));
  });
  app.get("/v1/broadcasts/:id", described(findBroadcast), (context) => {
    const found = directory.find(context.req.param("id"), now());
    return found.ok ? context.json(found.value) : problem(context, found);
  });
}

function addCreation(app: Hono<DirectoryEnv>, options: DirectoryAppOptions): void {
  const { directory, now } = options;
  const { createBroadcast } = OPERATIONS;
  app.post("/v1/broadcasts", described(createBroadcast), async (context) => {
    const asked = await readPersonal(context, options, createBroadcast.body);
    if (!asked.ok) return problem(context, asked);
    const { person, body } = asked.value;
    const made = directory.create(person, body, addressOf(context), now());
    return stored(context, options, made) ?? context.json((made as Good<typeof made>).value, 201);
  });
}

type Good<Of> = Extract<Of, { ok: true }>;

/** What a host does with its own broadcast. */
function addHosts(app: Hono<DirectoryEnv>, options: DirectoryAppOptions): void {
  const { directory, now } = options;
  const { heartbeat, endBroadcast } = OPERATIONS;
  app.put("/v1/broadcasts/:id/heartbeat", described(heartbeat), async (context) => {
    const asked = await readPersonal(context, options, heartbeat.body);
    if (!asked.ok) return problem(context, asked);
    const { person, body } = asked.value;
    const done = directory.heartbeat(person, context.req.param("id"), body, now());
    return stored(context, options, done) ?? context.body(null, 204);
  });
  app.delete("/v1/broadcasts/:id", described(endBroadcast), async (context) => {
    const person = await personOf(context, options);
    if (!person.ok) return problem(context, person);
    const done = directory.end(person.value, context.req.param("id"), now());
    return stored(context, options, done) ?? context.body(null, 204);
  });
}

function addJoins(app: Hono<DirectoryEnv>, options: DirectoryAppOptions): void {
  const { directory, now } = options;
  const { join } = OPERATIONS;
  app.post("/v1/broadcasts/:id/joins", described(join), async (context) => {
    const asked = await readPersonal(context, options, join.body);
    if (!asked.ok) return problem(context, asked);
    const { person, body } = asked.value;
    const id = context.req.param("id");
    const place = directory.join(person, id, now());
    if (!place.ok) return problem(context, place);
    return context.json(await grant(options, person, id, body.role, place.value), 201);
  });
}

/** @returns who asks, and the checked body. */
async function readPersonal<Schema extends v.GenericSchema>(
  context: At,
  options: DirectoryAppOptions,
  schema: Schema,
): Promise<Answer<{ readonly person: Person; readonly body: v.InferOutput<Schema> }>> {
  const person = await personOf(context, options);
  if (!person.ok) return person;
  const body = await readBody(context.req.raw, schema);
  return body.ok ? answer({ person: person.value, body: body.value }) : body;
}

async function grant(
  { tokens, rng, wallNow }: DirectoryAppOptions,
  person: Person,
  broadcastId: string,
  role: "listener" | "reporter",
  { addresses, hostKey }: HostPlace,
) {
  const joinFor = { broadcastId, role, now: wallNow(), bytes: rng.bytes(REQUEST_ID_BYTES) };
  const { token, expiresAt } = await tokens.makeJoin(person, joinFor);
  const { host, port } = parseJoinLink(`streamer://${addresses[0]}`)!;
  const link = formatJoinLink({ host, port, token, hostKey });
  return { link, token, addresses, hostKey, expiresAt };
}

/** @returns the answer with the error, if there is one; else what changed is stored. */
function stored(
  context: At,
  { store }: DirectoryAppOptions,
  done: Answer<unknown>,
): Response | undefined {
  if (!store()) return problem(context, NOT_STORED);
  return done.ok ? undefined : problem(context, done);
}

const NOT_STORED = refuse(
  "unavailable",
  "not-stored",
  "The directory can't store this: try again, and tell who runs it",
  10_000,
);

async function personOf(
  context: At,
  { tokens, directory, now, wallNow }: DirectoryAppOptions,
): Promise<Answer<Person>> {
  const [, token] = /^Bearer +([\w.-]+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  const person = token === undefined ? undefined : await tokens.readAccess(token, wallNow());
  return person ? directory.admitPerson(person, now()) : NO_SESSION;
}

/** Each answer has an id, by which the log names it. */
function requestIds(rng: Rng): MiddlewareHandler<DirectoryEnv> {
  return async (context, next) => {
    const id = rng.bytes(REQUEST_ID_BYTES).toHex();
    context.set("requestId", id);
    context.header("X-Request-Id", id);
    await next();
  };
}

function admitRequests({ directory, now }: DirectoryAppOptions): MiddlewareHandler<DirectoryEnv> {
  return async (context, next) => {
    const admitted = directory.admitRequest(addressOf(context), now());
    return admitted.ok ? await next() : problem(context, admitted as Refused);
  };
}

/**
 * The address whose requests are counted. A proxy on this machine tells it in `X-Forwarded-For`, whose last
 * entry is the proxy's own.
 */
function addressOf(context: At): string {
  const from = context.env?.from ?? "127.0.0.1";
  const forwarded = context.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
  const isProxied = forwarded !== undefined && v.is(v.pipe(v.string(), v.ip()), forwarded);
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(from);
  return isProxied && isLoopback ? forwarded : from;
}
