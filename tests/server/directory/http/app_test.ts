import assert from "node:assert/strict";
import { compactVerify, importJWK } from "jose";
import { LIMITS } from "../../../../server/directory/core/limits.ts";
import { DirectoryWorld } from "../directory_world.ts";
import { BEAT, NEW_BROADCAST, TestIdentity } from "../identities.ts";

Deno.test("a person identifies once with a challenge, creates, is found, joined, gone, back and ended", async () => {
  const world = await DirectoryWorld.open();
  const { call, tokens } = world;
  const ann = world.identity();
  const asked = await ann.prove(call, "Ann");
  const session = await call("POST", "/v1/sessions", asked);
  assert.equal(session.status, 201);
  assert.equal((await call("POST", "/v1/sessions", asked)).status, 401);
  const token = session.body.accessToken;
  const made = await call("POST", "/v1/broadcasts", NEW_BROADCAST, token);
  assert.equal(made.status, 201);
  const path = `/v1/broadcasts/${made.body.id}`;
  assert.equal((await call("POST", `${path}/joins`, { role: "listener" }, token)).status, 409);
  assert.equal((await call("PUT", `${path}/heartbeat`, BEAT, token)).status, 204);
  const joined = await call("POST", `${path}/joins`, { role: "reporter" }, token);
  assert.equal(joined.status, 201);
  const [jwk] = tokens.jwks.keys;
  const read = await compactVerify(joined.body.token, await importJWK(jwk!, "EdDSA"));
  const claims = JSON.parse(new TextDecoder().decode(read.payload));
  const { aud, role, cnf } = claims;
  assert.deepEqual([aud, role, cnf.jwk.x], [made.body.id, "reporter", ann.publicKey]);
  assert.equal((await call("GET", "/v1/broadcasts")).body.broadcasts[0].seatsFree, 8);
  world.now += 30_000;
  assert.equal((await call("GET", path)).body.state, "gone");
  await call("PUT", `${path}/heartbeat`, BEAT, token);
  assert.equal((await call("GET", path)).body.state, "live");
  const other = await world.enter("Bo");
  assert.equal((await call("DELETE", path, undefined, other)).status, 403);
  assert.equal((await call("DELETE", path, undefined, token)).status, 204);
  assert.equal((await call("GET", path)).body.state, "ended");
  assert.equal((await call("PUT", `${path}/heartbeat`, BEAT, token)).status, 409);
});

Deno.test("every answer has another request id, and what failed is in the log with it", async () => {
  const world = await DirectoryWorld.open();
  const first = await world.call("GET", "/v1/broadcasts");
  world.isBroken = true;
  const second = await world.call("GET", "/v1/broadcasts");
  const [one, other] = [first, second].map(({ headers }) => headers.get("x-request-id"));
  assert.match(one!, /^[0-9a-f]{16}$/);
  assert.notEqual(one, other);
  assert.equal(second.body.instance, `urn:streamer:request:${other}`);
  assert.deepEqual(world.troubles, [
    `GET /v1/broadcasts (request ${other}): the clock is broken`,
  ]);
  assert(!JSON.stringify(second.body).includes("clock"), "the error itself is shown");
});

Deno.test("names that deceive the eye are refused, and markup and SQL are only text", async () => {
  const world = await DirectoryWorld.open();
  const token = await world.enter();
  const create = (title: string) =>
    world.call("POST", "/v1/broadcasts", { ...NEW_BROADCAST, title }, token);
  for (const bad of ["Fl\u0430mengo", "a\u202eb", "\u3164", " ", "x\0y", "\u{e0041}a"]) {
    const refused = await create(bad);
    assert.equal(refused.status, 422, JSON.stringify(bad));
    assert.match(refused.body.detail, /^"title" /);
  }
  const title = "<img src=x onerror=alert(1)>'; DROP TABLE broadcast; --";
  const made = await create(title);
  assert.equal(made.status, 201);
  assert.equal(made.body.title, title);
  assert.match(made.headers.get("content-type")!, /^application\/json/);
  assert.equal(made.headers.get("x-content-type-options"), "nosniff");
  assert.equal((await create("\uff26lamengo")).body.title, "Flamengo");
});

Deno.test("nothing that was sent comes back in an error", async () => {
  const world = await DirectoryWorld.open();
  const token = await world.enter();
  const secret = "hunter2-hunter2";
  const answers = [
    await world.call("POST", "/v1/challenges", { publicKey: secret }),
    await world.call("POST", "/v1/challenges", `{"publicKey": ${secret}`),
    await world.call("POST", "/v1/broadcasts", { ...NEW_BROADCAST, visibility: secret }, token),
    await world.call("GET", `/v1/broadcasts?limit=${secret}`),
    await world.call("GET", `/v1/broadcasts?${secret}=1`),
    await world.call("GET", `/v1/${secret}`),
    await world.call("DELETE", `/v1/broadcasts/${secret}`, undefined, token),
    await world.call("DELETE", "/v1/broadcasts/x", undefined, secret),
  ];
  for (const { status, body } of answers) {
    assert(status >= 400 && status < 500, `${status}`);
    assert(!JSON.stringify(body).includes(secret), JSON.stringify(body));
  }
});

Deno.test("an access token of another directory, another kind, changed or expired is none", async () => {
  const [world, other] = [await DirectoryWorld.open(), await DirectoryWorld.open()];
  const token = await world.enter();
  const made = await world.call("POST", "/v1/broadcasts", NEW_BROADCAST, token);
  const path = `/v1/broadcasts/${made.body.id}`;
  await world.call("PUT", `${path}/heartbeat`, BEAT, token);
  const { token: joinToken } =
    (await world.call("POST", `${path}/joins`, { role: "listener" }, token)).body;
  const [head, , seal] = token.split(".");
  const claims = btoa(JSON.stringify({ sub: "x", name: "x", key: "A".repeat(43), exp: 9e9 }));
  const unsigned = btoa('{"alg":"none","typ":"streamer-access+jwt"}');
  const forged = [`${head}.${claims}.${seal}`, `${unsigned}.${claims}.`, joinToken, `${token}x`];
  for (const wrong of forged.map((one) => one.replaceAll("=", ""))) {
    const refused = await world.call("DELETE", path, undefined, wrong);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="streamer directory"');
  }
  // The other world has the same keys here, so that only the time differs.
  other.now += 24 * 3_600_000;
  assert.equal((await other.call("DELETE", path, undefined, token)).status, 401);
});

Deno.test("a challenge is good for its own key alone, once, and for a minute", async () => {
  const world = await DirectoryWorld.open();
  const [ann, bo] = [world.identity(), world.identity()];
  const asked = await ann.prove(world.call, "Ann");
  const stolen = { ...asked, publicKey: bo.publicKey, signature: bo.sign(asked.challenge) };
  assert.equal((await world.call("POST", "/v1/sessions", stolen)).status, 401);
  assert.equal((await world.call("POST", "/v1/sessions", asked)).status, 401, "it was used");
  const late = await ann.prove(world.call, "Ann");
  world.now += 60_000;
  assert.equal((await world.call("POST", "/v1/sessions", late)).status, 401);
  const foreign = new TestIdentity(new Uint8Array(32));
  const made = { ...await ann.prove(world.call, "Ann"), challenge: "A".repeat(43) };
  const guessed = { ...made, signature: foreign.sign(made.challenge) };
  assert.equal((await world.call("POST", "/v1/sessions", guessed)).status, 401);
});

Deno.test("a banned person's session ends and the broadcasts go; members alone get in where there are members", async () => {
  const world = await DirectoryWorld.open();
  const [ann, bo] = [world.identity(), world.identity()];
  const token = await ann.enter(world.call, "Ann");
  const made = await world.call("POST", "/v1/broadcasts", NEW_BROADCAST, token);
  world.directory.setBanned(new Set([ann.publicKey]));
  const refused = await world.call("POST", "/v1/broadcasts", NEW_BROADCAST, token);
  assert.deepEqual([refused.status, refused.body.code], [403, "banned"]);
  assert.equal((await world.call("GET", `/v1/broadcasts/${made.body.id}`)).status, 404);
  assert.deepEqual((await world.call("GET", "/v1/broadcasts")).body.broadcasts, []);
  world.directory.setMembers(new Set([ann.publicKey]));
  const asked = await bo.prove(world.call, "Bo");
  const outside = await world.call("POST", "/v1/sessions", asked);
  assert.deepEqual([outside.status, outside.body.code], [403, "not-a-member"]);
  world.directory.setBanned(new Set());
  assert.equal((await world.call("POST", "/v1/broadcasts", NEW_BROADCAST, token)).status, 201);
});

Deno.test("a proxy on this machine names who asks; nobody else may", async () => {
  const only = { burst: 2, perSecond: 0.001 };
  const world = await DirectoryWorld.open();
  const few = await DirectoryWorld.open({ publicRates: { ...LIMITS.publicRates, requests: only } });
  const ask = async (from: string, forwarded: string) => {
    const headers = { "x-forwarded-for": forwarded };
    return (await few.callFrom(from, headers, "GET", "/v1/broadcasts")).status;
  };
  assert.deepEqual(
    await Promise.all(
      ["1", "2", "3"].map((last) => ask("127.0.0.1", `9.9.9.9, 203.0.113.${last}`)),
    ),
    [200, 200, 200],
  );
  const spoofed = ["198.51.100.1", "198.51.100.2", "198.51.100.3"];
  const statuses = [];
  for (const forwarded of spoofed) statuses.push(await ask("203.0.113.77", forwarded));
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await world.call("GET", "/healthz")).body, "ok\n");
});

Deno.test("the page is there for this machine's names, and not for other sites", async () => {
  const world = await DirectoryWorld.open();
  const ask = (headers: Record<string, string>) =>
    world.callFrom("127.0.0.1", headers, "GET", "http://127.0.0.1:8090/");
  assert.equal((await ask({ host: "127.0.0.1:8090" })).status, 200);
  assert.equal((await ask({ host: "evil.example" })).status, 403);
  assert.equal((await ask({ host: "127.0.0.1:8090", origin: "http://evil.example" })).status, 403);
  const framed = { host: "127.0.0.1:8090", "sec-fetch-site": "cross-site" };
  assert.equal((await ask(framed)).status, 403);
});
