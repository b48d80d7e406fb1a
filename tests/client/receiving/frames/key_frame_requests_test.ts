import assert from "node:assert/strict";
import { KeyFrameRequests } from "../../../../client/receiving/frames/key_frame_requests.ts";

/** When it requests a key frame, if it is asked each millisecond. */
function sentAt(requests: KeyFrameRequests, from: number, to: number): number[] {
  const times: number[] = [];
  for (let now = from; now < to; now++) if (requests.poll(now)) times.push(now);
  return times;
}

Deno.test("while the picture is held, a key frame is requested once a second, after a time for repair", () => {
  const requests = new KeyFrameRequests();
  assert.equal(requests.deadline, Infinity);
  for (const now of [5000, 5010]) requests.onHeld(true, 60, now);
  assert.equal(requests.deadline, 5060);
  assert.deepEqual(sentAt(requests, 5000, 8000), [5060, 6060, 7060]);
  assert.equal(requests.count, 3);
});

Deno.test("the picture goes on: nothing is requested", () => {
  const requests = new KeyFrameRequests();
  requests.onHeld(true, 60, 5000);
  requests.onShown();
  assert.equal(requests.deadline, Infinity);
  assert.deepEqual(sentAt(requests, 5000, 8000), []);
});

Deno.test("however often the picture is held, there is at most one request a second", () => {
  const requests = new KeyFrameRequests();
  const times: number[] = [];
  for (let now = 0; now < 10_000; now++) {
    if (now % 100 === 0) requests.onShown();
    if (now % 100 === 1) requests.onHeld(true, 20, now);
    if (requests.poll(now)) times.push(now);
  }
  assert.ok(times.length >= 9);
  for (const [index, at] of times.slice(1).entries()) assert.ok(at - times[index]! >= 1000);
});

Deno.test("a late joiner first waits for the packets that the host sends unasked", () => {
  const requests = new KeyFrameRequests();
  requests.onHeld(false, 60, 0);
  assert.deepEqual(sentAt(requests, 0, 2000), [500, 1500]);
});
