import assert from "node:assert/strict";
import fc from "fast-check";
import {
  findTokens,
  parseTokenRegister,
  publicPart,
  revokeTokens,
  seatsOf,
  serializeTokenRegister,
  stateOf,
  type TokenRegister,
} from "../../../server/tokens/token_register.ts";
import { entry, PUBLIC_KEY } from "./token_kit.ts";

const REGISTER: TokenRegister = {
  publicKey: PUBLIC_KEY,
  privateKey: PUBLIC_KEY,
  tokens: [
    entry({ id: "00000000000000aa", name: "Ann", notBefore: 1000, expiresAt: 2000 }),
    entry({ id: "00000000000000bb", name: "Bo", role: "reporter", seats: 7, revokedAt: 5 }),
    entry({ id: "00000000000000cc", name: "Ann" }),
  ],
};

Deno.test("a register comes back as it was written", () => {
  assert.deepEqual(parseTokenRegister(serializeTokenRegister(REGISTER)), REGISTER);
});

Deno.test("a host's copy has everything but the private key", () => {
  const copy = serializeTokenRegister(publicPart({ ...REGISTER, privateKey: "P".repeat(43) }));
  assert(!copy.includes("PPP"));
  assert.deepEqual(parseTokenRegister(copy), publicPart(REGISTER));
});

Deno.test("any content is a complete register or refused", () => {
  const text = serializeTokenRegister(REGISTER);
  // Values that JSON has: it has neither NaN nor negative zero.
  const values = fc.oneof(fc.string(), fc.double(), fc.constantFrom(null, [], {}))
    .map((value): unknown => JSON.parse(JSON.stringify(value)));
  const fields = fc.constantFrom("kind", "version", "publicKey", "privateKey", "tokens");
  fc.assert(fc.property(fields, values, (field, value) => {
    const whole = JSON.parse(text);
    const read = parseTokenRegister(JSON.stringify({ ...whole, [field]: value }));
    const isEmpty = field === "tokens" && Array.isArray(value);
    assert.equal(read !== undefined, isEmpty || value === whole[field]);
  }));
  const tokenFields = fc.constantFrom("id", "name", "role", "seats", "issuedAt", "expiresAt");
  fc.assert(fc.property(tokenFields, values, (field, value) => {
    const changed = JSON.parse(text);
    changed.tokens[0][field] = value;
    const read = parseTokenRegister(JSON.stringify(changed));
    if (read) assert.deepEqual(read.tokens[0], { ...REGISTER.tokens[0], [field]: value });
  }));
  fc.assert(fc.property(fc.string(), (junk) => assert.equal(parseTokenRegister(junk), undefined)));
  fc.assert(fc.property(fc.nat(text.length - 3), (length) => {
    assert.equal(parseTokenRegister(text.slice(0, length)), undefined);
  }));
});

Deno.test("a name with control characters is refused", () => {
  for (const name of ["", "a\u001b[2J", "a\nb", "a\u202eb", "x".repeat(65), "ã".repeat(65)]) {
    const register = { ...REGISTER, tokens: [entry({ name })] };
    assert.equal(parseTokenRegister(serializeTokenRegister(register)), undefined, name);
  }
});

Deno.test("a name means all its tokens, an id one; what was revoked before keeps its time", () => {
  const ids = (nameOrId: string) => findTokens(REGISTER, nameOrId).map(({ id }) => id.slice(-2));
  assert.deepEqual(ids("Ann"), ["aa", "cc"]);
  assert.deepEqual(ids("00000000000000cc"), ["cc"]);
  assert.deepEqual(ids("an"), []);
  const { tokens } = revokeTokens(revokeTokens(REGISTER, "Ann", 77), "Bo", 78);
  assert.deepEqual(tokens.map(({ revokedAt }) => revokedAt), [77, 5, 77]);
  assert.equal(REGISTER.tokens[0]!.revokedAt, undefined);
});

Deno.test("a token is good from its beginning to its end, unless it was revoked", () => {
  const [ann, bo, other] = REGISTER.tokens;
  const states = [999, 1000, 1999, 2000].map((now) => stateOf(ann!, now));
  assert.deepEqual(states, ["not yet valid", "valid", "valid", "expired"]);
  assert.equal(stateOf(bo!, 0), "revoked");
  assert.equal(stateOf(other!, 1e15), "valid");
});

Deno.test("the seats are those of tokens that admit a listener now or later", () => {
  assert.deepEqual([500, 1500, 2500].map((now) => seatsOf(REGISTER, now)), [2, 2, 1]);
});
