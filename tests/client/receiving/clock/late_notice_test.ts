import assert from "node:assert/strict";
import { LateNotice } from "../../../../client/receiving/clock/late_notice.ts";
import { T0 } from "../../starts.ts";

function notices(lateBy: (packet: number) => number, packets = 2000): string[] {
  const notice = new LateNotice(50);
  const said: string[] = [];
  for (let packet = 0; packet < packets; packet++) {
    notice.onOriginal(lateBy(packet), T0 + packet * 20);
    const text = notice.take();
    if (text !== undefined) said.push(text);
  }
  return said;
}

Deno.test("a latency that the path does not allow is told once, with the least that would do", () => {
  const [said, ...others] = notices(() => 32);
  assert.deepEqual(others, []);
  assert.match(said!, /A latency of 50 ms is too short .* 100 % .*--latency 90ms/);
});

Deno.test("the packet that came last decides, and a latency that it would meet is in time", () => {
  const [said] = notices((packet) => packet % 4 === 0 ? packet % 8 * 10 + 3 : -5);
  assert.match(said!, /25 % .*--latency 100ms/);
});

Deno.test("a few late packets are no reason, nor a moment's disturbance", () => {
  assert.deepEqual(notices((packet) => packet % 20 === 0 ? 30 : -10), []);
  assert.deepEqual(notices(() => -0.1), []);
  assert.deepEqual(notices(() => 30, 10), []);
});

Deno.test("packets that were late only while a clock was wrong are no reason", () => {
  const notice = new LateNotice(50);
  for (let packet = 0; packet < 2000; packet++) {
    notice.onOriginal(packet >= 240 && packet < 400 ? 3000 : -5, T0 + packet * 20);
    if (packet === 400) notice.restart();
    assert.equal(notice.take(), undefined);
  }
});

Deno.test("late packets at the end of one window and the beginning of the next are no reason", () => {
  assert.deepEqual(notices((packet) => packet >= 200 && packet < 255 ? 30 : -5), []);
});
