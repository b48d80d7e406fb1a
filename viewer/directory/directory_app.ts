import { type Context, Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { CommandError } from "../../shared/core/errors.ts";
import { type FindAsset, serveAsset } from "../../shared/http/asset.ts";
import { door } from "../../shared/http/door.ts";
import { guard } from "../../shared/http/guard.ts";
import { cancelHeadBodies, contentSecurity } from "../../shared/http/page_headers.ts";
import type { PageKey } from "../../shared/http/page_key.ts";
import { CreateWishSchema, JoinWishSchema, PAGE_HEADER } from "../../shared/page/page_directory.ts";
import { type DirectoryDesk, errorLine } from "./directory_desk.ts";

export interface DirectoryPagesOptions {
  /** The host that the server is bound to: as the user wrote it, and as an address. */
  readonly hostnames: readonly string[];
  readonly isLocal: boolean;
  /** Always there: who has it can join and create in the name of this user. */
  readonly key: PageKey;
  readonly desk: DirectoryDesk;
  /** The files of the match's page, and under `/directory/` those of the directory's. */
  readonly asset: FindAsset;
}

/**
 * The web application of `view` without a link: the directory at `/`, the match that is listened to at `/match`
 * with all that the page of a match has, and the way to the studio at `/studio`.
 */
export function createDirectoryPages(
  { hostnames, isLocal, key, desk, asset }: DirectoryPagesOptions,
): Hono {
  const app = new Hono();
  app.use(contentSecurity(isLocal));
  app.use(cancelHeadBodies);
  app.use(guard(hostnames));
  app.use(door(key, () => serveAsset("/door.html", asset, 403)));

  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/", () => serveAsset("/directory/index.html", asset));
  app.get("/directory/*", (context) => serveAsset(context.req.path, asset));
  app.get("/match", (context) => desk.page ? serveAsset("/", asset) : context.redirect("/"));
  app.get("/studio", (context) => context.redirect(desk.makeStudioUrl() ?? "/"));
  app.route("/api/directory", directoryAddresses(desk));
  app.all("*", (context) => answerMatch(context, desk, asset));

  app.onError((_error, context) => context.text("500: the viewer failed; see its log\n", 500));
  return app;
}

function answerMatch(context: Context, { page }: DirectoryDesk, asset: FindAsset) {
  return page ? page.fetch(context.req.raw) : serveAsset(context.req.path, asset);
}

/** What the directory's page asks its program. */
function directoryAddresses(desk: DirectoryDesk): Hono {
  const app = new Hono();
  app.use(fresh);
  app.get("/own", (context) => context.json(desk.own()));
  app.get(
    "/broadcasts",
    (context) =>
      orRefuse(context, async () => {
        const query = new URL(context.req.url).searchParams;
        return context.json(await desk.access.list(query));
      }),
  );
  app.use(fromPageAlone);
  app.post("/joins", (context) => take(context, JoinWishSchema, ({ id }) => desk.join(id)));
  app.post(
    "/broadcasts",
    (context) => take(context, CreateWishSchema, (wish) => desk.create(wish)),
  );
  app.post("/leave", (context) => take(context, v.object({}), () => desk.leave()));
  app.post("/end", (context) => take(context, v.object({}), () => desk.endHosting()));
  return app;

  function take<Schema extends v.GenericSchema>(
    context: Context,
    schema: Schema,
    work: (wish: v.InferOutput<Schema>) => Promise<void>,
  ) {
    return orRefuse(context, async () => {
      const wish = v.safeParse(schema, await bodyOf(context));
      if (!wish.success) return refuse(context, 422, wrongWords(wish.issues[0]));
      await work(wish.output);
      return context.json(desk.own(), 201);
    });
  }
}

const fresh: MiddlewareHandler = async (context, next) => {
  context.header("Cache-Control", "no-store");
  await next();
};

/** A form or an image of another site can't set the header, and its scripts are refused before (CORS). */
const fromPageAlone: MiddlewareHandler = async (context, next) => {
  const isPage = context.req.header(PAGE_HEADER) !== undefined;
  if (context.req.method === "POST" && !isPage) {
    return refuse(context, 403, `Only this page may do that: ${PAGE_HEADER} is missing`);
  }
  await next();
};

async function orRefuse(context: Context, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return refuse(context, 502, errorLine(error));
  }
}

function refuse(context: Context, status: 403 | 422 | 502, detail: string): Response {
  return context.json({ detail: detail.slice(0, 1000) }, status);
}

/** @returns undefined when it is not JSON, or too long. */
async function bodyOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    return undefined;
  }
}

const FIELDS: Readonly<Record<string, string>> = {
  title: "The title",
  sport: "The sport",
  home: "The home team",
  away: "The away team",
  startsAt: "The time of the start",
  seats: "The number of seats",
};

/** Which field is wrong, in words, without what was received. */
function wrongWords(issue: v.BaseIssue<unknown>): string {
  const field = FIELDS[v.getDotPath(issue) ?? ""] ?? "What the page sent";
  const isOwn = issue.kind === "validation" && !issue.message.startsWith("Invalid");
  return `${field} ${isOwn ? issue.message : "is not as it must be"}`;
}
