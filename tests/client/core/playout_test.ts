import assert from "node:assert/strict";
import { eventsChannel } from "../scripted_host.ts";
import { STARTS } from "../starts.ts";
import { dataChannel, Listening, screenChannel, upTo } from "../receiving/made_up_channels.ts";

for (const start of STARTS) {
  const events = eventsChannel(start);
  const data = dataChannel(start);

  Deno.test(`each ordered channel continues after its own last event, from ${start}`, () => {
    const listening = new Listening();
    listening.adopt([events, data]);
    listening.stream([events], 0, 30);
    listening.stream([data], 0, 10, (index) => index === 7);
    const restarted = [
      eventsChannel(start + 5, { ssrc: 900, nextSequence: start + 5 + 30 }),
      dataChannel(start + 9, { ssrc: 901, nextSequence: start + 9 + 10 }),
    ] as const;
    listening.adopt(restarted);
    listening.stream(restarted, 30, 5);
    for (let index = 7; index < 30; index++) listening.give(restarted[1], index, "retransmission");
    listening.run(100);
    assert.deepEqual(listening.played("events"), upTo(35, 1));
    assert.deepEqual(listening.played("data"), upTo(35, 1));
    assert.deepEqual(listening.outputs.filter(({ kind }) => kind === "timeline-reset"), []);
    assert.equal(listening.ledger("data").residualLost, 0, "the missing one was repaired");
    assert.equal(listening.ledger("events").packetsRepaired.nack, 0);
  });

  Deno.test(`another broadcast begins all ordered channels anew, from ${start}`, () => {
    const listening = new Listening();
    const screen = screenChannel(start);
    listening.adopt([events, screen, data]);
    listening.stream([events, screen], 0, 5);
    const other = [eventsChannel(start, { ssrc: 900 }), dataChannel(start, { ssrc: 901 })];
    listening.adopt(other, true, { broadcastId: "00000000000000bb" });
    const resets = listening.outputs.filter(({ kind }) => kind === "timeline-reset");
    assert.deepEqual(resets, [{ kind: "timeline-reset", channel: "events" }], "data knew none");
    listening.stream(other, 0, 3);
    assert.deepEqual(listening.played("events"), [...upTo(5, 1), ...upTo(3, 1)]);
    assert.deepEqual(listening.played("data"), upTo(3, 1));
  });
}

Deno.test("a paced channel whose codec is not one of sound is counted, and its payloads are refused", () => {
  const listening = new Listening();
  const screen = screenChannel(0, { codec: "json" });
  listening.adopt([screen]);
  listening.stream([screen], 0, 5);
  listening.run(1000);
  assert.deepEqual(listening.outputs, []);
  assert.equal(listening.ledger("screen").packetsReceived, 5);
  assert.deepEqual(listening.junk.snapshot(), { malformedPayload: 5 });
});
