import assert from "node:assert/strict";
import { Hono } from "hono";
import { openAPIRouteHandler } from "hono-openapi";
import * as v from "valibot";
import { described, DOCUMENTATION } from "../../../../server/directory/http/description.ts";

// What the directory relies on in hono-openapi and @valibot/to-json-schema, where their documentation is silent.

const OPTIONS = {
  documentation: DOCUMENTATION,
  excludeStaticFile: false,
  exclude: ["/openapi.json"],
  defaultValidationErrorResponse: false,
};

/** An application with one operation, described as the directory describes its own. */
function applicationWith(path: string, body: v.GenericSchema, answers: v.GenericSchema) {
  const app = new Hono();
  const operation = { operationId: "only", summary: "The only one", body, answers };
  app.use(async (_context, next) => await next());
  app.post(path, described({ ...operation, status: 201 }), (context) => context.json({}, 201));
  app.get("/plain", (context) => context.text("not described"));
  app.get("/openapi.json", openAPIRouteHandler(app, OPTIONS));
  return app;
}

async function describe(app: Hono) {
  return await (await app.request("/openapi.json")).json();
}

async function describeBody(body: v.GenericSchema) {
  const { paths } = await describe(applicationWith("/things", body, v.object({})));
  return paths["/things"].post.requestBody.content["application/json"].schema;
}

Deno.test("what JSON Schema can't say is left out, and all else stays", async () => {
  const name = v.pipe(
    v.string(),
    v.maxLength(9),
    v.normalize("NFKC"),
    v.trim(),
    v.rawCheck(() => {}),
    v.check(() => true),
  );
  const { properties, required } = await describeBody(v.object({ name, note: v.optional(name) }));
  assert.deepEqual(properties.name, { type: "string", maxLength: 9 });
  assert.deepEqual(required, ["name"]);
});

Deno.test("a body is described by what is sent, not by what it becomes", async () => {
  const time = v.union([v.number(), v.pipe(v.string(), v.transform(Date.parse), v.number())]);
  const { properties } = await describeBody(v.object({ time }));
  assert.deepEqual(properties.time, { anyOf: [{ type: "number" }, { type: "string" }] });
});

Deno.test("every schema is whole where it stands, without references", async () => {
  const part = v.object({ id: v.string() });
  const body = v.object({ one: part, more: v.array(part), none: v.nullable(part) });
  const document = await describe(applicationWith("/things", body, part));
  assert(!JSON.stringify(document).includes("$ref"));
});

Deno.test("a path that looks like a file is described, the name of a parameter is found, other routes are left out", async () => {
  const { paths } = await describe(
    applicationWith("/.well-known/:id/x.json", v.object({}), v.object({})),
  );
  assert.deepEqual(Object.keys(paths), ["/.well-known/{id}/x.json"]);
  const [parameter] = paths["/.well-known/{id}/x.json"].post.parameters;
  assert.deepEqual([parameter.name, parameter.in, parameter.required], ["id", "path", true]);
});

Deno.test("two applications in a process are described apart, each time the same", async () => {
  const one = applicationWith("/ones", v.object({ a: v.string() }), v.object({}));
  const other = applicationWith("/others", v.object({ b: v.string() }), v.object({}));
  const first = await describe(one);
  assert.deepEqual(Object.keys((await describe(other)).paths), ["/others"]);
  assert.deepEqual(await describe(one), first);
});
