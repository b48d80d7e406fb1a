import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../shared/core/rng.ts";
import { brokenIdentity } from "../../../scripts/network/agreement.ts";
import { junkDatagrams } from "../../fuzz/junk.ts";
import {
  acceptInfo,
  audioChannel,
  eventsChannel,
  HOST,
  HOST_SSRC,
  Scene,
  soundDatagram,
} from "../scripted_host.ts";
import type { LaneMessage } from "../../../shared/rtcp/lane_messages.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { runs } from "../../runs.ts";

const STRANGER = { hostname: "10.9.9.9", port: 5004 };

type Operation = (scene: Scene) => void;

const number = fc.oneof(fc.nat(12), fc.nat(0xffff_ffff));
const listenerSsrc = fc.constantFrom(333, 334);
const laneMessage: fc.Arbitrary<LaneMessage> = fc.oneof(
  fc.record({
    ...{ type: fc.constant("laneData" as const), ssrc: fc.constant(HOST_SSRC), listenerSsrc },
    ...{ fragment: number, isFirst: fc.boolean(), isLast: fc.boolean() },
    bytes: fc.uint8Array({ maxLength: 1000 }),
  }),
  fc.record({
    ...{ type: fc.constant("laneAck" as const), ssrc: fc.constant(HOST_SSRC), listenerSsrc },
    ...{ next: number, mask: fc.nat(255), isRequest: fc.boolean() },
  }),
);

/** Everything that can happen to a listener, plausible or not. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.nat(4000).map((millis) => (scene: Scene) => scene.run(millis)),
  fc.nat(40).map((millis) => (scene: Scene) => scene.run(millis)),
  fc.nat(300).map((number) => (scene: Scene) => scene.sound(number)),
  fc.nat(70_000).map((number) => (scene: Scene) => scene.sound(number)),
  fc.nat(50).map((number) => (scene: Scene) => scene.event(number)),
  fc.nat(400).map((count) => (scene: Scene) => scene.senderReport(count)),
  fc.nat(2 ** 32 - 1).map((count) => (scene: Scene) => scene.senderReport(count)),
  fc.tuple(fc.nat(3), fc.nat(5)).map(([ssrc, name]) => (scene: Scene) =>
    scene.begin(audioChannel(0, { ssrc, channel: name < 4 ? "screen" : "audio" }))
  ),
  fc.tuple(fc.constantFrom(0, 1, 2, 111, 222), fc.nat(300)).map(([ssrc, packetCount]) =>
  (
    scene: Scene,
  ) => scene.tell({ type: "channel-ended", ssrc, packetCount })),
  laneMessage.map((message) => (scene: Scene) => scene.give(serializeRtcp([message]))),
  fc.constant((scene: Scene) => scene.hostReport()),
  fc.constantFrom([HOST_SSRC], [HOST_SSRC, 111, 222], [111], [222], [111, 222], [9]).map(
    (ssrcs) => (scene: Scene) => scene.goodbye(...ssrcs),
  ),
  fc.constant((scene: Scene) => scene.retry()),
  fc.tuple(fc.nat(65_535), fc.bigInt(1n, 3n)).map(([start, id]) => (scene: Scene) =>
    scene.accept(acceptInfo(start), id)
  ),
  fc.tuple(fc.nat(2), fc.bigInt(1n, 3n)).map(([ssrc, id]) => (scene: Scene) =>
    scene.accept(acceptInfo(0, { channels: [audioChannel(0, { ssrc }), eventsChannel(0)] }), id)
  ),
  fc.constantFrom(1401, 1402, 1403, 7).map((code) => (scene: Scene) => scene.reject(code, 500)),
  fc.constant((scene: Scene) => scene.core.changeToken("another")),
  fc.constant((scene: Scene) => scene.core.advance(scene.now)),
  fc.nat(20_000).map((pause) => (scene: Scene) => void (scene.now += pause)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => (scene: Scene) => scene.give(bytes)),
  fc.tuple(fc.constantFrom(0x80, 0x81, 0xa0, 65, 67, 68), fc.uint8Array({ maxLength: 100 }))
    .map(([first, rest]) => (scene: Scene) => scene.give(Uint8Array.of(first, ...rest))),
);
const leaving: Operation = (scene) => scene.core.leave("interrupted", scene.now);

Deno.test("no sequence of operations throws, hangs, breaks the ledger or gives output after the end", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60 }),
      fc.boolean(),
      fc.nat(),
      (operations, joins, seed) => {
        const scene = new Scene({}, new SeededRng(seed));
        if (joins) scene.join();
        for (const operate of operations) {
          operate(scene);
          for (const ledger of scene.core.snapshot(scene.now).channels) {
            assert.equal(brokenIdentity(ledger), undefined);
            assert.ok(
              ledger.networkLost >= 0 && ledger.packetsDiscarded >= 0 && ledger.maxGap >= 0,
            );
            assert.ok(
              ledger.packetsDiscarded + ledger.jitterBufferEmittedCount <= ledger.packetsReceived,
            );
          }
        }
        leaving(scene);
        scene.run(200_000);
        const ends = scene.said("ended").length;
        assert.equal(ends, 1);
        assert.equal(scene.outputs.at(-1)?.kind, "ended");
        assert.equal(scene.core.deadline, undefined);
      },
    ),
    runs(400),
  );
});

Deno.test("played sound is in order and no packet is played twice, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const scene = new Scene({}, new SeededRng(1));
      scene.join();
      for (const operate of operations) operate(scene);
      const byStream: number[][] = [[]];
      for (const output of scene.outputs) {
        if (output.kind === "joined") byStream.push([]);
        if (output.kind === "audio") byStream.at(-1)!.push(output.mediaTime);
      }
      for (const times of byStream) {
        assert.deepEqual(times, times.toSorted((one, other) => one - other));
        assert.equal(new Set(times).size, times.length);
      }
    }),
    runs(200),
  );
});

Deno.test("junk from other senders does not change the ledgers, and all of it is counted", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const scene = new Scene({}, new SeededRng(seed));
    scene.join();
    scene.stream(0, 100);
    const before = scene.core.snapshot(scene.now).channels;
    const counted = Object.values(scene.junk).reduce((sum, count) => sum + count, 0);
    const real = [soundDatagram(audioChannel(0), 0, 100), soundDatagram(audioChannel(0), 0, 50)];
    const junk = junkDatagrams(new SeededRng(seed + 100), real);
    for (let count = 0; count < 2000; count++) scene.give(junk.next().value!, STRANGER);
    assert.deepEqual(scene.core.snapshot(scene.now).channels, before);
    const after = Object.values(scene.junk).reduce((sum, count) => sum + count, 0);
    assert.equal(after - counted, 2000);
  }
});

Deno.test("damaged datagrams from the host's own address never spoil a ledger", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const scene = new Scene({}, new SeededRng(seed));
    scene.join();
    const junk = junkDatagrams(new SeededRng(seed), [soundDatagram(audioChannel(0), 0, 40)]);
    for (let number = 0; number < 2000; number++) {
      scene.stream(number, 1);
      scene.give(junk.next().value!, HOST);
    }
    const ledger = scene.channel("audio");
    assert.equal(brokenIdentity(ledger), undefined);
    // A datagram with plausible numbers is believed: only authentication could detect the damage.
    assert.ok(ledger.packetsExpected < 2000 + 101, `${ledger.packetsExpected}`);
    assert.ok(ledger.packetsReceived >= 2000 - 5);
  }
});
