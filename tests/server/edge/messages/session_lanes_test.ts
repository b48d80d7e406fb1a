import assert from "node:assert/strict";
import fc from "fast-check";
import { RejectCode } from "../../../../shared/admission/admission.ts";
import { serializeRtcp } from "../../../../shared/rtcp/rtcp.ts";
import { parseRtcp } from "../../../../shared/rtcp/rtcp.ts";
import { serializeAdmission } from "../../../../shared/admission/admission.ts";
import { demux } from "../../../../shared/rtp/demux.ts";
import { runs } from "../../../runs.ts";
import { Guest, MP3, Stage } from "../../kit.ts";
import { DATA, SCREEN } from "../../../loopback/made_up_items.ts";

const told = (guest: Guest) => guest.listen().messages.map(({ type }) => type);

/** When fragments of messages were sent since the last call. */
function laneTimes(stage: Stage): number[] {
  return stage.sent.splice(0).flatMap(({ datagram, at }) => {
    const kind = demux(datagram);
    const messages = kind.ok && kind.value === "rtcp" ? parseRtcp(datagram) : undefined;
    return messages?.ok && messages.value.some(({ type }) => type === "laneData") ? [at] : [];
  });
}

Deno.test("the description leaves in the flight of the ACCEPT and is repeated until it is acknowledged", () => {
  const stage = new Stage({ audio: MP3, match: { home: "A", away: "B" } });
  const guest = new Guest(stage);
  guest.joinWith(guest.hello());
  assert.deepEqual(told(guest), ["described"]);
  assert.deepEqual(guest.described.match, { home: "A", away: "B" });
  assert.deepEqual(guest.described.channels.map(({ channel }) => channel), ["audio", "events"]);
  stage.run(1000);
  const { listenerSsrc: ssrc } = guest.info!;
  stage.receive(serializeRtcp([{ type: "receiverReport", ssrc, reports: [] }]), guest.address);
  stage.run(1500);
  assert.equal(guest.heard("laneData").length, 4, "after 300, 600 and 1200 ms");
  guest.report();
  laneTimes(stage);
  stage.run(60_000);
  assert.deepEqual(laneTimes(stage), []);
});

Deno.test("all are told of a channel, a hundred in ten milliseconds, and an idle lane wakes nobody", () => {
  const stage = new Stage({ audio: MP3, capacity: 500 });
  const guests = Array.from({ length: 250 }, (_, index) => {
    const guest = new Guest(stage, { hostname: `10.1.${index >> 4}.${index & 15}`, port: 5000 });
    guest.join();
    return guest;
  });
  laneTimes(stage);
  const begunAt = stage.now;
  stage.tell((core) => core.openChannel(SCREEN, stage.now));
  stage.run(200);
  const counts = new Map<number, number>();
  const sent = stage.sent.filter(({ datagram }) => demux(datagram).ok);
  for (const guest of guests) assert.deepEqual(told(guest).slice(1), ["channel-started"]);
  for (const { at } of sent) counts.set(at - begunAt, (counts.get(at - begunAt) ?? 0) + 1);
  assert.deepEqual([0, 10, 20].map((millis) => counts.get(millis)), [100, 100, 50]);
});

Deno.test("another ACCEPT has the numbers that each channel was told with, and none of a channel that ended", () => {
  const stage = new Stage().run(10);
  const guest = new Guest(stage);
  guest.join();
  let [screen, data] = [-1, -1];
  stage.tell((core) => screen = core.openChannel(SCREEN, stage.now));
  stage.tell((core) => data = core.openChannel(DATA, stage.now));
  for (let index = 0; index < 10; index++) {
    stage.tell((core) => core.pushItem(screen, Uint8Array.of(1), stage.now));
    stage.tell((core) => core.pushItem(data, Uint8Array.of(2), stage.now));
  }
  stage.tell((core) => core.endChannel(data, stage.now));
  stage.run(100);
  const { listenerSsrc } = guest.info!;
  guest.join();
  assert.equal(guest.info!.listenerSsrc, listenerSsrc, "the same session");
  const started = guest.messages.flatMap((message) =>
    message.type === "channel-started" ? [message.numbers] : []
  );
  const renewed = guest.info!.channels;
  assert.equal(renewed.length, 2);
  assert.deepEqual(renewed.at(-1), started[0]);
  assert.equal(renewed.at(-1)!.nextSequence, renewed.at(-1)!.sequenceBase);
  assert.equal(told(guest).filter((type) => type === "described").length, 1, "the lane goes on");
  assert.deepEqual(guest.messages.at(-1), {
    ...{ type: "channel-ended", ssrc: started[1]!.ssrc, packetCount: 10 },
  });
});

Deno.test("a HELLO of version 1 is answered 1505, and one that is cut short is not", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const hello = serializeAdmission({ type: "hello", clientRandom: guest.clientRandom });
  hello[1] = 1;
  stage.receive(hello, guest.address);
  const [answer] = stage.take(guest.address);
  assert.deepEqual([...answer!.subarray(0, 2)], [68, 2]);
  assert.equal(new DataView(answer!.buffer, answer!.byteOffset).getUint16(18), RejectCode.version);
  stage.receive(hello.subarray(0, 60), guest.address);
  assert.deepEqual(stage.take(guest.address), []);
});

Deno.test("before the start and without a channel the host reports under its own SSRC", () => {
  const stage = new Stage({ hasEvents: false, isAudioAwaited: true });
  const guest = new Guest(stage);
  guest.join();
  stage.run(3000);
  const own = guest.heard("receiverReport").map(({ ssrc }) => ssrc);
  assert.ok(own.length >= 3);
  assert.ok(own.every((ssrc) => ssrc === guest.info!.hostSsrc));
  assert.equal(guest.heard("senderReport").length, 0);
});

Deno.test("whatever a listener says on its lane, the host neither throws nor answers without end", () => {
  const ssrcs = fc.constantFrom("own", "other");
  const number = fc.oneof(fc.nat(12), fc.nat(0xffff_ffff));
  const data = fc.record({
    ...{ of: ssrcs, fragment: number, isFirst: fc.boolean(), isLast: fc.boolean() },
    bytes: fc.uint8Array({ maxLength: 1000 }),
  });
  const ack = fc.record({ of: ssrcs, next: number, mask: fc.nat(255), isRequest: fc.boolean() });
  const step = fc.oneof(data, ack, fc.nat(3000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stage = new Stage({ audio: MP3 });
      const guest = new Guest(stage);
      guest.join();
      const { listenerSsrc: ssrc } = guest.info!;
      for (const step of steps) {
        if (typeof step === "number") {
          stage.run(step);
          continue;
        }
        const listenerSsrc = step.of === "own" ? ssrc : ssrc ^ 1;
        const message = "bytes" in step
          ? { type: "laneData", ssrc, listenerSsrc, ...step } as const
          : { type: "laneAck", ssrc, listenerSsrc, ...step } as const;
        stage.receive(serializeRtcp([message]), guest.address);
        const drawn = stage.sent.splice(0).filter(({ at }) => at === stage.now);
        assert.ok(drawn.length <= 12, `${drawn.length} datagrams for one`);
      }
      guest.report();
      const junk = stage.core.stats().junk;
      assert.equal(junk.malformedRtcp, undefined);
    }),
    runs(100),
  );
});

Deno.test("a channel begins and ends 300 times in a minute: who acknowledges is told all, who does not is put out", () => {
  const stage = new Stage({ audio: MP3 });
  const [good, mute] = [new Guest(stage), new Guest(stage)];
  for (const guest of [good, mute]) guest.join();
  const { listenerSsrc } = mute.info!;
  for (let turn = 0; turn < 300; turn++) {
    let id = -1;
    stage.tell((core) => id = core.openChannel(SCREEN, stage.now));
    stage.run(100);
    good.report();
    stage.tell((core) => core.endChannel(id, stage.now));
    stage.run(100);
    good.report();
    mute.tell({ type: "receiverReport", ssrc: listenerSsrc, reports: [] });
  }
  stage.run(1000);
  assert.equal(told(good).filter((type) => type === "channel-started").length, 300);
  assert.equal(told(good).filter((type) => type === "channel-ended").length, 300);
  assert.deepEqual(good.heard("putOut"), []);
  const [notice] = mute.heard("putOut");
  assert.equal(notice?.code, RejectCode.overload);
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["silent"]);
  mute.join();
  assert.notEqual(mute.info!.listenerSsrc, listenerSsrc);
  assert.deepEqual(told(mute).slice(-1), ["described"]);
});

Deno.test("what no listener says is counted in the statistics: of another session, not sent, too much, in pieces", () => {
  const stage = new Stage({ audio: MP3 });
  const guest = new Guest(stage);
  guest.join();
  const { listenerSsrc: ssrc } = guest.info!;
  const ack = { type: "laneAck", ssrc, listenerSsrc: ssrc, next: 1, mask: 0 } as const;
  const data = { type: "laneData", ssrc, listenerSsrc: ssrc, isFirst: true, isLast: true } as const;
  guest.tell({ ...ack, listenerSsrc: ssrc ^ 1 }, ack);
  assert.deepEqual(stage.core.stats().junk, { unknownSsrc: 1 });
  guest.tell({ ...ack, next: 2 }, { ...ack, mask: 1 });
  assert.deepEqual(stage.core.stats().junk, { unknownSsrc: 1, implausibleSequence: 2 });
  const bytes = new Uint8Array(0);
  guest.tell({ ...data, fragment: 0, isFirst: false, bytes });
  assert.equal(stage.core.stats().junk.malformedMessage, 1);
  for (let copy = 0; copy < 70; copy++) guest.tell({ ...data, fragment: 1, bytes });
  assert.equal(stage.core.stats().junk.overflow, 1 + 70 - 64);
});

Deno.test("who joins is told how many packets the channels had that ended last, eight at most", () => {
  const stage = new Stage().run(10);
  const counts: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    let id = -1;
    stage.tell((core) => id = core.openChannel(SCREEN, stage.now));
    for (let index = 0; index < turn; index++) {
      stage.tell((core) => core.pushItem(id, Uint8Array.of(1), stage.now));
    }
    stage.tell((core) => core.endChannel(id, stage.now));
    counts.push(turn);
  }
  const guest = new Guest(stage);
  guest.join();
  const { ended = [] } = guest.described;
  assert.deepEqual(ended.map(({ packetCount }) => packetCount), counts.slice(2));
  assert.equal(new Set(ended.map(({ ssrc }) => ssrc)).size, 8);
});

Deno.test("a flood of requests for the first message draws twenty fragments a second, and the bytes of no more", () => {
  const name = "W".repeat(80);
  const stage = new Stage({ audio: MP3, match: { home: name, away: name } });
  const guest = new Guest(stage);
  guest.joinWith(guest.hello());
  const { listenerSsrc: ssrc } = guest.info!;
  const ask = { type: "laneAck", ssrc, listenerSsrc: ssrc, next: 0, mask: 0 } as const;
  guest.rtcp.length = 0;
  for (let millis = 0; millis < 10_000; millis += 5) {
    guest.tell({ ...ask, isRequest: true });
    stage.run(5);
  }
  const fragments = guest.heard("laneData");
  assert.ok(fragments.length > 100 && fragments.length <= 8 + 20 * 10, `${fragments.length}`);
  const bytes = fragments.reduce((sum, fragment) => sum + 24 + fragment.bytes.length, 0);
  assert.ok(bytes < 2000 * 24 * 2, `${bytes} bytes for ${2000 * 24}`);
  assert.deepEqual(guest.heard("laneAck"), [], "an acknowledgement draws none");
});
