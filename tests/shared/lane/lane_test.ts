import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../shared/core/rng.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import type { LaneMessage } from "../../../shared/rtcp/lane_messages.ts";
import { runs } from "../../runs.ts";
import { HOST_SSRC, LaneNetwork, LISTENER_SSRC } from "./lane_network.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (message: string) => new TextEncoder().encode(message);
const pair = (start?: number) => ({
  host: new Lane({ ssrc: HOST_SSRC, listenerSsrc: LISTENER_SSRC, start }),
  listener: new Lane({ ssrc: LISTENER_SSRC, listenerSsrc: LISTENER_SSRC, start }),
});
const types = (datagrams: readonly (readonly LaneMessage[])[]) =>
  datagrams.map((messages) => messages.map(({ type }) => type));

Deno.test("a message arrives and is acknowledged at once; then nobody waits for anything", () => {
  const { host, listener } = pair();
  assert.ok(host.send(bytes("kick-off"), 0));
  assert.equal(host.deadline, 0);
  const [datagram] = host.poll(0);
  assert.deepEqual(listener.receive(datagram!, 20).map(text), ["kick-off"]);
  assert.equal(listener.deadline, 20);
  const [answer] = listener.poll(20);
  assert.deepEqual(answer, [{
    type: "laneAck",
    ssrc: LISTENER_SSRC,
    listenerSsrc: LISTENER_SSRC,
    next: 1,
    mask: 0,
  }]);
  assert.deepEqual(host.receive(answer!, 40), []);
  assert.ok(host.isIdle);
  for (const lane of [host, listener]) {
    assert.deepEqual(lane.poll(40), []);
    assert.equal(lane.deadline, undefined);
  }
});

Deno.test("small messages share a datagram; one acknowledgement answers it, along with data", () => {
  const { host, listener } = pair();
  for (const message of ["a", "b", "c"]) host.send(bytes(message), 0);
  const sent = host.poll(0);
  assert.deepEqual(types(sent), [["laneData", "laneData", "laneData"]]);
  listener.send(bytes("d"), 10);
  assert.deepEqual(listener.receive(sent[0]!, 10).map(text), ["a", "b", "c"]);
  const answer = listener.poll(10);
  assert.deepEqual(types(answer), [["laneAck", "laneData"]]);
  assert.deepEqual(host.receive(answer[0]!, 20).map(text), ["d"]);
  assert.ok(host.isIdle);
});

Deno.test("full fragments have a datagram each, and an acknowledgement goes with the first", () => {
  const { host, listener } = pair();
  host.send(bytes("a"), 0);
  listener.send(new Uint8Array(2100), 0);
  listener.receive(host.poll(0)[0]!, 0);
  assert.deepEqual(types(listener.poll(0)), [["laneAck", "laneData"], ["laneData", "laneData"]]);
});

Deno.test("fragments and acknowledgements of an earlier session are ignored and counted", () => {
  const { host } = pair();
  const earlier = 0x0a0b_0c0d;
  const before = new Lane({ ssrc: earlier, listenerSsrc: earlier });
  before.send(bytes("old"), 0);
  host.send(bytes("new"), 0);
  host.poll(0);
  const ack: LaneMessage = {
    type: "laneAck",
    ssrc: earlier,
    listenerSsrc: earlier,
    next: 1,
    mask: 0,
  };
  assert.deepEqual(host.receive([...before.poll(0)[0]!, ack], 10), []);
  assert.deepEqual(host.counts, { otherSession: 2 });
  assert.equal(host.isIdle, false);
  assert.deepEqual(host.poll(10), [], "nothing of it is acknowledged");
});

Deno.test("what is unusual is counted by name, what is kept is told", () => {
  const { host, listener } = pair();
  host.send(new Uint8Array(20_000), 0);
  host.send(new Uint8Array(3000), 0);
  const [first, second] = host.poll(0);
  listener.receive(second!, 1);
  listener.receive(second!, 2);
  assert.deepEqual(listener.bytes, { queued: 0, held: 1000 });
  assert.deepEqual(listener.counts, { duplicate: 1 });
  assert.deepEqual(host.counts, { tooLarge: 1 });
  assert.ok(host.bytes.queued >= 3000);
  listener.receive(first!, 3);
  assert.deepEqual(listener.bytes, { queued: 0, held: 2000 });
});

Deno.test("a deadline never lies before what last came in", () => {
  const { host } = pair();
  host.send(bytes("a"), 5000);
  assert.equal(host.deadline, 5000);
  host.poll(5000);
  assert.equal(host.deadline, 5300);
  host.onRoundTrip(30);
  assert.equal(host.deadline, 5100);
});

interface Case {
  readonly seed: number;
  readonly start: number;
  readonly fromHost: readonly number[];
  readonly fromListener: readonly number[];
}
const sizes = fc.array(fc.oneof(fc.constantFrom(0, 1, 999, 1000, 1001, 16_384), fc.nat(16_384)), {
  minLength: 1,
  maxLength: 12,
});
const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(0xffff_ffff),
  start: fc.oneof(fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 }), fc.constant(0)),
  fromHost: sizes,
  fromListener: sizes,
});

Deno.test("through 30 % loss, duplicates, reordering and a standstill all arrive, in order, once", () => {
  let repeated = 0;
  let duplicates = 0;
  fc.assert(
    fc.property(cases, ({ seed, start, fromHost, fromListener }) => {
      const network = new LaneNetwork({
        seed,
        start,
        loss: 0.3,
        doubling: 0.1,
        delay: [5, 120],
        standstill: [400, 10_400],
      });
      const { host, listener } = network;
      const rng = new SeededRng(seed ^ 0x5eed);
      const sent = {
        host: fromHost.map((size) => rng.bytes(size)),
        listener: fromListener.map((size) => rng.bytes(size)),
      };
      const waiting = { host: [...sent.host], listener: [...sent.listener] };
      while (waiting.host.length + waiting.listener.length > 0 || !isQuiet(network)) {
        for (const name of ["host", "listener"] as const) {
          const queue = waiting[name];
          if (queue[0] && network[name].lane.send(queue[0], network.now)) queue.shift();
        }
        network.run(network.now + 100);
        assert.ok(network.now < 120_000, "they come to an end within two minutes");
      }
      assert.deepEqual(listener.received, sent.host);
      assert.deepEqual(host.received, sent.listener);
      for (const end of network.ends) {
        assert.ok(end.mostQueued <= 64 * 1024, `${end.mostQueued} bytes queued`);
        assert.ok(end.mostHeld <= 16 * 1024 + 8 * 1000, `${end.mostHeld} bytes held`);
        assert.deepEqual(end.lane.bytes, { queued: 0, held: 0 });
        assert.equal(end.lane.counts.brokenMessage, undefined);
        assert.equal(end.lane.counts.forgedAck, undefined);
        assert.equal(end.lane.counts.beyondWindow, undefined);
        repeated += end.lane.counts.repeated ?? 0;
        duplicates += end.lane.counts.duplicate ?? 0;
      }
    }),
    runs(40),
  );
  assert.ok(repeated > 0 && duplicates > 0, "the network did lose and double");
});

function isQuiet({ host, listener }: LaneNetwork): boolean {
  return host.lane.isIdle && listener.lane.isIdle;
}

Deno.test("without loss 16 kB arrive without a repetition, in less than a second", () => {
  for (const delay of [[0, 0], [20, 20], [80, 80]] as const) {
    const network = new LaneNetwork({ seed: 1, delay });
    for (const end of network.ends) end.lane.send(new Uint8Array(16_384), 0);
    network.run(1000);
    for (const end of network.ends) {
      assert.equal(end.received.length, 1, `${delay[0]} ms`);
      assert.equal(end.lane.counts.repeated, undefined, `${delay[0]} ms`);
    }
  }
});

Deno.test("a path of 900 ms each way is learnt: repetitions end", () => {
  const network = new LaneNetwork({ seed: 1, delay: [900, 900] });
  const { host, listener } = network;
  const repeatedBy = () => host.lane.counts.repeated ?? 0;
  for (let round = 0; round < 4; round++) {
    host.lane.send(new Uint8Array(8000), network.now);
    network.run(network.now + 10_000);
  }
  const before = repeatedBy();
  assert.ok(before > 0);
  for (let round = 0; round < 10; round++) {
    host.lane.send(new Uint8Array(8000), network.now);
    network.run(network.now + 10_000);
  }
  assert.equal(repeatedBy(), before);
  assert.equal(listener.received.length, 14);
});

Deno.test("into a network that delivers nothing a lane sends one datagram every two seconds", () => {
  const network = new LaneNetwork({ seed: 1, loss: 1 });
  const { host } = network;
  while (host.lane.send(new Uint8Array(5000), 0));
  network.run(10_000);
  const before = host.sentDatagrams;
  network.run(610_000);
  assert.equal(host.sentDatagrams - before, 300);
  assert.ok(host.mostQueued <= 64 * 1024);
});

Deno.test("after a standstill the lane goes on within two round trips and two seconds", () => {
  const network = new LaneNetwork({ seed: 1, standstill: [0, 60_000] });
  network.host.lane.send(bytes("late"), 0);
  network.run(62_100);
  assert.deepEqual(network.listener.received.map(text), ["late"]);
});

Deno.test("whatever messages come in, the lane does not throw and keeps little", () => {
  const near = fc.oneof(fc.integer({ min: -10, max: 30 }), fc.integer()).map((at) => at >>> 0);
  const listenerSsrc = fc.oneof(fc.constant(LISTENER_SSRC), fc.nat(9));
  const messages: fc.Arbitrary<LaneMessage> = fc.oneof(
    fc.record({
      type: fc.constant("laneData" as const),
      ssrc: fc.nat(9),
      listenerSsrc,
      fragment: near,
      isFirst: fc.boolean(),
      isLast: fc.boolean(),
      bytes: fc.oneof(fc.nat(1000), fc.constant(1000)).map((length) => new Uint8Array(length)),
    }),
    fc.record({
      type: fc.constant("laneAck" as const),
      ssrc: fc.nat(9),
      listenerSsrc,
      next: near,
      mask: fc.nat(255),
    }),
  );
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 200 }), fc.nat(50), (all, step) => {
      const { host } = pair(2 ** 32 - 5);
      let now = 0;
      for (const message of all) {
        host.send(new Uint8Array(700), now);
        for (const whole of host.receive([message], now)) assert.ok(whole.length <= 16 * 1024);
        host.poll(now);
        assert.ok(host.bytes.queued >= 0 && host.bytes.queued <= 64 * 1024);
        assert.ok(host.bytes.held <= 16 * 1024 + 8 * 1000);
        const { deadline } = host;
        assert.ok(deadline === undefined || (deadline >= now && deadline <= now + 2000));
        now += step;
      }
    }),
    runs(300),
  );
});
