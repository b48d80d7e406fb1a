import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChannelDescription } from "../../../shared/admission/channel_description.ts";
import { serializeChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import { MAX_MESSAGE_BYTES } from "../../../shared/lane/lane_sender.ts";
import {
  type HostMessage,
  parseHostMessage,
  serializeHostMessage,
} from "../../../shared/lane/messages.ts";
import { toBase64 } from "../../../shared/text/base64.ts";
import { runs } from "../../runs.ts";
import { LONGEST_CHANNEL, SHORTEST_CHANNEL } from "../admission/accept_bodies.ts";

const MALFORMED = { ok: false, junk: "malformedMessage" };
const NOTHING = { ok: true, value: undefined };
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parse = (value: unknown) => parseHostMessage(encode(value));

const AUDIO: ChannelDescription = {
  ssrc: 0xffff_ffff,
  channel: "audio",
  codec: "opus",
  sampleRate: 48_000,
  channelCount: 2,
  description: "T3B1c0hlYWQBAjgBgLsAAAAAAA==",
};
const EVENTS: ChannelDescription = { ssrc: 0, channel: "events", codec: "json" };
const STARTED = { type: "channel-started", numbers: LONGEST_CHANNEL, description: AUDIO } as const;
const MESSAGES: readonly HostMessage[] = [
  { type: "described", channels: [] },
  { type: "described", channels: [], ended: [{ ssrc: 5, packetCount: 0 }] },
  { type: "described", match: { home: "Flamengo", away: "São Paulo" }, channels: [AUDIO, EVENTS] },
  STARTED,
  { type: "channel-started", numbers: SHORTEST_CHANNEL, description: EVENTS },
  { type: "channel-ended", ssrc: 7, packetCount: 2 ** 48 - 1 },
  { type: "described", channels: [], paused: [0, 2 ** 32 - 1] },
  { type: "channel-paused", ssrc: 7 },
  { type: "channel-resumed", ssrc: 7 },
  { type: "teams", home: "Flamengo", away: "São Paulo" },
  { type: "data-setup", setup: { values: {} }, isLast: true },
  {
    type: "data-setup",
    setup: { values: { energy: { title: "Energy", unit: "MeV", precision: 1, warn: [1, 2] } } },
    isLast: false,
  },
];

Deno.test("every message is read as written", () => {
  for (const message of MESSAGES) {
    assert.deepEqual(parseHostMessage(serializeHostMessage(message)), { ok: true, value: message });
  }
});

Deno.test("a channel's numbers are base64 of their binary form", () => {
  const written = JSON.parse(new TextDecoder().decode(serializeHostMessage(STARTED)));
  assert.deepEqual(written, {
    type: "channel-started",
    numbers: toBase64(serializeChannelNumbers(LONGEST_CHANNEL)),
    description: AUDIO,
  });
});

Deno.test("the longest description of a broadcast fits a message", () => {
  const audio = { ...AUDIO, description: "A".repeat(400) };
  const channels = new Array(8).fill(audio);
  const match = { home: "\u0001".repeat(80), away: "漢".repeat(26) };
  const bytes = serializeHostMessage({ type: "described", match, channels });
  assert.ok(bytes.length <= MAX_MESSAGE_BYTES, `${bytes.length} bytes`);
  assert.ok(parseHostMessage(bytes).ok);
});

Deno.test("a message of a later version is ignored, and so are later fields", () => {
  assert.deepEqual(parse({ type: "wave", actions: [] }), NOTHING);
  assert.deepEqual(parse({ type: "", channels: 7 }), NOTHING);
  const later = { type: "channel-ended", ssrc: 1, packetCount: 2, reason: "half-time" };
  const read = { type: "channel-ended", ssrc: 1, packetCount: 2 };
  assert.deepEqual(parse(later), { ok: true, value: read });
});

Deno.test("a channel of a later version is left out", () => {
  const channels = [{ ssrc: 1, channel: "scent", codec: "json", strength: 2 }, EVENTS, {
    ssrc: 2,
    channel: "screen",
    codec: "av9",
  }];
  assert.deepEqual(parse({ type: "described", channels }), {
    ok: true,
    value: { type: "described", channels: [EVENTS] },
  });
  const numbers = toBase64(serializeChannelNumbers(SHORTEST_CHANNEL));
  const description = { ...EVENTS, codec: "av9" };
  assert.deepEqual(parse({ type: "channel-started", numbers, description }), NOTHING);
  const unknownKind = toBase64(Uint8Array.of(200, 1, 2));
  assert.deepEqual(
    parse({ type: "channel-started", numbers: unknownKind, description: EVENTS }),
    NOTHING,
  );
});

Deno.test("what makes no sense is junk", () => {
  const described = (change: object) => ({ type: "described", channels: [AUDIO], ...change });
  const channel = (change: object) => described({ channels: [{ ...AUDIO, ...change }] });
  const numbers = toBase64(serializeChannelNumbers(LONGEST_CHANNEL));
  const started = (change: object) => ({ ...STARTED, numbers, ...change });
  const ended = (change: object) => ({ type: "channel-ended", ssrc: 1, packetCount: 1, ...change });
  assert.ok([described({}), channel({}), started({}), ended({})].every((one) => parse(one).ok));
  for (
    const value of [
      ...[null, 7, "described", [], {}, { type: 7 }],
      ...[described({ channels: undefined }), described({ channels: new Array(9).fill(EVENTS) })],
      ...[described({ paused: new Array(9).fill(1) }), described({ paused: [-1] })],
      ...[{ type: "teams", home: "Flamengo" }, { type: "teams", home: "x".repeat(81), away: "" }],
      ...[{ type: "channel-paused" }, { type: "channel-resumed", ssrc: 2 ** 32 }],
      ...[{ type: "data-setup", isLast: true }, { type: "data-setup", setup: { values: {} } }],
      ...[{ type: "data-setup", setup: { values: { a: { warn: 7 } } }, isLast: true }],
      ...[described({ match: { home: "x".repeat(81), away: "" } }), described({ match: 7 })],
      ...[channel({ ssrc: -1 }), channel({ ssrc: 2 ** 32 }), channel({ ssrc: undefined })],
      ...[channel({ channel: 7 }), channel({ sampleRate: 0 }), channel({ channelCount: 9 })],
      ...[channel({ description: "not base64!" }), channel({ description: "A".repeat(404) })],
      ...[started({ numbers: undefined }), started({ numbers: "" }), started({ numbers: "AA==" })],
      ...[
        started({ numbers: "x".repeat(92) }),
        started({ description: EVENTS }),
        started({
          description: undefined,
        }),
      ],
      ...[ended({ ssrc: 0.5 }), ended({ packetCount: -1 }), ended({ packetCount: "1" })],
    ]
  ) {
    assert.deepEqual(parse(value), MALFORMED, JSON.stringify(value));
  }
  assert.deepEqual(parseHostMessage(Uint8Array.of(0xff, 0xfe)), MALFORMED);
  assert.deepEqual(parseHostMessage(new Uint8Array(0)), MALFORMED);
});

Deno.test("no bytes make the parser throw", () => {
  const reals = MESSAGES.map(serializeHostMessage);
  const changed = fc.tuple(
    fc.constantFrom(...reals),
    fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }),
  ).map(([real, changes]) => {
    const bytes = real.slice();
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  const json = fc.tuple(
    fc.constantFrom(
      "described",
      "channel-started",
      "channel-ended",
      "channel-paused",
      "teams",
      "data-setup",
    ),
    fc.dictionary(
      fc.constantFrom(
        "match",
        "home",
        "away",
        "channels",
        "numbers",
        "description",
        "ssrc",
        "packetCount",
        "paused",
        "setup",
        "isLast",
      ),
      fc.jsonValue(),
      { noNullPrototype: true },
    ),
  ).map(([type, fields]) => encode({ ...fields, type }));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed, json), (bytes) => {
      const result = parseHostMessage(bytes);
      if (!result.ok) return assert.deepEqual(result, MALFORMED);
      if (result.value === undefined) return;
      assert.deepEqual(parseHostMessage(serializeHostMessage(result.value)), result);
    }),
    runs(1500),
  );
});

Deno.test("the deepest JSON that fits a message is refused or passed over, wherever it stands", () => {
  const depth = (MAX_MESSAGE_BYTES - 200) / 2;
  const deep = "[".repeat(depth) + "]".repeat(depth);
  const texts = [
    "[".repeat(MAX_MESSAGE_BYTES),
    '{"a":'.repeat(MAX_MESSAGE_BYTES / 5 | 0),
    deep,
    ...["type", "channels", "match", "ended"].map((field) =>
      `{"type":"described","channels":[],"${field}":${deep}}`
    ),
    `{"type":"channel-started","numbers":"AA==","description":${deep}}`,
    `{"type":"channel-ended","ssrc":${deep},"packetCount":1}`,
  ];
  for (const text of texts) {
    assert.deepEqual(
      parseHostMessage(new TextEncoder().encode(text)),
      MALFORMED,
      text.slice(0, 60),
    );
  }
  const later = `{"type":"later","a":${deep}}`;
  assert.deepEqual(parseHostMessage(new TextEncoder().encode(later)), NOTHING);
});
