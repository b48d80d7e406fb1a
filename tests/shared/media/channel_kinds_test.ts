import assert from "node:assert/strict";
import { CHANNEL_KINDS, kindOfCode } from "../../../shared/media/channel_kinds.ts";

Deno.test("each kind has a code of its own, by which it is found again", () => {
  const kinds = Object.entries(CHANNEL_KINDS);
  assert.deepEqual(kinds.map(([kind, { code }]) => [kind, code]), [["paced", 1], ["ordered", 2], [
    "frames",
    3,
  ], ["messages", 4]]);
  for (const [kind, { code }] of kinds) assert.equal(kindOfCode(code), kind);
  for (const code of [0, 5, 255, -1, NaN]) assert.equal(kindOfCode(code), undefined);
});

Deno.test("no signed kind has parity: a recovered packet would have no signature", () => {
  for (const { signs, hasParity } of Object.values(CHANNEL_KINDS)) {
    assert.ok(signs === "nothing" || !hasParity);
  }
});

Deno.test("what is not paced is repaired for ever, since a gap would hold back all that follows", () => {
  for (const { release, repair } of Object.values(CHANNEL_KINDS)) {
    assert.ok(release !== "order" || repair === "for-ever");
  }
});
