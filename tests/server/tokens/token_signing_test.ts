import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { CompactSign, importJWK } from "jose";
import { signToken, TokenReader } from "../../../server/tokens/token_signing.ts";
import { fitsJoin } from "../../../shared/admission/admission.ts";
import { entry, Issuer } from "./token_kit.ts";

const issuer = await Issuer.create();
const reader = await TokenReader.open(issuer.register.publicKey);

function base64url(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64url");
}

const CLAIMS = { jti: "0123456789abcdef", sub: "Ann", role: "listener", seats: 1 };

/** A token signed with the issuer's key, but with other headers or claims. */
async function signOddly(claims: unknown, header: Record<string, string> = {}): Promise<string> {
  const { publicKey: x, privateKey: d } = issuer.register;
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x, d }, "EdDSA");
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: "streamer+jwt", ...header }).sign(key);
}

Deno.test("a token holds what was put into it, and its issuer", async () => {
  const times = { notBefore: 1_763_600_000_123, expiresAt: 1_763_600_000_457 };
  for (const fields of [{}, { seats: 9, role: "reporter" as const, name: "Zoë ⚽" }, times]) {
    const { issuedAt: _, ...pass } = entry(fields);
    const { publicKey: issuedBy } = issuer.register;
    assert.deepEqual(await reader.read(await issuer.sign(fields)), { ...pass, issuer: issuedBy });
  }
});

Deno.test("even the longest token fits a JOIN together with a name", async () => {
  const at = 253_402_300_799_999;
  const fields = { name: "é".repeat(64), seats: 100_000, notBefore: at, expiresAt: at };
  const token = await issuer.sign({ ...fields, role: "reporter" });
  assert(token.length < 500, `${token.length}`);
  assert(fitsJoin({ token, name: "é".repeat(64) }));
});

Deno.test("another issuer's token is refused", async () => {
  assert.equal(await reader.read(await (await Issuer.create()).sign()), undefined);
});

Deno.test("no change of a token goes unnoticed", async () => {
  const token = await issuer.sign();
  for (let index = 0; index < token.length; index++) {
    const other = token[index] === "A" ? "B" : "A";
    const changed = token.slice(0, index) + other + token.slice(index + 1);
    const read = await reader.read(changed);
    // The last character of base64url may have unused bits.
    if (read) assert.equal(index, token.length - 1);
  }
  assert.equal(await reader.read(token.slice(0, -1)), undefined);
  assert.equal(await reader.read(`${token}.`), undefined);
});

Deno.test("a token does not choose how it is checked", async () => {
  const claims = base64url(CLAIMS);
  const none = `${base64url({ alg: "none", typ: "streamer+jwt" })}.${claims}.`;
  assert.equal(await reader.read(none), undefined);
  // A known attack: the public key as the secret of an HMAC.
  const head = `${base64url({ alg: "HS256", typ: "streamer+jwt" })}.${claims}`;
  const mac = createHmac("sha256", issuer.register.publicKey).update(head).digest("base64url");
  assert.equal(await reader.read(`${head}.${mac}`), undefined);
});

Deno.test("what the issuer's key signed for another purpose is no token", async () => {
  assert((await reader.read(await signOddly(CLAIMS))) !== undefined, "the test signs properly");
  assert.equal(await reader.read(await signOddly(CLAIMS, { typ: "JWT" })), undefined);
});

Deno.test("invalid claims are refused", async () => {
  const odd: readonly Record<string, unknown>[] = [
    ...[{ seats: 0 }, { seats: 1.5 }, { seats: "1" }, { role: "owner" }, { sub: "a\u001bb" }],
    ...[{ jti: "../../etc" }, { jti: 7 }, { exp: "tomorrow" }, { exp: -1 }, { nbf: null }],
  ];
  for (const change of odd) {
    assert.equal(await reader.read(await signOddly({ ...CLAIMS, ...change })), undefined);
  }
  for (const claims of [[], "text", 7, null, {}]) {
    assert.equal(await reader.read(await signOddly(claims)), undefined);
  }
});

Deno.test("junk is refused, and never throws", async () => {
  const parts = fc.oneof(fc.base64String(), fc.string(), fc.json().map(base64url));
  const junk = fc.oneof(fc.string(), fc.array(parts, { maxLength: 4 }).map((all) => all.join(".")));
  await fc.assert(fc.asyncProperty(junk, async (text) => {
    assert.equal(await reader.read(text), undefined);
  }));
});

Deno.test("a host's copy of the register makes no tokens", async () => {
  const { privateKey: _, ...copy } = issuer.register;
  await assert.rejects(signToken(entry(), copy));
});
