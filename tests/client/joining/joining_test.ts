import assert from "node:assert/strict";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { brokenIdentity } from "../../../scripts/network/agreement.ts";
import { joined, scene } from "../scenes.ts";
import { acceptInfo, audioChannel, eventsChannel, HOST } from "../scripted_host.ts";
import { T0 } from "../starts.ts";

Deno.test("joining: HELLO, JOIN with token and name, then a joined output and a report at once", () => {
  const joining = scene({
    token: "evening",
    name: "kitchen",
  });
  assert.deepEqual(joining.states, ["joining"]);
  joining.retry();
  joining.run(0);
  const join = joining.admissions.at(-1);
  assert.ok(join?.type === "join");
  const latency = { latencyMillis: 200, isLatencyFixed: false };
  assert.deepEqual(join.info, { token: "evening", name: "kitchen", ...latency });
  joining.accept(acceptInfo(), 0x1fn);
  joining.run(0);
  const [said] = joining.said("joined");
  assert.equal(said?.connectionId, "000000000000001f");
  assert.equal(said?.again, false);
  assert.deepEqual(said?.server, HOST);
  assert.deepEqual(joining.states, ["joining", "connected"]);
  const types = joining.reports.map(({ type }) => type);
  assert.deepEqual(types, ["receiverReport", "sourceDescription", "referenceTime"]);
});

Deno.test("without an answer the listener ends after 8 s and several HELLOs", () => {
  const lonely = scene();
  lonely.run(20_000);
  assert.deepEqual(lonely.said("ended"), [{ kind: "ended", reason: "timeout" }]);
  assert.ok(lonely.admissions.length >= 12 && lonely.admissions.length <= 20);
  assert.equal(lonely.core.deadline, undefined);
  assert.deepEqual(lonely.core.snapshot(lonely.now).channels, []);
});

Deno.test("a rejected listener gives out the reason and ends", () => {
  const refused = scene();
  refused.retry();
  refused.run(0);
  refused.reject(RejectCode.overload, 5000);
  assert.deepEqual(refused.said("rejected"), [
    { kind: "rejected", code: 1402, reason: "no", retryAfterMillis: 5000 },
  ]);
  assert.deepEqual(refused.said("ended"), [{ kind: "ended", reason: "rejected", code: 1402 }]);
});

Deno.test("packets that overtake the ACCEPT are counted and played with their own arrival times", () => {
  const joining = scene();
  joining.retry();
  joining.run(0);
  joining.sound(0);
  joining.run(26);
  joining.sound(1);
  joining.run(30);
  joining.accept();
  joining.run(1000);
  assert.equal(joining.channel("audio").packetsReceived, 2);
  assert.equal(joining.channel("audio").packetsExpected, 2);
  assert.equal(joining.said("audio").length, 2);
  assert.ok(joining.channel("audio").jitter < 0.0001);
  assert.deepEqual(joining.junk, {});
});

Deno.test("the state is silent after 2 s and connected with the next packet", () => {
  const listening = joined();
  listening.stream(0, 10);
  const last = listening.now;
  listening.run(1999);
  assert.equal(listening.states.at(-1), "connected");
  listening.run(1);
  assert.equal(listening.states.at(-1), "silent");
  listening.run(500);
  listening.stream(Math.ceil((listening.now - last) / 26) + 10, 3);
  assert.deepEqual(listening.states, ["joining", "connected", "silent", "connected"]);
  assert.ok(listening.channel("audio").networkLost > 90);
});

Deno.test("a host that returns with a new SSRC: the ledger continues, the timeline begins again", () => {
  const listening = joined({}, 65_500);
  listening.stream(0, 100, 65_500, (number) => number === 50);
  listening.event(0, { start: 65_500 });
  listening.run(7000);
  assert.equal(listening.states.at(-1), "rejoining");
  assert.equal(listening.admissions.at(-1)?.type, "hello");
  listening.retry();
  listening.run(0);
  const channels = [audioChannel(9, { ssrc: 444 }), eventsChannel(9, { ssrc: 555 })];
  listening.accept(acceptInfo(9, { channels }), 78n);
  assert.equal(listening.said("joined").at(-1)?.again, true);
  assert.equal(listening.states.at(-1), "connected");
  for (let number = 0; number < 30; number++) {
    if (number !== 7 && number !== 8) listening.sound(number, { start: 9, channel: channels[0] });
    listening.run(26);
  }
  listening.run(1000);
  const ledger = listening.channel("audio");
  assert.equal(ledger.ssrc, 444);
  assert.equal(ledger.packetsExpected, 130);
  assert.equal(ledger.networkLost, 3);
  assert.equal(ledger.maxGap, 2);
  assert.equal(ledger.jitterBufferEmittedCount, 127);
  assert.equal(brokenIdentity(ledger), undefined);
});

Deno.test("a host that kept the session: no second joined output, and missed packets are lost", () => {
  const listening = joined();
  listening.stream(0, 10);
  listening.run(7000);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo());
  assert.equal(listening.said("joined").length, 1);
  assert.equal(listening.states.at(-1), "connected");
  listening.stream(270, 5);
  assert.equal(listening.channel("audio").packetsExpected, 275);
  assert.equal(listening.channel("audio").networkLost, 260);
});

Deno.test("a lost host is asked for one minute", () => {
  const listening = joined();
  listening.stream(0, 10);
  const lostAt = listening.now;
  listening.run(90_000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "timeout" }]);
  const asked = listening.admissionTimes.filter((at) => at > lostAt - T0);
  assert.ok(asked.length > 25 && asked.length < 60, `${asked.length} HELLOs`);
});

Deno.test("rejoining waits when the host is full, and sends a new token after 1401", () => {
  const listening = joined({ token: "old" });
  listening.stream(0, 10);
  listening.run(7000);
  listening.retry();
  listening.run(0);
  listening.reject(RejectCode.overload, 3000);
  assert.equal(listening.said("ended").length, 0);
  const before = listening.admissions.length;
  listening.run(2900);
  assert.equal(listening.admissions.length, before, "it waits as long as the host said");
  listening.run(200);
  listening.retry();
  listening.run(0);
  listening.reject(RejectCode.unauthorized);
  assert.deepEqual(listening.states.slice(-2), ["rejoining", "rejoining"]);
  listening.core.changeToken("new");
  listening.run(1000);
  listening.retry();
  listening.run(0);
  const join = listening.admissions.at(-1);
  assert.ok(join?.type === "join");
  assert.equal(join.info.token, "new");
  listening.accept(acceptInfo(), 79n);
  assert.equal(listening.states.at(-1), "connected");
});

Deno.test("a token that is rejected repeatedly ends the rejoining", () => {
  const listening = joined();
  listening.stream(0, 10);
  listening.run(7000);
  for (let times = 0; times < 10 && listening.said("ended").length === 0; times++) {
    listening.retry();
    listening.run(0);
    listening.reject(RejectCode.unauthorized);
    listening.run(1000);
  }
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "rejected", code: 1401 }]);
});

Deno.test("before the broadcast begins the listener waits as long as the host answers", () => {
  const waiting = joined();
  for (let turn = 0; turn < 20; turn++) {
    waiting.run(6100);
    waiting.retry();
    waiting.run(0);
    waiting.accept();
  }
  assert.deepEqual(waiting.states, ["joining", "connected"]);
  assert.equal(waiting.said("joined").length, 1);
});

Deno.test("a late joiner counts from the number in its ACCEPT, whatever was sent before", () => {
  const listening = scene();
  const channels = [audioChannel(70_000, { sequenceBase: 65_000, nextSequence: 70_000 })];
  listening.join(acceptInfo(0, { channels }));
  listening.stream(0, 10, 70_000);
  listening.senderReport(5012);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsExpected, 12);
  assert.equal(ledger.networkLost, 2);
});

Deno.test("datagrams that waited for an ACCEPT during a rejoin are not kept for a much later ACCEPT", () => {
  const other = { ...audioChannel(0), ssrc: 999 };
  const listener = joined();
  listener.stream(0, 40);
  listener.run(7000);
  assert.equal(listener.states.at(-1), "rejoining");
  for (let number = 0; number < 5; number++) listener.sound(number, { channel: other });
  assert.deepEqual(listener.junk, {});
  listener.sound(300);
  listener.sound(301);
  assert.equal(listener.states.at(-1), "connected");
  listener.run(3100);
  assert.deepEqual(listener.junk, { unknownSsrc: 5 });
  listener.run(30_000);
  listener.retry();
  listener.run(0);
  listener.accept(acceptInfo(0, { channels: [other] }), 78n);
  listener.run(1000);
  assert.equal(listener.states.at(-1), "connected");
  const { packetsExpected, packetsReceived } = listener.channel("audio");
  assert.deepEqual([packetsExpected, packetsReceived], [302, 42]);
});

Deno.test("a host that has moved is asked at its new address, and the old one is not heard any more", () => {
  const listening = joined();
  listening.stream(0, 10);
  listening.run(7000);
  assert.equal(listening.states.at(-1), "rejoining");
  const before = listening.admissions.length;
  listening.host = { hostname: "10.0.0.9", port: 6000 };
  listening.core.changeToken("new");
  listening.core.changeServer(listening.host, listening.now);
  listening.run(0);
  assert.equal(listening.admissions.length, before + 1);
  assert.equal(listening.admissions.at(-1)?.type, "hello");
  listening.sound(10, { from: HOST });
  assert.equal(listening.junk.unknownSender, 1);
  listening.retry();
  listening.run(0);
  const join = listening.admissions.at(-1);
  assert.ok(join?.type === "join");
  assert.equal(join.info.token, "new");
  listening.accept(acceptInfo(), 79n);
  const [, again] = listening.said("joined");
  assert.deepEqual([again?.again, again?.server], [true, listening.host]);
  assert.equal(listening.states.at(-1), "connected");
});

Deno.test("a host that is where it was before is not asked anew", () => {
  const listening = joined();
  const before = listening.admissions.length;
  listening.core.changeServer({ ...HOST }, listening.now);
  listening.run(0);
  assert.equal(listening.admissions.length, before);
});
