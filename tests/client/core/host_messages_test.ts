import assert from "node:assert/strict";
import { Counters } from "../../../shared/core/counters.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import { HostMessages } from "../../../client/core/host_messages.ts";
import { T0 } from "../starts.ts";

const SSRC = 333;

/** When it asks for the first message, since the ACCEPT, until it is given to it at `until`. */
function asks(until: number, then: number): number[] {
  const messages = new HostMessages(SSRC, { rng: new SeededRng(1), junk: new Counters() }, T0);
  const host = new Lane({ ssrc: 1, listenerSsrc: SSRC });
  host.send(Uint8Array.of(1, 2, 3), T0);
  const fragments = host.poll(T0).flat();
  const times: number[] = [];
  let isGiven = false;
  for (
    let now = T0;
    now < T0 + then;
    now = Math.max(now + 1, Math.min(messages.deadline, T0 + then))
  ) {
    if (!isGiven && now >= T0 + until) {
      isGiven = true;
      assert.deepEqual(messages.receive(fragments, now), [Uint8Array.of(1, 2, 3)]);
    }
    for (const message of messages.poll(now).flat()) {
      assert.ok(message.type === "laneAck");
      if (message.isRequest) times.push(now - T0);
    }
  }
  return times;
}

Deno.test("the first message is asked for more and more rarely until it is there", () => {
  const times = asks(Infinity, 10_000);
  assert.ok(times[0]! >= 45 && times[0]! <= 76, `${times[0]}`);
  assert.ok(times.length >= 10 && times.length <= 25, `${times.length}`);
  const waits = times.slice(1).map((at, index) => at - times[index]!);
  assert.ok(waits.at(-1)! > 4 * waits[0]!);
});

Deno.test("it is not asked for when it comes with the ACCEPT, nor after it came", () => {
  assert.deepEqual(asks(0, 60_000), []);
  const times = asks(300, 60_000);
  assert.ok(times.length > 0 && times.at(-1)! <= 300);
});
