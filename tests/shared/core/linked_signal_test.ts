import assert from "node:assert/strict";
import { linkedSignal } from "../../../shared/core/linked_signal.ts";

Deno.test("a linked signal aborts with the first of its signals, with its reason", () => {
  for (const first of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    const linked = linkedSignal(...controllers.map(({ signal }) => signal));
    assert.equal(linked.aborted, false);
    controllers[first]!.abort("first");
    assert.equal(linked.aborted, true);
    assert.equal(linked.reason, "first");
    controllers[1 - first]!.abort("second");
    assert.equal(linked.reason, "first");
  }
});

Deno.test("a signal that is linked to an aborted one is aborted", () => {
  const linked = linkedSignal(new AbortController().signal, AbortSignal.abort("before"));
  assert.equal(linked.aborted, true);
  assert.equal(linked.reason, "before");
});
