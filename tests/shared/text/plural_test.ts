import assert from "node:assert/strict";
import { plural } from "../../../shared/text/plural.ts";

Deno.test("one is not many, and none is", () => {
  const told = [0, 1, 2, 1000].map((amount) => plural(amount, "event"));
  assert.deepEqual(told, ["0 events", "1 event", "2 events", "1000 events"]);
});
