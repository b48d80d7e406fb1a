import assert from "node:assert/strict";
import { StormWatch } from "../../../../server/edge/repair/storm_watch.ts";
import { collectGarbage } from "../../../fakes/garbage.ts";

Deno.test("five of nine that request within 20 ms are a storm; one that requests five times is none", () => {
  const storms = new StormWatch();
  const askers = Array.from({ length: 5 }, () => ({}));
  const one = {};
  assert.ok(askers.every(() => !storms.isStorm(1, one, 9, 100)), "one again and again");
  const answers = askers.map((asker) => storms.isStorm(2, asker, 9, 100));
  assert.deepEqual(answers, [false, false, false, false, true]);
  const tooLate = askers.map((asker, index) => storms.isStorm(3, asker, 9, 100 + 21 * index));
  assert.ok(tooLate.every((isStorm) => !isStorm), "each is forgotten before the next asks");
  assert.ok(askers.every((asker) => !storms.isStorm(4, asker, 10, 100)), "half of ten");
});

Deno.test("the time of a retransmission to all is known by its number", () => {
  const storms = new StormWatch();
  storms.onSentToAll(1, 700, 100);
  assert.deepEqual([storms.sentToAllAt(1), storms.sentAt(700), storms.sentAt(1)], [
    100,
    100,
    undefined,
  ]);
});

Deno.test("a watched packet does not keep the sessions alive that requested it", async () => {
  const storms = new StormWatch();
  const ask = () => {
    const asker = {};
    assert.equal(storms.isStorm(1, asker, 10, 0), false);
    return new WeakRef(asker);
  };
  const asker = ask();
  await collectGarbage();
  assert.equal(asker.deref(), undefined);
});
