import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import * as v from "valibot";
import { DirectoryTokens } from "../../../../server/directory/tokens/directory_tokens.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { JOIN_TOKEN_TYPE, JoinClaimsSchema } from "../../../../shared/directory/join_token.ts";
import { START } from "../../kit.ts";

const ANN = { id: "ann-id", publicKey: `${"k".repeat(42)}A`, name: "Ann" };
const WALL = Number(START);
const HOUR = 3_600_000;

function open(seed: number): Promise<DirectoryTokens> {
  const rng = new SeededRng(seed);
  return DirectoryTokens.open({ signingSeed: rng.bytes(32), accessKey: rng.bytes(32) });
}

Deno.test("the directory reads its own access token until it expires, and nobody else's", async () => {
  const tokens = await open(1);
  const { accessToken, expiresAt } = await tokens.makeAccess(ANN, WALL);
  assert.equal(expiresAt, WALL + 24 * HOUR);
  assert.deepEqual(await tokens.readAccess(accessToken, expiresAt - 1), ANN);
  assert.equal(await tokens.readAccess(accessToken, expiresAt), undefined);
  assert.equal(await (await open(2)).readAccess(accessToken, WALL), undefined);
  assert.deepEqual(await (await open(1)).readAccess(accessToken, WALL), ANN, "after a restart");
});

Deno.test("a join token is checked by the published key, and names person, key, broadcast and role", async () => {
  const tokens = await open(1);
  const joinFor = { broadcastId: "0123456789abcdef", role: "reporter" as const, now: WALL };
  const made = await tokens.makeJoin(ANN, { ...joinFor, bytes: new Uint8Array(8).fill(7) });
  const [jwk] = tokens.jwks.keys;
  const options = { currentDate: new Date(WALL), audience: joinFor.broadcastId };
  const { payload, protectedHeader } = await jwtVerify(made.token, await importJWK(jwk!), options);
  assert.deepEqual([protectedHeader.kid, protectedHeader.typ], [jwk!.kid, JOIN_TOKEN_TYPE]);
  assert(v.is(JoinClaimsSchema, payload), "a host would not read it");
  assert.deepEqual(payload.cnf, { jwk: { kty: "OKP", crv: "Ed25519", x: ANN.publicKey } });
  assert.deepEqual([payload.sub, payload.name, payload.role], ["ann-id", "Ann", "reporter"]);
  assert.equal(payload.exp! * 1000, made.expiresAt);
});

Deno.test("neither kind of token is taken for the other", async () => {
  const tokens = await open(1);
  const joinFor = { broadcastId: "0123456789abcdef", role: "listener" as const, now: WALL };
  const { token } = await tokens.makeJoin(ANN, { ...joinFor, bytes: new Uint8Array(8) });
  const { accessToken } = await tokens.makeAccess(ANN, WALL);
  assert.equal(await tokens.readAccess(token, WALL), undefined);
  const [jwk] = tokens.jwks.keys;
  await assert.rejects(async () => await jwtVerify(accessToken, await importJWK(jwk!)));
  assert.notEqual(decodeProtectedHeader(token).typ, decodeProtectedHeader(accessToken).typ);
  assert.equal(decodeJwt(accessToken).aud, undefined);
});

Deno.test("the longest name gives a token that a join link can carry", async () => {
  const tokens = await open(1);
  const joinFor = { broadcastId: "0123456789abcdef", role: "reporter" as const, now: WALL };
  const name = "é".repeat(64);
  const person = { id: "i".repeat(22), publicKey: ANN.publicKey, name };
  const { token } = await tokens.makeJoin(person, { ...joinFor, bytes: new Uint8Array(8) });
  assert(token.length <= 700, `${token.length}`);
});
