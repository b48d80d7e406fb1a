import assert from "node:assert/strict";
import fc from "fast-check";
import { type DownMessage, parseDown, serializeDown } from "../../../server/link/down.ts";
import { parseUp, serializeUp } from "../../../server/link/up.ts";
import { OriginCore } from "../../../server/origin/origin_core.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { verifyEvent } from "../../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { toBase64 } from "../../../shared/text/base64.ts";
import { goal, START } from "../kit.ts";

const CHANNEL: DownMessage = {
  type: "channel",
  id: 65_535,
  name: "audio",
  kind: "paced",
  codec: "opus",
  ssrc: 0xffff_ffff,
  payloadType: 97,
  clockRate: 48_000,
  sequenceBase: 65_535,
  nextSequence: 70_000,
  timestampBase: 0xffff_ffff,
  octetCount: 12_345,
  aheadMillis: 500,
  audio: {
    codec: "opus",
    sampleRate: 48_000,
    channelCount: 2,
    description: Uint8Array.of(1, 2, 3),
  },
};

const AUDIO = { codec: "opus", sampleRate: 48_000, channelCount: 2 };
const BROADCAST = { type: "broadcast", broadcastId: "0123456789abcdef", now: 1 };

const MESSAGES: readonly DownMessage[] = [
  {
    type: "broadcast",
    broadcastId: "0123456789abcdef",
    match: { home: "Vila Nova", away: "São Tomé" },
    signingKey: new Uint8Array(32).fill(9),
    now: 1_763_600_000_000.25,
  },
  { type: "broadcast", broadcastId: "0123456789abcdef", now: 0 },
  CHANNEL,
  { type: "teams", home: "Flamengo", away: "São Paulo" },
  { type: "clock", now: 5 },
  { type: "clock", now: 5, startedAt: 4.5 },
  { type: "timeline", count: 3, score: "1 x 0" },
  { type: "data-setup", setup: { values: {} } },
  {
    type: "data-setup",
    setup: { values: { energy: { title: "Energy", unit: "MeV", precision: 1, warn: [1, 2] } } },
  },
  { type: "channel-ended", id: 3 },
  { type: "put-out", connectionId: "00000000000000ff", code: 1403, reason: "the host" },
  { type: "ended", reason: "end of broadcast" },
  { type: "past", firstCount: 2 ** 40 + 1, block: Uint8Array.of(1, 2, 3) },
];

for (const message of MESSAGES) {
  Deno.test(`"${message.type}" comes out of its bytes as it went in`, () => {
    assert.deepEqual(parseDown(serializeDown(message)), { ok: true, value: message });
  });
}

Deno.test("an item comes out of its bytes as it went in, whatever its numbers and flags", () => {
  fc.assert(fc.property(
    fc.record({
      type: fc.constant("item" as const),
      channel: fc.nat(0xffff),
      sequence: fc.maxSafeNat(),
      ticks: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
      marker: fc.boolean(),
      isKey: fc.boolean(),
      isPast: fc.boolean(),
      frameNumber: fc.option(fc.maxSafeNat(), { nil: undefined }),
      payload: fc.uint8Array({ maxLength: 1140 }),
    }),
    ({ frameNumber, ...others }) => {
      const item = { ...others, ...(frameNumber !== undefined && { frameNumber }) };
      const read = parseDown(serializeDown(item));
      assert.ok(read.ok && read.value.type === "item");
      assert.deepEqual({ ...read.value, payload: [...read.value.payload] }, {
        ...item,
        payload: [...item.payload],
      });
    },
  ));
});

Deno.test("bytes that are no message are refused by name, and never throw", () => {
  const refused = { ok: false, junk: "malformedLink" };
  for (
    const bytes of [[], [0], [1], [2], [9, 1, 2], [1, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0, 0, 0, 0, 7]]
  ) {
    assert.deepEqual(parseDown(Uint8Array.from(bytes)), refused, String(bytes));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    parseDown(bytes);
    parseUp(bytes);
  }));
});

Deno.test("a message with any byte changed is read or refused, and never throws", () => {
  const all = MESSAGES.map(serializeDown);
  fc.assert(fc.property(fc.nat(all.length - 1), fc.nat(), fc.nat(255), (which, place, value) => {
    const bytes = all[which]!.slice();
    bytes[place % bytes.length] = value;
    parseDown(bytes);
  }));
});

Deno.test("impossible fields are refused", () => {
  const text = (value: object) =>
    Uint8Array.from([0, ...new TextEncoder().encode(JSON.stringify(value))]);
  for (
    const wrong of [
      { type: "hello" },
      { type: "toString" },
      { ...CHANNEL, audio: undefined, kind: "slides" },
      { ...CHANNEL, audio: undefined, ssrc: -1 },
      { ...CHANNEL, audio: undefined, clockRate: 0 },
      { ...CHANNEL, audio: undefined, nextSequence: 65_534 },
      { ...CHANNEL, audio: { ...AUDIO, sampleRate: 0 } },
      { ...CHANNEL, audio: { ...AUDIO, channelCount: 9 } },
      { ...CHANNEL, audio: { ...AUDIO, description: "A".repeat(404) } },
      { ...BROADCAST, match: { home: "Ã".repeat(41), away: "B" } },
      { ...CHANNEL, audio: undefined, sequenceBase: 65_536 },
      { ...CHANNEL, audio: undefined, aheadMillis: 60_001 },
      { type: "timeline", count: 3, score: "a x b" },
      { type: "teams", home: "Flamengo" },
      { type: "timeline", count: 3, score: "1 x 0", clock: "1:2" },
      { type: "timeline", count: 3, score: "1 x 0", period: 10 },
      { type: "broadcast", broadcastId: "0123456789abcdef", now: 1, signingKey: "AAAA" },
      { type: "broadcast", broadcastId: "0123", now: 1 },
      { type: "put-out", connectionId: "1", code: 70_000, reason: "" },
    ]
  ) assert.equal(parseDown(text(wrong)).ok, false, JSON.stringify(wrong));
});

Deno.test("what an edge tells its origin comes out as it went in, and anything else is refused", () => {
  const messages = [
    { type: "listeners", joined: 4000 },
    { type: "key-request", channel: 3 },
    { type: "losses", channel: 3, listeners: 100, lossy: 100 },
  ] as const;
  for (const message of messages) {
    assert.deepEqual(parseUp(serializeUp(message)), { ok: true, value: message });
  }
  const wrong = [
    { type: "listeners" },
    { type: "listeners", joined: -1 },
    { type: "key-request" },
    { type: "losses", channel: 3, listeners: 100 },
    { type: "losses", channel: 3, listeners: 100, lossy: 101 },
    { type: "losses", channel: 0.5, listeners: 100, lossy: 1 },
    { type: "other" },
    7,
  ];
  for (const value of wrong) {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    assert.deepEqual(parseUp(bytes), { ok: false, junk: "malformedLink" });
  }
});

Deno.test("what the impossible fields above are changes of is possible", () => {
  const bytes = (value: object) =>
    Uint8Array.from([0, ...new TextEncoder().encode(JSON.stringify(value))]);
  assert.ok(parseDown(bytes({ ...CHANNEL, audio: AUDIO })).ok);
  assert.ok(parseDown(bytes({ ...BROADCAST, match: { home: "Ã".repeat(40), away: "B" } })).ok);
});

Deno.test("an item that fits no datagram is refused", () => {
  const item = { type: "item", channel: 0, sequence: 1, ticks: 0, payload: new Uint8Array(1141) };
  const flags = { marker: false, isKey: true, isPast: false };
  const bytes = serializeDown({ ...item, ...flags } as DownMessage);
  assert.deepEqual(parseDown(bytes), { ok: false, junk: "malformedLink" });
});

Deno.test("the seed of the signatures never goes down the link, in no form, but events are signed with it", () => {
  const signingSeed = Uint8Array.from({ length: 32 }, (_, index) => 200 - index);
  const config = { hasEvents: true, waitFor: 0, match: { home: "Home", away: "Away" } };
  const signing = { ciphers: nodeCiphers, signingSeed };
  const origin = new OriginCore(config, {
    rng: new SeededRng(1),
    now: START,
    ciphers: nodeCiphers,
    signing,
  });
  const sent = [...origin.takeDown()];
  origin.advance(START);
  origin.pushEvents(Array.from({ length: 64 }, (_, index) => goal(`goal ${index}`)), START);
  origin.advance(START + 1000);
  sent.push(...origin.takeDown(), ...origin.snapshot(START + 1000));
  const types = new Set(sent.map((bytes) => {
    const message = parseDown(bytes);
    assert.ok(message.ok);
    return message.value.type;
  }));
  for (const type of ["broadcast", "channel", "item", "past"] as const) assert.ok(types.has(type));
  const forms = [signingSeed.toHex(), new TextEncoder().encode(toBase64(signingSeed)).toHex()];
  for (const bytes of sent) assert.ok(forms.every((form) => !bytes.toHex().includes(form)));
  const item = sent.map(parseDown).find((message) => message.ok && message.value.type === "item");
  assert.ok(item?.ok && item.value.type === "item");
  const broadcastId = origin.broadcastId;
  const signingKey = nodeCiphers.signingKeyOf(signingSeed);
  assert.ok(verifyEvent({ ciphers: nodeCiphers, signingKey, broadcastId }, item.value.payload).ok);
});
