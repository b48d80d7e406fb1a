import assert from "node:assert/strict";
import { type Examined, TokenExaminer } from "../../../server/tokens/token_examiner.ts";
import type { Pass, PassReview } from "../../../server/tokens/pass.ts";
import { SignedTokenExaminer } from "../../../server/tokens/signed_tokens.ts";
import { revokeTokens, type TokenRegister } from "../../../server/tokens/token_register.ts";
import { entry, Issuer } from "./token_kit.ts";
import type { Join } from "../../../shared/admission/admission.ts";

function join(token?: string): Join {
  const info = token === undefined ? {} : { token };
  return { type: "join", clientRandom: new Uint8Array(16), cookie: new Uint8Array(24), info };
}

function outcome(examined: Examined): string | number {
  assert(examined.kind === "answer");
  const { grant } = examined;
  return grant.kind === "refused" ? grant.code : grant.pass?.name ?? "no pass";
}

async function* once(register: TokenRegister) {
  yield await Promise.resolve(register);
}

async function lastOf(reviews: AsyncIterable<PassReview>): Promise<PassReview> {
  let last: PassReview = () => undefined;
  for await (const review of reviews) last = review;
  return last;
}

Deno.test("a signed token gives a pass, a plain one gives none, and the rest are refused", async () => {
  const issuer = await Issuer.create();
  const plain = new TokenExaminer({ kind: "tokens", tokens: ["plain"] });
  const examiner = new SignedTokenExaminer(await issuer.open(), plain);
  const ask = async (token?: string) => outcome(await examiner.examine(join(token)));
  assert.equal(await ask(await issuer.sign({ name: "Ann" })), "Ann");
  assert.equal(await ask("plain"), "no pass");
  assert.equal(await ask(await (await Issuer.create()).sign()), 1401);
  assert.equal(await ask("a.b.c"), 1401);
  assert.equal(await ask(""), 1401);
  assert.equal(await ask(), 1401);
});

Deno.test("a token without an entry is valid: the register lists revocations", async () => {
  const issuer = await Issuer.create();
  const signed = await issuer.open();
  assert.equal(signed.review((await signed.read(await issuer.sign()))!), undefined);
});

Deno.test("what is revoked in a later register is refused from then on", async () => {
  const issuer = await Issuer.create();
  const signed = await issuer.open();
  const [ann, bo] = [entry({ name: "Ann" }), entry({ name: "Bo", id: "00000000000000bb" })];
  const passes = [
    (await signed.read(await issuer.sign(ann)))!,
    (await signed.read(await issuer.sign(bo)))!,
  ];
  const register = revokeTokens({ ...issuer.register, tokens: [ann, bo] }, "Ann", 1);
  const review = await lastOf(signed.follow(once(register)));
  const codes = passes.map((pass: Pass) => review(pass)?.code);
  assert.deepEqual(codes, [1403, undefined]);
});

Deno.test("another issuer's register makes all passes of the first one's worthless", async () => {
  const [first, second] = [await Issuer.create(), await Issuer.create()];
  const signed = await first.open();
  const token = await first.sign();
  const pass = (await signed.read(token))!;
  const review = await lastOf(signed.follow(once(second.register)));
  assert.equal(review(pass)?.code, 1401);
  assert.equal(await signed.read(token), undefined);
  assert.equal(review((await signed.read(await second.sign()))!), undefined);
});
