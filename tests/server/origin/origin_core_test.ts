import assert from "node:assert/strict";
import { parseDown } from "../../../server/link/down.ts";
import { serializeUp } from "../../../server/link/up.ts";
import { OriginCore } from "../../../server/origin/origin_core.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { config, goal, START } from "../kit.ts";

/** An origin with events that has started. */
function started() {
  const origin = new OriginCore(config({ hasEvents: true }), {
    rng: new SeededRng(1),
    now: START,
    ciphers: nodeCiphers,
  });
  origin.receiveFromEdge(0, serializeUp({ type: "listeners", joined: 1 }), START);
  const told = () =>
    origin.takeDown().map((bytes) => {
      const message = parseDown(bytes);
      assert.ok(message.ok);
      return message.value;
    });
  const types = () => told().map(({ type }) => type);
  return { origin, told, types };
}

Deno.test("events that are sent together are told with one head of the timeline, that of the last", () => {
  const { origin, told } = started();
  told();
  origin.pushEvents([goal("one"), goal("two"), goal("three")], START);
  const [head, ...items] = told();
  assert.ok(head?.type === "timeline");
  assert.equal(head.count, 3);
  assert.deepEqual(items.map(({ type }) => type), ["item", "item", "item"]);
  origin.pushEvents([goal("four")], START + 1000);
  assert.deepEqual(told().map(({ type }) => type), ["timeline", "item"]);
});

Deno.test("events of a channel that the host has stopped stay in the timeline, and are not sent", () => {
  const { origin, told, types } = started();
  const channel = told().find(({ type }) => type === "channel");
  assert.ok(channel?.type === "channel");
  origin.endChannel(channel.id);
  assert.deepEqual(types(), ["channel-ended"]);
  origin.pushEvents([goal("one")], START);
  assert.deepEqual(types(), []);
  assert.equal(origin.timeline.head.count, 1);
});
