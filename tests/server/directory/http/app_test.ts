import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { compactVerify, importJWK } from "jose";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { identityProof } from "../../../../shared/directory/identity.ts";
import { Directory } from "../../../../server/directory/core/directory.ts";
import { createDirectoryApp } from "../../../../server/directory/http/app.ts";
import { DirectoryTokens } from "../../../../server/directory/tokens/directory_tokens.ts";

const HOST_KEY = "A".repeat(43);
const NEW = { title: "Flamengo x Santos", sport: "football", home: "Flamengo", away: "Santos" };
const BEAT = { addresses: ["192.0.2.7:5004"], hostKey: HOST_KEY, state: "live", seatsTaken: 1 };

async function world() {
  const rng = new SeededRng(7);
  let now = 1_800_000_000_000;
  const directory = new Directory({ rng });
  const secrets = { signingSeed: rng.bytes(32), accessKey: rng.bytes(32) };
  const tokens = await DirectoryTokens.open(secrets);
  const search = { put() {}, remove() {}, find: () => [] };
  const times = { now: () => now, wallNow: () => now };
  const store = () => void directory.takeChanges();
  const hostnames = ["127.0.0.1"];
  const app = createDirectoryApp({
    directory,
    search,
    tokens,
    rng,
    ...times,
    store,
    hostnames,
    onTrouble: console.error,
  });
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await app.request(path, { method, headers, body: text });
    const answer = await response.text();
    return { status: response.status, response, body: answer && JSON.parse(answer) };
  };
  const identify = async (name: string) => {
    const seed = rng.bytes(32).toHex();
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, "hex");
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const publicKey = createPublicKey(privateKey).export({ format: "jwk" }).x!;
    const { challenge } = (await call("POST", "/v1/challenges", { publicKey })).body;
    const signature = sign(null, identityProof(challenge), privateKey).toString("base64url");
    const asked = { publicKey, name, challenge, signature };
    return { asked, publicKey, session: await call("POST", "/v1/sessions", asked) };
  };
  return { directory, tokens, call, identify, wait: (millis: number) => now += millis };
}

Deno.test("a person identifies once with a challenge, creates, is found, joined, gone, back and ended", async () => {
  const { call, identify, wait, tokens } = await world();
  const { session, asked, publicKey } = await identify("Ann");
  assert.equal(session.status, 201);
  assert.equal((await call("POST", "/v1/sessions", asked)).status, 401);
  const token = session.body.accessToken;
  const made = await call(
    "POST",
    "/v1/broadcasts",
    { ...NEW, visibility: "public", seats: 9 },
    token,
  );
  assert.equal(made.status, 201);
  const path = `/v1/broadcasts/${made.body.id}`;
  assert.equal((await call("POST", `${path}/joins`, { role: "listener" }, token)).status, 409);
  assert.equal((await call("PUT", `${path}/heartbeat`, BEAT, token)).status, 204);
  const joined = await call("POST", `${path}/joins`, { role: "reporter" }, token);
  assert.equal(joined.status, 201);
  assert(joined.body.token.length <= 700, `${joined.body.token.length}`);
  const [jwk] = tokens.jwks.keys;
  const read = await compactVerify(joined.body.token, await importJWK(jwk!, "EdDSA"));
  const claims = JSON.parse(new TextDecoder().decode(read.payload));
  assert.deepEqual([claims.aud, claims.role, claims.cnf.jwk.x], [
    made.body.id,
    "reporter",
    publicKey,
  ]);
  assert.equal((await call("GET", "/v1/broadcasts")).body.broadcasts[0].seatsFree, 8);
  wait(30_000);
  assert.equal((await call("GET", path)).body.state, "gone");
  await call("PUT", `${path}/heartbeat`, BEAT, token);
  assert.equal((await call("GET", path)).body.state, "live");
  const other = (await identify("Bo")).session.body.accessToken;
  assert.equal((await call("DELETE", path, undefined, other)).status, 403);
  assert.equal((await call("DELETE", path, undefined, token)).status, 204);
  assert.equal((await call("GET", path)).body.state, "ended");
  assert.equal((await call("PUT", `${path}/heartbeat`, BEAT, token)).status, 409);
});

Deno.test("bad requests get problems, and a banned person loses session and broadcasts", async () => {
  const { call, identify, directory } = await world();
  const { session, publicKey } = await identify("Ann");
  const token = session.body.accessToken;
  const create = (title: string) =>
    call("POST", "/v1/broadcasts", { ...NEW, title, visibility: "public", seats: 9 }, token);
  assert.equal((await call("POST", "/v1/challenges", "{")).status, 400);
  assert.equal((await call("POST", "/v1/challenges", {})).status, 422);
  assert.equal((await call("POST", "/v1/challenges", `"${"x".repeat(70_000)}"`)).status, 413);
  assert.equal((await call("GET", "/v1/broadcasts?limit=0")).status, 400);
  assert.equal((await call("GET", "/v1/broadcasts/ffffffffffffffff")).status, 404);
  assert.equal((await call("POST", "/v1/broadcasts", NEW)).status, 401);
  for (const bad of ["Fl\u0430mengo", "a\u202eb", "\u3164", " "]) {
    const refused = await create(bad);
    assert.equal(refused.status, 422, JSON.stringify(bad));
    assert.equal(refused.response.headers.get("content-type"), "application/problem+json");
  }
  const made = await create("<b>'; DROP TABLE broadcast; --");
  assert.equal(made.status, 201);
  directory.setBanned(new Set([publicKey]));
  assert.equal((await create("x")).status, 403);
  assert.equal((await call("GET", `/v1/broadcasts/${made.body.id}`)).status, 404);
});

Deno.test("the description names every operation with its forms", async () => {
  const { call } = await world();
  const { body } = await call("GET", "/openapi.json");
  const operations = Object.values<object>(body.paths).flatMap((path) => Object.values(path));
  assert.equal(body.openapi, "3.1.0");
  assert.equal(operations.length, 9, JSON.stringify(Object.keys(body.paths)));
  for (const { operationId, responses } of operations) {
    assert(operationId && Object.keys(responses).some((status) => status.startsWith("2")));
  }
});
