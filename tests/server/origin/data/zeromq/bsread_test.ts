import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64 } from "../../../../../shared/text/base64.ts";
import { BsreadReader } from "../../../../../server/origin/data/zeromq/bsread.ts";
import { MessageCheck } from "../../../../../server/origin/data/message_check.ts";
import { runs } from "../../../../runs.ts";
import { bsreadMessage, bytesOf, type TestChannel } from "./bsread_messages.ts";

const ENERGY: TestChannel = { name: "energy", type: "float64" };
const number = (value: number) => bytesOf(Float64Array.of(value));

function read(parts: readonly Uint8Array[], reader = new BsreadReader()) {
  const result = reader.read(parts);
  assert.ok(result.ok, result.ok ? "" : result.problem);
  return result;
}

function problemOf(parts: readonly Uint8Array[]): string {
  const result = new BsreadReader().read(parts);
  assert.ok(!result.ok);
  return result.problem;
}

Deno.test("channels become values, by their type, shape and byte order, and the time is the message's", () => {
  const channels: TestChannel[] = [
    ENERGY,
    { name: "wave", type: "int32", shape: [3] },
    { name: "big", type: "uint16", encoding: "big", shape: [2] },
    { name: "text", type: "string" },
    { name: "isOn", type: "bool" },
    { name: "count", type: "int64" },
    { name: "usual" },
    { name: "old", type: "Integer", shape: [1] },
  ];
  const { draft } = read(bsreadMessage(channels, [
    number(5800.25),
    bytesOf(Int32Array.of(-1, 0, 7)),
    Uint8Array.of(1, 2, 3, 4),
    new TextEncoder().encode("héllo"),
    Uint8Array.of(1),
    bytesOf(BigInt64Array.of(-5n)),
    number(1.5),
    bytesOf(Int32Array.of(9)),
  ]));
  assert.deepEqual(draft, {
    time: 1_763_600_000_250.5,
    values: {
      energy: 5800.25,
      wave: [-1, 0, 7],
      big: [0x0102, 0x0304],
      text: "héllo",
      isOn: true,
      count: -5,
      usual: 1.5,
      old: 9,
    },
  });
});

Deno.test("the first channel with two dimensions is the picture, its width first, little-endian", () => {
  const channels: TestChannel[] = [
    { name: "camera", type: "uint16", shape: [3, 2], encoding: "big" },
    { name: "second", type: "uint8", shape: [2, 2] },
    ENERGY,
  ];
  const parts = bsreadMessage(channels, [
    Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0),
    new Uint8Array(4),
    number(1),
  ]);
  const reader = new BsreadReader();
  const { draft, notice } = read(parts, reader);
  assert.deepEqual(draft.image, {
    kind: "raw",
    width: 3,
    height: 2,
    format: "gray16le",
    bytes: bytesOf(Uint16Array.of(1, 2, 3, 4, 5, 256)),
  });
  assert.equal(notice, 'left out of the data: "second" is a second picture');
  assert.equal(read(parts, reader).notice, undefined);
  assert.equal(new MessageCheck().check(draft).ok, true);
});

Deno.test("a packed picture is unpacked; how a channel is packed that can't be read is told once", () => {
  const packed = fromBase64(
    "AAAAAAAAADwAAAAAAAAAI/4KqlWqZsyZHjx4VKlSmDFj4MGDAP4DAAD8AAEAUAAAAAAAqwCyALkAwADHAM4A",
  );
  const camera = { name: "camera", type: "uint16", shape: [6, 5], compression: "bitshuffle_lz4" };
  const { draft } = read(bsreadMessage([camera], [packed]));
  const numbers = Uint16Array.from({ length: 30 }, (_, i) => (i * 7 + Math.floor(i / 8)) % 251);
  assert.deepEqual(draft.image?.bytes, bytesOf(numbers));
  assert.equal(
    problemOf(bsreadMessage([camera], [packed.subarray(1)])),
    '"camera" can\'t be unpacked (bitshuffle_lz4)',
  );
  const odd = { ...camera, compression: "zstd" };
  const { notice, draft: rest } = read(bsreadMessage([odd, ENERGY], [packed, number(2)]));
  assert.equal(notice, 'left out of the data: "camera" is compressed as "zstd"');
  assert.deepEqual(rest.values, { energy: 2 });
});

Deno.test("the data header's hash is checked, in the first message and in all that follow", () => {
  const wrong = "has a data header that does not match the hash of its main header";
  const parts = bsreadMessage([ENERGY], [number(1)]);
  assert.equal(problemOf(bsreadMessage([ENERGY], [number(1)], { hash: "0".repeat(32) })), wrong);
  const reader = new BsreadReader();
  read(parts, reader);
  assert.deepEqual(reader.read(bsreadMessage([ENERGY], [number(1)], { hash: "x" })), {
    ok: false,
    problem: wrong,
  });
  const changed = [
    parts[0]!,
    bsreadMessage([{ ...ENERGY, name: "other" }], [])[1]!,
    number(1),
    number(0),
  ];
  assert.deepEqual(reader.read(changed), { ok: false, problem: wrong });
  assert.deepEqual(read(bsreadMessage([{ name: "new" }], [number(3)]), reader).draft.values, {
    new: 3,
  });
});

Deno.test("a channel without data now is left out; one that is no number for JSON is left out and told", () => {
  const channels = [ENERGY, { name: "rate" }, { name: "gone" }];
  const { draft, notice } = read(
    bsreadMessage(channels, [number(1), number(NaN), new Uint8Array()]),
  );
  assert.deepEqual(draft.values, { energy: 1 });
  assert.equal(notice, 'left out of the data: "rate" is NaN');
});

Deno.test("of many channels that can't be shown a line names a few", () => {
  const channels = Array.from(
    { length: 100 },
    (_, index) => ({ name: `c${index}\u009b2J`, type: "x" }),
  );
  const { notice } = read(bsreadMessage(channels, channels.map(() => Uint8Array.of(1))));
  assert.match(notice!, /"c4 2J" has an unknown type, and 95 more channels$/);
});

Deno.test("a message that contradicts itself is refused", () => {
  assert.equal(problemOf([]), "is no bsread message (bsr_m-1.1)");
  assert.equal(
    problemOf([new TextEncoder().encode("{}"), new Uint8Array()]),
    "is no bsread message (bsr_m-1.1)",
  );
  assert.equal(
    problemOf(bsreadMessage([ENERGY, ENERGY], [number(1)])),
    "has data of 1 channels; its data header names 2",
  );
  assert.equal(
    problemOf(bsreadMessage([{ ...ENERGY, shape: [4] }], [number(1)])),
    '"energy" has 8 bytes; its shape and type are 32',
  );
  assert.equal(
    problemOf(bsreadMessage([{ name: "t", type: "string" }], [Uint8Array.of(0xff)])),
    '"t" is a text that is not UTF-8',
  );
});

/** Zeros, packed by LZ4: literals, one long match, and the five literals that must end a block. */
function packedZeros(length: number): Uint8Array {
  const matched = length - 1 - 5 - 4 - 15;
  const lengths = Array<number>(Math.floor(matched / 255)).fill(255);
  const bytes = [0x1f, 0, 1, 0, ...lengths, matched % 255, 0x50, 0, 0, 0, 0, 0];
  const packed = new Uint8Array(4 + bytes.length);
  new DataView(packed.buffer).setUint32(0, length);
  packed.set(bytes, 4);
  return packed;
}

Deno.test("a little that unpacks to very much is not unpacked, in one channel or in many", () => {
  const wave = { name: "wave", type: "int8", compression: "lz4" };
  const small = read(bsreadMessage([{ ...wave, shape: [4000] }], [packedZeros(4000)]));
  assert.deepEqual(small.draft.values, { wave: Array(4000).fill(0) });
  assert.equal(
    problemOf(bsreadMessage([{ ...wave, shape: [16 << 20] }], [packedZeros(16 << 20)])),
    '"wave" has 16777216 elements; 65536 are the most',
  );
  assert.equal(
    problemOf(bsreadMessage([{ ...wave, shape: [2] }], [packedZeros(16 << 20)])),
    '"wave" can\'t be unpacked (lz4)',
  );
  assert.equal(
    problemOf(
      bsreadMessage([{ ...wave, type: "uint8", shape: [4096, 4096] }], [packedZeros(16 << 20)]),
    ),
    '"wave" is a picture of more than 4 MB',
  );
  const many = Array.from(
    { length: 100 },
    (_, index) => ({ ...wave, name: `${index}`, shape: [65_536] }),
  );
  const packed = packedZeros(65_536);
  assert.equal(
    problemOf(bsreadMessage(many, many.map(() => packed))),
    "has more than 524288 elements in all",
  );
});

Deno.test("a picture or a time that listeners could not read is refused", () => {
  const refuse = (parts: readonly Uint8Array[]) => {
    const result = new MessageCheck().check(read(parts).draft);
    assert.ok(!result.ok);
    return result.problem;
  };
  assert.equal(
    refuse(bsreadMessage([{ name: "p", type: "uint8", shape: [1, 20_000] }], [
      new Uint8Array(20_000),
    ])),
    "has a raw picture of 1x20000; a side has 1 to 16384 pixels",
  );
  assert.equal(
    refuse(bsreadMessage([ENERGY], [number(1)], { global_timestamp: { sec: 9e15, ns: 1e300 } })),
    "has a time that no clock can show",
  );
});

Deno.test("a type named as what every object has is an unknown one", () => {
  const channels = ["constructor", "__proto__"].map((type) => ({ name: "c", type }));
  for (const channel of channels) {
    assert.equal(
      read(bsreadMessage([channel], [number(1)])).notice,
      'left out of the data: "c" has an unknown type',
    );
  }
});

Deno.test("a header of a million brackets is refused before it is parsed", () => {
  const brackets = new TextEncoder().encode("[".repeat(1_000_000));
  assert.equal(problemOf([brackets, brackets]), "is no bsread message (bsr_m-1.1)");
});

Deno.test("no parts make the reader throw, and what it reads is checked like any message", () => {
  const channel = fc.record({
    name: fc.string(),
    type: fc.oneof(
      fc.constantFrom("float64", "uint16", "int64", "string", "bool", "toString"),
      fc.string(),
    ),
    shape: fc.array(fc.oneof(fc.nat(4), fc.integer()), { maxLength: 3 }),
    encoding: fc.constantFrom("big", "little"),
    compression: fc.constantFrom("none", "lz4", "bitshuffle_lz4", "x"),
  }, { requiredKeys: ["name"] });
  const data = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(channel, data), { maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
      (channels, changes) => {
        const parts = bsreadMessage(
          channels.map(([channel]) => channel),
          channels.map(([, data]) => data),
        );
        for (const [part, at, value] of changes) {
          const changed = parts[part % parts.length]!;
          if (changed.length > 0) changed[at % changed.length] = value;
        }
        const result = new BsreadReader().read(parts);
        if (result.ok) new MessageCheck().check(result.draft);
      },
    ),
    runs(500),
  );
});
