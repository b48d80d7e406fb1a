import assert from "node:assert/strict";
import { JoinQueue, type WaitingJoin } from "../../../../server/edge/admission/join_queue.ts";
import { collectGarbage } from "../../../fakes/garbage.ts";

function waiting(hostname: string): WaitingJoin {
  return { application: { from: { hostname, port: 5 } }, hasBegun: false } as WaitingJoin;
}

/** A function of its own, so that no variable keeps the JOIN. */
function passThrough(queue: JoinQueue): WeakRef<WaitingJoin> {
  queue.push(waiting("10.0.0.1"));
  return new WeakRef(queue.shift()!);
}

Deno.test("a JOIN that has had its turn is not kept, though more of its address wait", async () => {
  const queue = new JoinQueue();
  queue.push(waiting("10.0.0.1"));
  const taken = Array.from({ length: 10 }, () => passThrough(queue));
  await collectGarbage();
  assert.deepEqual(taken.map((join) => join.deref()), new Array(10).fill(undefined));
  assert.ok(!queue.isEmpty);
});
