import assert from "node:assert/strict";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { joined, scene } from "../scenes.ts";
import { acceptInfo, HOST_SSRC } from "../scripted_host.ts";

Deno.test("a putOut ends the listener with its reason, and a putOut for another listener changes nothing", () => {
  const listening = joined();
  listening.stream(0, 10);
  const putOut = { type: "putOut", ssrc: 111, code: 1403, reason: "revoked" } as const;
  listening.give(serializeRtcp([{ ...putOut, listenerSsrc: 334 }]));
  listening.run(500);
  assert.deepEqual(listening.said("ended"), []);
  assert.equal(listening.core.snapshot(listening.now).junk.unknownSsrc, 1);
  listening.give(serializeRtcp([{ ...putOut, listenerSsrc: acceptInfo().listenerSsrc }]));
  assert.deepEqual(listening.said("rejected"), [
    { kind: "rejected", code: 1403, reason: "revoked", retryAfterMillis: 0 },
  ]);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "rejected", code: 1403 }]);
  assert.equal(listening.core.deadline, undefined);
});

Deno.test("only a goodbye of the host itself ends the listener, after late packets had time to come", () => {
  const listening = joined();
  listening.stream(0, 20);
  listening.event(0);
  listening.senderReport(22);
  listening.goodbye(111);
  listening.run(50);
  listening.goodbye(HOST_SSRC, 111, 222);
  listening.run(50);
  listening.sound(20);
  listening.run(2000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "bye" }]);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsReceived, 21);
  assert.equal(ledger.networkLost, 1);
  assert.equal(ledger.maxGap, 1, "losses at the end are a gap too");
});

Deno.test("a goodbye that does not name the host ends nobody, whatever else it names", () => {
  const listening = joined();
  listening.stream(0, 20);
  listening.goodbye(111, 222);
  listening.goodbye(7);
  listening.stream(20, 500);
  assert.equal(listening.said("ended").length, 0);
  assert.equal(listening.channel("audio").packetsReceived, 520);
});

Deno.test("leaving sends a goodbye and gives out what the jitter buffers hold", () => {
  const listening = joined();
  listening.stream(0, 20);
  listening.core.leave("interrupted", listening.now);
  listening.run(10_000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "interrupted" }]);
  assert.equal(listening.said("audio").length, 20);
  const goodbye = listening.reports.at(-1);
  assert.deepEqual(goodbye, { type: "goodbye", ssrcs: [333], reason: "interrupted" });
  const said = listening.outputs.length;
  listening.sound(20);
  listening.core.leave("interrupted", listening.now);
  listening.run(0);
  assert.equal(listening.outputs.length, said, "no output after the end");
});

Deno.test("leaving before the ACCEPT sends no goodbye", () => {
  const joining = scene();
  joining.core.leave("interrupted", joining.now);
  joining.run(0);
  assert.deepEqual(joining.reports, []);
  assert.deepEqual(joining.said("ended"), [{ kind: "ended", reason: "interrupted" }]);
});

Deno.test("a duration counts from the ACCEPT", () => {
  const joining = scene({ durationMillis: 3000 });
  joining.run(2000);
  joining.join();
  joining.stream(90, 300);
  const [ended] = joining.said("ended");
  assert.deepEqual(ended, { kind: "ended", reason: "duration" });
  assert.equal(joining.said("stats").length, 3);
});
