import assert from "node:assert/strict";
import fc from "fast-check";
import { EdgeCore } from "../../../server/edge/edge_core.ts";
import { OriginCore } from "../../../server/origin/origin_core.ts";
import { TokenExaminer } from "../../../server/tokens/token_examiner.ts";
import { type ChannelSetup, type DownMessage, serializeDown } from "../../../server/link/down.ts";
import { parseAdmission, serializeAdmission } from "../../../shared/admission/admission.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { FakeOpener } from "../../fakes/fake_sealing.ts";
import { config, MP3, mp3Frame, START } from "../kit.ts";

const LISTENER: Address = { hostname: "10.0.0.9", port: 4000 };

const BROADCAST: DownMessage = { type: "broadcast", broadcastId: "00112233445566ff", now: START };
const CHANNEL: ChannelSetup = {
  type: "channel",
  id: 0,
  name: "audio",
  kind: "paced",
  codec: "mp3",
  ssrc: 77,
  payloadType: 14,
  clockRate: 90_000,
  sequenceBase: 65_535,
  nextSequence: 65_535,
  timestampBase: 5,
  octetCount: 0,
  aheadMillis: 0,
};
const CLOCK: DownMessage = { type: "clock", now: START, startedAt: START };

function item(sequence: number, changes = {}): DownMessage {
  const payload = Uint8Array.of(0, 0, 0, 0, sequence);
  const common = { type: "item", channel: 0, sequence, ticks: 0, payload } as const;
  return { ...common, marker: false, isKey: true, isPast: false, ...changes };
}

/** An edge without encryption, to which a listener says HELLO and JOIN. */
class LoneEdge {
  readonly core: EdgeCore;
  readonly examiner = new TokenExaminer({ kind: "open" });
  readonly sent: Uint8Array[] = [];
  readonly random = new Uint8Array(16).fill(9);
  now: Millis = START;

  constructor() {
    this.core = new EdgeCore(config(), { rng: new SeededRng(3), now: START });
  }

  tell(...messages: DownMessage[]): this {
    for (const message of messages) this.core.receiveFromOrigin(serializeDown(message), this.now);
    return this.drain();
  }

  drain(): this {
    for (let next = this.core.pollOutput(); next; next = this.core.pollOutput()) {
      if (next.kind !== "examine-join") continue;
      const examined = this.examiner.examine(next.join);
      assert(!(examined instanceof Promise));
      this.core.onExamined(next.id, examined, this.now);
    }
    for (let next = this.core.pollTransmit(); next; next = this.core.pollTransmit()) {
      this.sent.push(next.datagram);
      this.core.onSent(next, next.to.length);
    }
    return this;
  }

  run(millis: Millis): this {
    const end = this.now + millis;
    for (let at = this.core.deadline; at !== undefined && at <= end; at = this.core.deadline) {
      this.now = Math.max(this.now, at);
      this.core.advance(this.now);
      this.drain();
    }
    this.now = end;
    return this;
  }

  /** @returns whether it was admitted. */
  join(): boolean {
    const clientRandom = this.random;
    this.random[0]!++;
    this.#receive(serializeAdmission({ type: "hello", clientRandom }));
    const retry = parseAdmission(this.sent.at(-1) ?? new Uint8Array(0));
    if (!retry.ok || retry.value.type !== "retry") return false;
    const { cookie } = retry.value;
    this.sent.length = 0;
    this.#receive(serializeAdmission({ type: "join", clientRandom, cookie, info: {} }));
    return this.sent.some((datagram) => datagram[0] === 67);
  }

  #receive(datagram: Uint8Array): void {
    this.core.receive(datagram, LISTENER, this.now);
    this.drain();
  }

  get junk() {
    return this.core.stats().junk;
  }
}

Deno.test("nobody is admitted before the edge knows the broadcast", () => {
  const edge = new LoneEdge().tell(CHANNEL, CLOCK, item(65_535));
  assert.equal(edge.join(), false);
  assert.equal(edge.tell(BROADCAST).join(), true);
});

Deno.test("a message that comes twice changes nothing, and is counted", () => {
  const edge = new LoneEdge().tell(BROADCAST, CHANNEL, CLOCK, item(65_535), item(65_536));
  const before = edge.core.stats();
  edge.tell(CHANNEL, item(65_535), item(65_536));
  assert.deepEqual(edge.core.stats().channels, before.channels);
  assert.deepEqual(edge.junk, { misplacedItem: 3 });
  edge.tell(item(65_537));
  assert.equal(edge.core.stats().channels[0]!.packetCount, 3);
});

Deno.test("a second channel of the same SSRC is refused: its packets would be taken for the first one's", () => {
  const edge = new LoneEdge().tell(BROADCAST, CHANNEL, { ...CHANNEL, id: 1, sequenceBase: 0 });
  assert.equal(edge.core.channels.length, 1);
});

Deno.test("no more channels run than an ACCEPT can describe", () => {
  const edge = new LoneEdge().tell(BROADCAST, CLOCK);
  for (let id = 0; id < 20; id++) edge.tell({ ...CHANNEL, id, ssrc: 100 + id });
  assert.equal(edge.core.channels.length, 8);
  edge.tell({ type: "channel-ended", id: 3 }, { ...CHANNEL, id: 30, ssrc: 300 });
  assert.deepEqual(edge.core.channels.map(({ id }) => id), [0, 1, 2, 4, 5, 6, 7, 30]);
});

Deno.test("nothing follows the end: what comes after it is not sent", () => {
  const edge = new LoneEdge().tell(BROADCAST, CHANNEL, CLOCK, item(65_535));
  assert.ok(edge.join());
  edge.tell({ type: "ended", reason: "over" });
  edge.sent.length = 0;
  edge.tell(item(65_536), { ...CHANNEL, id: 1, ssrc: 78 }, { type: "ended", reason: "again" });
  assert.deepEqual(edge.sent, []);
  edge.run(10_000);
  assert.ok(edge.core.isFinished);
});

Deno.test("a broadcast is told once: another id would change what listeners have been told", () => {
  const edge = new LoneEdge().tell(BROADCAST, CHANNEL, CLOCK);
  edge.tell({ ...BROADCAST, broadcastId: "ffffffffffffffff" });
  assert.ok(edge.join());
  assert.deepEqual(edge.junk, { misplacedItem: 1 });
});

Deno.test("an encrypted edge refuses a broadcast without a key for its signatures", () => {
  const keys = new FakeOpener(new SeededRng(1));
  const secrecy = { ciphers: nodeCiphers, hostKey: keys.hostKey };
  for (
    const [name, signingKey] of [["misplacedItem", undefined], [
      "malformedLink",
      new Uint8Array(31),
    ]] as const
  ) {
    const edge = new EdgeCore(config(), { rng: new SeededRng(1), now: START, secrecy });
    const told = { ...BROADCAST, ...(signingKey && { signingKey }) };
    edge.receiveFromOrigin(serializeDown(told as DownMessage), START);
    assert.deepEqual(edge.stats().junk, { [name]: 1 });
  }
});

Deno.test("an edge that begins when the broadcast is over ends as well", () => {
  const origin = new OriginCore(config({ audio: MP3 }), {
    rng: new SeededRng(1),
    now: START,
    ciphers: nodeCiphers,
  });
  for (let index = 0; index < 100; index++) origin.pushAudio(mp3Frame(index), START);
  origin.advance(START + 500);
  origin.shutdown("over");
  const edge = new EdgeCore(config(), { rng: new SeededRng(2), now: START });
  for (const bytes of origin.snapshot(START + 700)) edge.receiveFromOrigin(bytes, START + 700);
  for (let at = edge.deadline; at !== undefined && at < START + 9000; at = edge.deadline) {
    edge.advance(Math.max(at, START + 700));
  }
  assert.ok(edge.isFinished);
});

const beforeTheEnd = fc.oneof(
  fc.constant(BROADCAST),
  fc.constant(CLOCK),
  fc.record({
    type: fc.constant("channel" as const),
    id: fc.nat(2),
    name: fc.constantFrom("audio", "events", "screen", "data"),
    kind: fc.constantFrom("paced", "ordered", "frames", "messages"),
    codec: fc.constantFrom("mp3", "opus", "json", "data"),
    ssrc: fc.nat(12),
    payloadType: fc.nat(200),
    clockRate: fc.constantFrom(0, 1, 1000, 90_000, 2 ** 40),
    sequenceBase: fc.constantFrom(0, 65_535, 70_000, 2 ** 53),
    nextSequence: fc.constantFrom(0, 65_535, 70_000, 2 ** 53),
    timestampBase: fc.nat(),
    octetCount: fc.nat(),
    aheadMillis: fc.constantFrom(0, 500, 60_000, 60_001, 2 ** 40),
  }),
  fc.record({
    type: fc.constant("item" as const),
    channel: fc.nat(2),
    sequence: fc.constantFrom(0, 1, 65_535, 65_536, 70_000),
    ticks: fc.constantFrom(0, -1e300, 1e300, 0.5, -3000),
    marker: fc.boolean(),
    isKey: fc.boolean(),
    isPast: fc.boolean(),
    frameNumber: fc.constantFrom(undefined, 0, 1, 2, 2 ** 32, 2 ** 53 - 1),
    payload: fc.uint8Array({ maxLength: 3000, size: "max" }),
  }),
  fc.record({
    type: fc.constant("timeline" as const),
    count: fc.constantFrom(0, 1, 2 ** 53 - 1, 2 ** 60),
    score: fc.constantFrom("1 x 0", "", "a x b", "9999 x 1", "1 x 0 x 3"),
    clock: fc.constantFrom("00:00", "999:59", "1", "12:99"),
    period: fc.constantFrom(0, 1, 9, 10, 300),
  }),
  fc.record({
    type: fc.constant("data-setup" as const),
    setup: fc.record({
      values: fc.dictionary(fc.string(), fc.record({ title: fc.string(), minimum: fc.double() })),
    }),
  }),
  fc.record({ type: fc.constant("channel-ended" as const), id: fc.nat(2) }),
  fc.record({
    type: fc.constant("teams" as const),
    home: fc.string({ size: "max", maxLength: 90 }),
    away: fc.string({ unit: "binary", maxLength: 40 }),
  }),
  fc.record({
    type: fc.constant("past" as const),
    firstCount: fc.constantFrom(1, 65, 66, 2 ** 50 + 1),
    block: fc.uint8Array({ minLength: 1, maxLength: 50 }),
  }),
  fc.record({
    type: fc.constant("put-out" as const),
    connectionId: fc.string(),
    code: fc.nat(70_000),
    reason: fc.string({ size: "max", maxLength: 5000 }),
  }),
  fc.constant("join" as const),
  fc.constant("run" as const),
);
const anyMessage = fc.oneof(
  { arbitrary: beforeTheEnd, weight: 40 },
  fc.record({
    type: fc.constant("ended" as const),
    reason: fc.string({ size: "max", maxLength: 5000 }),
  }),
);

Deno.test("in whatever order messages come, however odd, an edge and its listeners go on", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 40 }), (steps) => {
      const edge = new LoneEdge().tell(BROADCAST);
      for (const step of steps) {
        if (step === "join") edge.join();
        else if (step === "run") edge.run(1500);
        else edge.tell(step as DownMessage);
        assert.ok(edge.sent.every(({ length }) => length <= 1200), "fits a datagram");
      }
    }),
    { numRuns: 300 },
  );
});
