import assert from "node:assert/strict";
import fc from "fast-check";
import { readMessageDraft } from "../../../../server/origin/data/message_draft.ts";
import {
  type LoadedDraft,
  type LoadedImage,
  MessageCheck,
} from "../../../../server/origin/data/message_check.ts";
import { parseDataMessage } from "../../../../shared/data/data_message.ts";
import type { DataSetup } from "../../../../shared/data/data_setup.ts";
import type { DataValues } from "../../../../shared/data/data_values.ts";
import { verifyData } from "../../../../shared/data/signed_data.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { writeOutgoing } from "../../../../server/origin/data/outgoing_data.ts";
import { runs } from "../../../runs.ts";
import { GIF, PICTURES } from "../../../shared/data/pictures.ts";

const PNG = PICTURES["png"]![1];
const JPEG = PICTURES["jpeg"]![1];

/** Reads a line whose picture, if any, is in the line, and checks it. */
function examine(text: string, check = new MessageCheck()) {
  const result = readMessageDraft(text);
  return result.ok ? check.check(result.draft as LoadedDraft) : result;
}

function problemOf(line: unknown, check = new MessageCheck()): string {
  const result = examine(typeof line === "string" ? line : JSON.stringify(line), check);
  assert.ok(!result.ok, JSON.stringify(line).slice(0, 100));
  return result.problem;
}

const setupOf = (values: DataSetup["values"]) => new MessageCheck({ values });

function compressed(bytes: Uint8Array, mimeType?: string): LoadedImage {
  return { kind: "compressed", bytes, ...(mimeType !== undefined && { mimeType }) };
}

Deno.test("a line is read: time, values of all kinds, a picture in base64", () => {
  const values = { energy: 5.8, mode: "run", isOn: true, wave: [1, 2.5, -3], names: ["a", "b"] };
  const image = { base64: PNG.toBase64(), mimeType: "image/png" };
  const result = examine(JSON.stringify({ time: 1_763_600_000_000, values, image }));
  assert.ok(result.ok);
  assert.deepEqual(result.message, {
    time: 1_763_600_000_000,
    values,
    valueBytes: JSON.stringify(values).length,
    image: { bytes: PNG, mimeType: "image/png", width: 4, height: 2 },
  });
});

Deno.test("a time may be in seconds or ISO 8601; a wrong one is told", () => {
  const timeOf = (time: unknown) => {
    const result = readMessageDraft(JSON.stringify({ time, values: {} }));
    return result.ok ? result.draft.time : result.problem;
  };
  assert.equal(timeOf(undefined), undefined);
  assert.equal(timeOf(1_763_600_000), 1_763_600_000_000);
  assert.equal(timeOf("2025-11-20T00:53:20Z"), 1_763_600_000_000);
  const problem = 'has a wrong "time": give milliseconds since 1970 or an ISO 8601 time';
  for (const time of ["yesterday", -1, null, {}, 1e300]) assert.equal(timeOf(time), problem);
});

Deno.test("what is no message is told in one line, with what to do", () => {
  assert.equal(problemOf('{"values": '), "is not JSON");
  assert.equal(
    problemOf('{"values": {"x": NaN}}'),
    "is not JSON, which has no NaN: leave the value out, or give a number",
  );
  assert.match(problemOf('{"values": {"x": [1, -Infinity]}}'), /has no -Infinity/);
  assert.match(problemOf("[1]"), /no JSON object/);
  assert.match(problemOf({ x: 1 }), /has no "values"/);
  assert.match(problemOf({ values: null }), /"values" must be an object/);
  assert.equal(
    problemOf({
      values: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`v${i}`, i])),
    }),
    "has 10000 values; 1000 is the most",
  );
  assert.equal(
    problemOf({ values: { x: null } }),
    '"x" is null; a value is a number, a text, true or false, or an array of these',
  );
  assert.match(problemOf({ values: { x: { y: 1 } } }), /"x" is an object/);
  assert.match(problemOf({ values: { x: "a".repeat(1001) } }), /"x" has 1001 characters/);
  assert.match(
    problemOf({ values: { x: Array(70_000).fill(1) } }),
    /"x" has more than 65536 elements/,
  );
  assert.match(problemOf({ values: { ["x".repeat(81)]: 1 } }), /a name of 81 characters/);
  assert.match(problemOf('{"values": {"__proto__": 1}}'), /"__proto__", which is reserved/);
  assert.match(problemOf({ values: { "a\u202eb": 1 } }), /invisible characters in the name/);
  assert.match(problemOf('{"values": {"x": 1e999}}'), /"x" is Infinity/);
  const long = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`v${i}`, Array(60_000).fill(1)]),
  );
  assert.match(problemOf({ values: long }), /has values of \d+ bytes; 1 MB is the most/);
});

Deno.test("HTML in a name or a text is a text like any other", () => {
  const values = { "<img src=x onerror=alert(1)>": "<script>1</script>" };
  const result = examine(JSON.stringify({ values }));
  assert.ok(result.ok);
  assert.deepEqual(result.message.values, values);
});

Deno.test("a picture must be what its type says, and whole", () => {
  const check = (image: LoadedImage) => {
    const result = new MessageCheck().check({ values: {}, image });
    return result.ok ? result.message.image?.mimeType : result.problem;
  };
  assert.equal(check(compressed(PNG, "image/png")), "image/png");
  assert.equal(check(compressed(JPEG, "image/jpg")), "image/jpeg");
  assert.equal(check(compressed(JPEG, "IMAGE/JPEG; q=1")), "image/jpeg");
  assert.equal(check(compressed(GIF)), "image/gif");
  assert.equal(
    check(compressed(JPEG, "image/png")),
    'has a picture that is image/jpeg, not "image/png"',
  );
  assert.equal(
    check(compressed(PNG.subarray(0, 60), "image/png")),
    "has a picture that ends too early",
  );
  assert.equal(
    check(compressed(new TextEncoder().encode("<svg/>"), "image/svg+xml")),
    "has a picture that is no PNG, JPEG, WebP, GIF or BMP",
  );
  assert.equal(check(compressed(new Uint8Array())), "has a picture without bytes");
  const large = new Uint8Array((4 << 20) + 1);
  large.set(PNG);
  assert.equal(check(compressed(large)), "has a picture of more than 4 MB");
});

Deno.test("a raw picture must have as many bytes as its size and format say", () => {
  const line = (changes: object, length = 24) => ({
    values: {},
    image: {
      width: 4,
      height: 3,
      format: "gray16le",
      base64: new Uint8Array(length).toBase64(),
      ...changes,
    },
  });
  const result = examine(JSON.stringify(line({})));
  assert.ok(result.ok);
  assert.deepEqual(result.message.image, {
    bytes: new Uint8Array(24),
    mimeType: "application/octet-stream",
    width: 4,
    height: 3,
    format: "gray16le",
  });
  for (const [format, length] of [["gray8", 12], ["rgb24", 36], ["float32le", 48]] as const) {
    assert.equal(examine(JSON.stringify(line({ format }, length))).ok, true, format);
  }
  assert.equal(problemOf(line({}, 23)), "has a picture of 23 bytes; 4x3 gray16le are 24");
  assert.match(problemOf(line({ format: "gray12" })), /none of gray8, gray16le, rgb24, float32le/);
  for (const width of [0, -1, 1.5, "4", 16_385, undefined]) {
    assert.match(problemOf(line({ width })), /"width" or "height" is no number from 1 to 16384/);
  }
});

Deno.test("a picture is given in exactly one way", () => {
  const image = (image: unknown) => problemOf({ values: {}, image });
  const exactlyOne = 'needs exactly one of "path", "base64" and "url" in its "image"';
  assert.equal(image({}), exactlyOne);
  assert.equal(image({ path: "a.png", url: "http://x/" }), exactlyOne);
  assert.match(image(7), /"image" that is no object/);
  assert.match(image({ path: 7 }), /"path" is no text/);
  assert.match(image({ base64: "!" }), /not base64/);
  assert.match(image({ base64: "AA==", mimeType: 1 }), /"mimeType" is no text/);
  assert.match(image({ base64: "A".repeat(7_000_000) }), /more than 4 MB/);
  assert.match(image({ url: "http://x/".padEnd(5000, "x") }), /"url" is too long/);
  const result = readMessageDraft(
    '{"values": {}, "image": {"path": "a.png", "mimeType": "image/png"}}',
  );
  assert.ok(result.ok);
  assert.deepEqual(result.draft.image, { kind: "path", path: "a.png", mimeType: "image/png" });
});

Deno.test("a value outside of the set-up's minimum and maximum, or of another type, is refused", () => {
  const check = setupOf({ energy: { minimum: 0, maximum: 100 }, mode: { title: "Mode" } });
  const problem = (values: DataValues) => problemOf({ values }, check);
  assert.equal(problem({ energy: 101 }), '"energy" is 101, above its maximum 100');
  assert.equal(problem({ energy: -0.5 }), '"energy" is -0.5, below its minimum 0');
  assert.equal(problem({ energy: [1, [2, 101]] }), '"energy" is 101, above its maximum 100');
  assert.equal(problem({ energy: "high" }), '"energy" is a text, and a number in --data-setup');
  assert.equal(examine('{"values": {"energy": 100, "mode": "run"}}', check).ok, true);
});

Deno.test("a value that changes its type is refused, and one that comes later is reported once", () => {
  const check = new MessageCheck();
  for (let count = 0; count < 10; count++) examine('{"values": {"a": 1}}', check);
  assert.equal(
    problemOf({ values: { a: "one" } }, check),
    'has a text in "a", which was a number before: give it another name',
  );
  const notice = (values: object) => {
    const result = examine(JSON.stringify({ values }), check);
    assert.ok(result.ok);
    return result.notice;
  };
  assert.equal(notice({ a: 1, b: 2 }), '"b" was not there before and is shown from now on');
  assert.equal(notice({ a: 1, b: 2 }), undefined);
  assert.equal(
    notice({ c: 1, d: 2, e: 3 }),
    '"c" and 2 more were not there before and are shown from now on',
  );
  const given = setupOf({ a: {} });
  const result = examine('{"values": {"x": 1}}', given);
  assert.ok(result.ok);
  assert.equal(result.notice, '"x" is not in --data-setup and is shown without title and unit');
});

Deno.test("a message that was refused changes nothing of what is known", () => {
  const check = new MessageCheck();
  problemOf({ values: { a: 1, b: null } }, check);
  problemOf({ values: { a: 1 }, image: { base64: "AA==" } }, check);
  assert.deepEqual(check.setup, { values: {} });
  assert.equal(check.takeSetup(), undefined);
  assert.equal(examine('{"values": {"a": "text"}}', check).ok, true);
});

Deno.test("without a set-up, names and digits are inferred from the first ten messages", () => {
  const check = new MessageCheck();
  examine('{"values": {"x": 1, "mode": "run", "wave": [0.25, 3]}}', check);
  assert.deepEqual(check.takeSetup(), {
    values: { x: { precision: 0 }, mode: {}, wave: { precision: 2 } },
  });
  assert.equal(check.takeSetup(), undefined);
  for (let count = 0; count < 9; count++) examine('{"values": {"x": 1.125, "tiny": 1e-9}}', check);
  const setup = {
    values: { x: { precision: 3 }, mode: {}, wave: { precision: 2 }, tiny: { precision: 6 } },
  };
  assert.deepEqual(check.takeSetup(), setup);
  examine('{"values": {"x": 1.00005}}', check);
  assert.equal(check.takeSetup(), undefined);
  assert.deepEqual(check.setup, setup);
});

Deno.test("the set-up of --data-setup is told from the start, and values that it lacks are added", () => {
  const check = setupOf({ a: { unit: "K" } });
  assert.deepEqual(check.takeSetup(), { values: { a: { unit: "K" } } });
  examine('{"values": {"a": 1.5, "b": 1.5}}', check);
  assert.deepEqual(check.takeSetup(), { values: { a: { unit: "K" }, b: {} } });
});

Deno.test("ever new names are refused at a thousand", () => {
  const check = new MessageCheck();
  const message = (from: number) =>
    JSON.stringify({
      values: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`v${from + i}`, i])),
    });
  assert.equal(examine(message(0), check).ok, true);
  assert.equal(examine(message(500), check).ok, true);
  assert.match(problemOf(message(501), check), /more than 1000, earlier messages included/);
  assert.equal(examine(message(200), check).ok, true);
});

Deno.test("whatever a source writes, nothing throws, and what passes is read by listeners as it was given", () => {
  const ciphers = nodeCiphers;
  const broadcastId = "0123456789abcdef";
  const seed = new Uint8Array(32).fill(3);
  const signer = { ciphers, seed, broadcastId };
  const verifier = { ciphers, signingKey: ciphers.signingKeyOf(seed), broadcastId };
  const image = fc.oneof(
    fc.constantFrom(PNG, JPEG, GIF).map((bytes) => ({ base64: bytes.toBase64() })),
    fc.constant({ width: 5, height: 2, format: "gray8", base64: new Uint8Array(10).toBase64() }),
    fc.jsonValue(),
  );
  const line = fc.record({
    time: fc.oneof(fc.double(), fc.jsonValue()),
    values: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
    image,
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.jsonValue()), { maxLength: 10 }), (lines) => {
      const check = new MessageCheck();
      for (const [index, line] of lines.entries()) {
        const result = readMessageDraft(JSON.stringify(line));
        if (
          !result.ok || result.draft.image?.kind === "path" || result.draft.image?.kind === "url"
        ) continue;
        const checked = check.check(result.draft as LoadedDraft);
        if (!checked.ok) continue;
        const { message } = checked;
        const bytes = writeOutgoing(message, index + 1, 1000, { ciphers, signer, ssrc: 7 });
        const verified = verifyData(verifier, index + 1, bytes);
        assert.ok(verified.ok);
        const read = parseDataMessage(verified.value);
        assert.ok(read.ok);
        assert.equal(JSON.stringify(read.value.head.values), JSON.stringify(message.values));
        assert.equal(read.value.head.image?.bytes, message.image?.bytes.length);
      }
    }),
    runs(300),
  );
  fc.assert(fc.property(fc.string(), (text) => void examine(text)), runs(300));
});
