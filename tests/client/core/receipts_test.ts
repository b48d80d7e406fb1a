import assert from "node:assert/strict";
import { SeededRng } from "../../../shared/core/rng.ts";
import { acceptInfo, audioChannel, EVENTS_RTX, eventsChannel, Scene } from "../scripted_host.ts";
import { STARTS } from "../starts.ts";

for (const start of STARTS) {
  Deno.test(`each NACK comes with a receipt of the latest packet and its age, from ${start}`, () => {
    const scene = new Scene({}, new SeededRng(1));
    const channels = [audioChannel(start), eventsChannel(start, { rtx: EVENTS_RTX })];
    scene.join(acceptInfo(start, { channels }));
    scene.event(0, { start });
    scene.event(2, { start });
    scene.run(5);
    scene.event(4, { start });
    scene.run(1000);
    const told = scene.heard("packetReceipt");
    const requests = scene.heard("nack");
    assert.ok(requests.length >= 2);
    assert.equal(told.length, requests.length, "one with each NACK");
    for (const { mediaSsrc, sequence } of told.slice(1)) {
      assert.deepEqual([mediaSsrc, sequence], [222, (start + 4) % 0x1_0000]);
    }
    const delays = told.slice(1).map(({ delaySince }) => delaySince);
    assert.deepEqual(delays, [...delays].sort((one, other) => one - other));
    assert.ok(delays.at(-1)! < 65_536, "at most the second that passed");
    assert.ok(delays.at(-1)! > 20_000, "and most of that second");
    scene.eventAgain(1, { start });
    scene.run(1000);
    const { mediaSsrc, sequence } = scene.heard("packetReceipt").at(-1)!;
    assert.deepEqual([mediaSsrc, sequence], [EVENTS_RTX.ssrc, 7], "a retransmission");
  });
}
