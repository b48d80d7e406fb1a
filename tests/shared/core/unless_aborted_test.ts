import assert from "node:assert/strict";
import { unlessAborted } from "../../../shared/core/unless_aborted.ts";

Deno.test("what is done in time is given, and its failure too", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error("no")), signal), /no/);
});

Deno.test("an abort ends the waiting, before or after it began, whatever comes later", async () => {
  const controller = new AbortController();
  const never = unlessAborted(new Promise(() => {}), controller.signal);
  const work = Promise.withResolvers<number>();
  const late = unlessAborted(work.promise, controller.signal);
  controller.abort();
  assert.deepEqual(await Promise.all([never, late]), [undefined, undefined]);
  work.reject(new Error("nobody's concern"));
  assert.equal(await unlessAborted(Promise.resolve(1), controller.signal), undefined);
});
