import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import fc from "fast-check";
import { concat, viewOf } from "../../../shared/core/bytes.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import {
  type DataHead,
  type DataMessage,
  type ImageHead,
  MAX_HEAD_BYTES,
  MAX_MESSAGE_BYTES,
  openImage,
  parseDataMessage,
  serializeDataMessage,
} from "../../../shared/data/data_message.ts";
import { runs } from "../../runs.ts";
import { anyMessage, head, withImage } from "./messages.ts";

const MALFORMED = { ok: false, junk: "malformedData" };

/** Bytes with any head, for what `serializeDataMessage` refuses. */
function write(json: unknown, image = new Uint8Array()): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const length = new Uint8Array(4);
  viewOf(length).setUint32(0, bytes.length);
  return concat(length, bytes, image);
}

const RAW: ImageHead = {
  mimeType: "application/octet-stream",
  bytes: 600,
  sha256: "0".repeat(64),
  width: 20,
  height: 15,
  format: "gray16le",
};

Deno.test("a message is the head's length, the head as JSON, and the picture's bytes", () => {
  const message = withImage(Uint8Array.of(9, 8, 7));
  const bytes = serializeDataMessage(message);
  const length = viewOf(bytes).getUint32(0);
  assert.deepEqual(
    JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))),
    message.head,
  );
  assert.deepEqual([...bytes.subarray(4 + length)], [9, 8, 7]);
});

Deno.test("a head that would be too long when it is written again is none", () => {
  const wide = (count: number) => {
    const bytes = new TextEncoder().encode(
      `{"count":1,"time":0,"values":{"wide":[${Array(count).fill("1e20").join(",")}]}}`,
    );
    assert(bytes.length < MAX_HEAD_BYTES);
    const length = new Uint8Array(4);
    viewOf(length).setUint32(0, bytes.length);
    return concat(length, bytes);
  };
  // Each number is written with 21 digits, and a comma.
  const most = Math.floor((MAX_HEAD_BYTES - 50) / 22);
  const message = parseDataMessage(wide(most));
  assert(message.ok);
  serializeDataMessage(message.value);
  assert.equal(parseDataMessage(wide(most + 10)).ok, false);
});

Deno.test("every message is read as it was written", () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      assert.deepEqual(parseDataMessage(serializeDataMessage(message)), {
        ok: true,
        value: message,
      });
    }),
    runs(300),
  );
});

Deno.test("no bytes make the parser throw, and a message that was changed is read as one or not at all", () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      anyMessage,
      fc.array(change, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (message, changes, cut) => {
        const bytes = serializeDataMessage(message);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = parseDataMessage(bytes.subarray(0, bytes.length - cut % 3));
        if (result.ok) serializeDataMessage(result.value);
        else assert.deepEqual(result, MALFORMED);
      },
    ),
    runs(500),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      parseDataMessage(bytes);
    }),
    runs(500),
  );
});

Deno.test("a head that a host never writes is junk", () => {
  const heads: unknown[] = [
    null,
    [],
    {},
    head({ count: 0 }),
    head({ count: 1.5 }),
    { ...head(), time: "now" },
    { ...head(), values: { x: null } },
    { ...head(), values: [1] },
    { ...head(), values: { "": 1 } },
    { ...head(), values: { x: { y: 1 } } },
    { ...head(), values: { "a\u0007": 1 } },
    { ...head(), values: JSON.parse('{"__proto__": 1}') },
    { ...head(), values: { x: [[[[[1]]]]] } },
    { ...head(), values: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`v${i}`, i])) },
    // A picture is announced but not there.
    head({ image: { ...RAW, mimeType: "image/png" } }),
  ];
  for (const json of heads) assert.deepEqual(parseDataMessage(write(json)), MALFORMED);
  // A picture is there but not announced.
  assert.deepEqual(parseDataMessage(write(head(), Uint8Array.of(1))), MALFORMED);
});

Deno.test("a picture's head must agree with its bytes", () => {
  const image = new Uint8Array(600);
  const read = (changes: Partial<ImageHead>) =>
    parseDataMessage(write(head({ image: { ...RAW, ...changes } }), image)).ok;
  assert.equal(read({}), true);
  const wrong: Partial<ImageHead>[] = [
    { width: 21 },
    { format: "rgb24" },
    { bytes: 601 },
    { mimeType: "image/png" },
    { format: undefined },
    { sha256: "xyz" },
    { width: 0 },
    { height: 1e9 },
    // It would have to be shorter than the picture.
    { deflated: true },
    { mimeType: "image/png", format: undefined, deflated: true },
  ];
  for (const changes of wrong) assert.equal(read(changes), false, JSON.stringify(changes));
});

Deno.test("a raw picture is inflated to exactly its length", () => {
  const picture = Uint8Array.from({ length: 600 }, (_, index) => index % 7);
  const raw = (image: Uint8Array, changes: Partial<ImageHead> = {}): DataMessage => ({
    head: head({ image: { ...RAW, deflated: true, ...changes } }),
    image,
  });
  const deflated = deflateSync(picture, { level: 1 });
  const message = parseDataMessage(serializeDataMessage(raw(deflated)));
  assert.ok(message.ok);
  assert.deepEqual(openImage(message.value), { ok: true, value: picture });
  for (
    const image of [
      deflateSync(picture.subarray(1)),
      deflateSync(new Uint8Array(601)),
      deflated.subarray(0, deflated.length - 1),
      deflated.subarray(1),
      // Becomes a thousand times as long.
      deflateSync(new Uint8Array(500_000)),
      new Uint8Array(),
    ]
  ) assert.deepEqual(openImage(raw(image)), MALFORMED);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const opened = openImage(raw(bytes));
      if (opened.ok) assert.equal(opened.value!.length, 600);
    }),
    runs(300),
  );
});

Deno.test("the largest head and picture fit; one byte more is the host's mistake", () => {
  const bytes = new SeededRng(1).bytes(4 << 20);
  const text = "x".repeat(1000);
  const values = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`value ${i}`, text]));
  const largest: DataMessage = { ...withImage(bytes) };
  const whole = { ...largest, head: { ...largest.head, values } };
  const written = serializeDataMessage(whole);
  assert.ok(written.length <= MAX_MESSAGE_BYTES - 64);
  assert.deepEqual(parseDataMessage(written), { ok: true, value: whole });
  const long: DataHead = {
    ...head(),
    values: Object.fromEntries(
      Object.keys(values).map((name) => [name, "é".repeat(MAX_HEAD_BYTES / 2000)]),
    ),
  };
  assert.throws(() => serializeDataMessage({ head: long }), RangeError);
  assert.throws(() => serializeDataMessage(withImage(new Uint8Array((4 << 20) + 1))), RangeError);
  assert.throws(() => serializeDataMessage({ head: head({ count: 0 }) }), RangeError);
});

Deno.test("a head that becomes too long when it is written again, as for a page, is junk", () => {
  const long = "[" + Array(65_536).fill("1e20").join(",") + "]";
  const read = (values: string) => {
    const json = new TextEncoder().encode(`{"count":1,"time":0,"values":{${values}}}`);
    const length = new Uint8Array(4);
    viewOf(length).setUint32(0, json.length);
    assert.ok(json.length < MAX_HEAD_BYTES);
    return parseDataMessage(concat(length, json));
  };
  const short = read(`"a":[${Array(40_000).fill("1e20").join(",")}]`);
  assert.ok(short.ok && serializeDataMessage(short.value).length < MAX_HEAD_BYTES);
  assert.deepEqual(read(`"a":${long},"b":${long},"c":${long}`), MALFORMED);
});
