import assert from "node:assert/strict";
import fc from "fast-check";
import { COOKIE_LIFETIME_MILLIS, Cookies } from "../../../../server/edge/admission/cookies.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { MAX_COOKIE_BYTES } from "../../../../shared/admission/admission.ts";
import { START } from "../../kit.ts";

const HERE = { hostname: "10.0.0.9", port: 4000 };
const CLIENT = new SeededRng(5).bytes(16);

Deno.test("a cookie is valid for its address and client, for its lifetime, across key changes", () => {
  fc.assert(fc.property(
    fc.double({ min: 0, max: 200_000, noNaN: true }),
    fc.double({ min: 0, max: 90_000, noNaN: true }),
    (issuedAfter, age) => {
      const cookies = new Cookies(new SeededRng(1), START);
      const issuedAt = START + issuedAfter;
      const cookie = cookies.issue(HERE, CLIENT, issuedAt);
      const verdict = cookies.verify(cookie, HERE, CLIENT, issuedAt + age);
      if (age < COOKIE_LIFETIME_MILLIS - 1) {
        assert.deepEqual(verdict, { ok: true, value: Math.floor(issuedAt) });
      } else if (age > COOKIE_LIFETIME_MILLIS) {
        assert.equal(verdict.ok, false);
      }
    },
  ));
});

Deno.test("an expired cookie is distinguished from a forged one while its key is known", () => {
  const cookies = new Cookies(new SeededRng(1), START);
  const cookie = cookies.issue(HERE, CLIENT, START + 20_000);
  const verdict = cookies.verify(cookie, HERE, CLIENT, START + 51_000);
  assert.deepEqual(verdict, { ok: false, junk: "expiredCookie" });
});

Deno.test("a cookie is invalid for any other address, client or host, and with any changed bit", () => {
  const cookies = new Cookies(new SeededRng(1), START);
  const cookie = cookies.issue(HERE, CLIENT, START);
  const bad = { ok: false, junk: "badCookie" };
  const other = { ...HERE, port: 4001 };
  assert.deepEqual(cookies.verify(cookie, other, CLIENT, START), bad);
  assert.deepEqual(cookies.verify(cookie, { ...HERE, hostname: "10.0.0.8" }, CLIENT, START), bad);
  assert.deepEqual(cookies.verify(cookie, HERE, new SeededRng(6).bytes(16), START), bad);
  const stranger = new Cookies(new SeededRng(2), START);
  assert.deepEqual(stranger.verify(cookie, HERE, CLIENT, START), bad);
  for (let bit = 0; bit < cookie.length * 8; bit++) {
    const changed = cookie.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.deepEqual(cookies.verify(changed, HERE, CLIENT, START), bad, `bit ${bit}`);
  }
});

Deno.test("a cookie of any other length and content is bad, and nothing throws", () => {
  const cookies = new Cookies(new SeededRng(1), START);
  fc.assert(fc.property(fc.uint8Array({ maxLength: MAX_COOKIE_BYTES }), (cookie) => {
    assert.equal(cookies.verify(cookie, HERE, CLIENT, START).ok, false);
  }));
});

Deno.test("cookies fit the wire", () => {
  const cookie = new Cookies(new SeededRng(1), START).issue(HERE, CLIENT, START);
  assert(cookie.length <= MAX_COOKIE_BYTES);
});
