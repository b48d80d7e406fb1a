import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as v from "valibot";
import { LIMITS } from "../../../../server/directory/core/limits.ts";
import type { Operation } from "../../../../server/directory/http/description.ts";
import { OPERATIONS } from "../../../../server/directory/http/operations.ts";
import { ProblemSchema } from "../../../../shared/directory/forms.ts";
import { DirectoryWorld } from "../directory_world.ts";
import { type Answered, BEAT, NEW_BROADCAST } from "../identities.ts";

type Name = keyof typeof OPERATIONS;
interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: Name;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

async function readDescription(world: DirectoryWorld) {
  const { status, body } = await world.call("GET", "/openapi.json");
  assert.equal(status, 200);
  const operations = Object.entries<Record<string, object>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      ({ method: method.toUpperCase(), path, ...operation }) as DescribedOperation
    )
  );
  return { document: body, operations };
}

/** A directory with a live broadcast of Ann, an ended one of hers, and a banned person. */
class Stage {
  private constructor(
    readonly world: DirectoryWorld,
    readonly ann: string,
    readonly banned: string,
    readonly live: string,
    readonly ended: string,
  ) {}

  static async set(): Promise<Stage> {
    const world = await DirectoryWorld.open();
    const ann = await world.enter("Ann");
    const villain = world.identity();
    const banned = await villain.enter(world.call, "Villain");
    world.directory.setBanned(new Set([villain.publicKey]));
    const create = async () =>
      (await world.call("POST", "/v1/broadcasts", NEW_BROADCAST, ann)).body.id;
    const [live, ended] = [await create(), await create()];
    await world.call("PUT", `/v1/broadcasts/${live}/heartbeat`, BEAT, ann);
    await world.call("DELETE", `/v1/broadcasts/${ended}`, undefined, ann);
    return new Stage(world, ann, banned, live, ended);
  }

  /** A body that is taken. */
  async bodyOf(name: Name): Promise<unknown> {
    switch (name) {
      case "makeChallenge":
        return { publicKey: this.world.identity().publicKey };
      case "makeSession":
        return await this.world.identity().prove(this.world.call, "Bo");
      case "createBroadcast":
        return { ...NEW_BROADCAST, startsAt: "2027-01-01T20:00:00Z" };
      case "heartbeat":
        return BEAT;
      case "join":
        return { role: "reporter" };
      default:
        return undefined;
    }
  }
}

interface Asked {
  readonly stage: Stage;
  readonly operation: DescribedOperation;
  readonly from?: string;
  readonly id?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly token?: string;
}

async function ask({ stage, operation, ...changed }: Asked): Promise<Answered> {
  const { method, path, operationId } = operation;
  const { from = "127.0.0.1", id = stage.live, query = "" } = changed;
  const isPersonal = (OPERATIONS[operationId] as Operation).isPersonal ?? false;
  const body = "body" in changed ? changed.body : await stage.bodyOf(operationId);
  const token = "token" in changed ? changed.token : isPersonal ? stage.ann : undefined;
  const where = path.replace("{id}", id) + query;
  return await stage.world.callFrom(from, {}, method, where, body, token);
}

/** How each status is brought about, for any operation that has it. */
const PROVOKE: Readonly<Record<string, (asked: Asked) => Promise<Answered>>> = {
  200: (asked) => ask(asked),
  201: (asked) => ask(asked),
  204: (asked) => ask(asked),
  400: (asked) =>
    asked.operation.requestBody
      ? ask({ ...asked, body: "{" })
      : ask({ ...asked, query: "?limit=x" }),
  401: async (asked) => {
    if (asked.operation.operationId !== "makeSession") return await ask({ ...asked, token: "x" });
    const body = await asked.stage.bodyOf("makeSession") as object;
    return await ask({ ...asked, body: { ...body, challenge: "A".repeat(43) } });
  },
  403: async (asked) => {
    if (asked.operation.operationId !== "makeSession") {
      return await ask({ ...asked, token: asked.stage.banned });
    }
    const { world } = asked.stage;
    const villain = world.identity();
    world.directory.setBanned(new Set([villain.publicKey]));
    return await ask({ ...asked, body: await villain.prove(world.call, "Villain") });
  },
  404: (asked) => ask({ ...asked, id: "f".repeat(16) }),
  409: (asked) => ask({ ...asked, id: asked.stage.ended }),
  413: (asked) => ask({ ...asked, body: JSON.stringify({ a: "x".repeat(70_000) }) }),
  422: (asked) => ask({ ...asked, body: {} }),
  429: async (asked) => {
    const from = "203.0.113.9";
    const { burst } = LIMITS.publicRates.requests;
    for (let count = 0; count < burst; count++) {
      await asked.stage.world.callFrom(from, {}, "GET", "/.well-known/jwks.json");
    }
    return await ask({ ...asked, from });
  },
  500: async (asked) => {
    // The body is made before, since making one asks the directory.
    const body = await asked.stage.bodyOf(asked.operation.operationId);
    asked.stage.world.isBroken = true;
    return await ask({ ...asked, body });
  },
  503: (asked) => {
    asked.stage.world.isDiskFull = true;
    return ask(asked);
  },
};

Deno.test("the description is a valid one of OpenAPI 3.1, and has each operation once", async () => {
  const { document, operations } = await readDescription(await DirectoryWorld.open());
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert(valid, JSON.stringify(errors));
  assert.equal(document.openapi, "3.1.0");
  const names = operations.map(({ operationId }) => operationId).sort();
  assert.deepEqual(names, Object.keys(OPERATIONS).sort());
  for (const { path, parameters = [] } of operations) {
    const inPath = parameters.filter((one) => one.in === "path").map(({ name }) => `{${name}}`);
    assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? [], path);
  }
});

Deno.test("every operation answers with each status that it is described with, in the described form", async () => {
  const { operations } = await readDescription(await DirectoryWorld.open());
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  let walked = 0;
  for (const operation of operations) {
    for (const status of Object.keys(operation.responses)) {
      const name = `${operation.operationId} ${status}`;
      const provoke = PROVOKE[status];
      assert(provoke, `no test of ${name}`);
      const answer = await provoke({ stage: await Stage.set(), operation });
      assert.equal(String(answer.status), status, `${name}: ${JSON.stringify(answer.body)}`);
      checkForm(ajv, operation, answer, name);
      walked++;
    }
  }
  assert(walked > 60, `only ${walked} answers`);
});

function checkForm(ajv: Ajv2020, operation: DescribedOperation, answer: Answered, name: string) {
  const { content } = operation.responses[answer.status]!;
  const type = answer.headers.get("content-type")?.split(";")[0];
  if (content === undefined) return assert.equal(answer.body, "", name);
  assert.deepEqual(Object.keys(content), [type], name);
  const check = ajv.compile(content[type!]!.schema);
  const body: unknown = answer.body;
  assert(check(body), `${name}: ${JSON.stringify(check.errors)}`);
  const { answers } = OPERATIONS[operation.operationId] as Operation;
  const { success, issues } = v.safeParse(answer.status < 400 ? answers! : ProblemSchema, body);
  assert(success, `${name}: ${JSON.stringify(issues)}`);
  if (answer.status >= 400) checkProblem(answer, name);
}

function checkProblem({ status, headers, body }: Answered, name: string): void {
  assert.equal(body.status, status, name);
  assert.equal(body.instance, `urn:streamer:request:${headers.get("x-request-id")}`, name);
  const mayRetry = status === 429 || status === 503 || body.code === "no-host";
  assert.equal(headers.has("retry-after"), mayRetry, name);
}

Deno.test("bodies that are taken have the described form, and what has not is refused", async () => {
  const stage = await Stage.set();
  const { operations } = await readDescription(stage.world);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const operation of operations) {
    if (!operation.requestBody) continue;
    const name = operation.operationId;
    const check = ajv.compile(operation.requestBody.content["application/json"]!.schema);
    const good = await stage.bodyOf(name) as Record<string, unknown>;
    assert(check(good), `${name}: ${JSON.stringify(check.errors)}`);
    for (const field of Object.keys(good)) {
      const bad = { ...good, [field]: { not: "it" } };
      assert(!check(bad), `${name} ${field} is described too loosely`);
      assert.equal((await ask({ stage, operation, body: bad })).status, 422, `${name} ${field}`);
    }
  }
});

Deno.test("the query is described, and what is described is taken", async () => {
  const stage = await Stage.set();
  const { operations } = await readDescription(stage.world);
  const operation = operations.find(({ operationId }) => operationId === "listBroadcasts")!;
  const names = operation.parameters!.map(({ name }) => name);
  assert.deepEqual(names, ["q", "sport", "team", "state", "free", "limit", "after"]);
  const good = ["q=x", "sport=a", "team=b", "state=live", "free=true", "limit=3", "limit=999"];
  for (const query of [...good, `after=0.5.${stage.live}`, "q=&sport=&state=&limit=&after="]) {
    assert.equal((await ask({ stage, operation, query: `?${query}` })).status, 200, query);
  }
  const bad = ["state=x", "free=1", "limit=0", "limit=-1", "after=x", "colour=red", "q=a&q=b"];
  for (const query of [...bad, `q=${"x".repeat(201)}`]) {
    assert.equal((await ask({ stage, operation, query: `?${query}` })).status, 400, query);
  }
});
