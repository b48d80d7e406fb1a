import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  againAs,
  isPageDataPart,
  type PageData,
  PageDataCollector,
  serializePageData,
} from "../../../shared/page/page_data.ts";
import { MAX_PART_BYTES } from "../../../shared/page/page_parts.ts";
import { MAX_IMAGE_BYTES } from "../../../shared/data/image_facts.ts";
import { ValueHistory } from "../../../shared/page/value_history.ts";
import { image, message } from "../../viewer/fakes/data.ts";

const HISTORY = new ValueHistory();
HISTORY.push({ a: 5800.12345678 }, 1e12);
HISTORY.push({ a: -1e-9 }, 1e12 + 9000);

const CONTENTS: readonly PageData[] = [
  { kind: "message", number: 2 ** 40, age: 12.5, message: message(3, { a: 1, "<b>": "x" }) },
  { kind: "picture", number: 0, age: 0, message: message(3, {}, image(300, 200)) },
  { kind: "message", number: 1, age: 0, message: message(4, { a: [1, 2] }, image(2048, 2048)) },
  { kind: "setup", setup: { values: { a: { title: "A", warn: [1, 2] }, b: {} } } },
  {
    kind: "history",
    history: {
      isFirst: true,
      epoch: 2,
      newest: HISTORY.newest!,
      interval: 1000,
      values: [
        { name: "a", last: -1e-9, bins: HISTORY.take("a") },
        { name: "mode", last: "run", bins: new Float64Array() },
        { name: "wave", bins: new Float64Array() },
      ],
    },
  },
  { kind: "history", history: { isFirst: false, epoch: 0, newest: 0, values: [] } },
];

function collect(parts: readonly Uint8Array[], collector = new PageDataCollector()) {
  const results = parts.map((part) => collector.push(part));
  return {
    contents: results.flatMap((result) => result.ok && result.value ? [result.value] : []),
    junk: results.filter(({ ok }) => !ok).length,
  };
}

Deno.test("each content comes back as it was sent, in parts of bounded size", () => {
  for (const content of CONTENTS) {
    const parts = serializePageData(content);
    assert.ok(parts.every(({ length }) => length <= MAX_PART_BYTES));
    assert.ok(parts.every(isPageDataPart));
    assert.deepEqual(collect(parts), { contents: [content], junk: 0 });
  }
  assert.equal(image(2048, 2048).bytes.length, MAX_IMAGE_BYTES);
});

Deno.test("a message that is sent again says its age, and may be of use for its picture alone", () => {
  const parts = serializePageData(CONTENTS[0]!);
  const again = againAs("picture", parts[0]!, 7000);
  assert.deepEqual(collect([again, ...parts.slice(1)]).contents, [
    { ...CONTENTS[0], kind: "picture", age: 7000 },
  ]);
  assert.deepEqual(collect(parts).contents, [CONTENTS[0]]);
});

Deno.test("a content that is cut off ends with the next one, and does not damage it", () => {
  const [long, short] = [serializePageData(CONTENTS[2]!), serializePageData(CONTENTS[0]!)];
  const collector = new PageDataCollector();
  const { contents, junk } = collect([...long.slice(0, 3), ...short, ...long.slice(3)], collector);
  assert.deepEqual([contents, junk], [[CONTENTS[0]], long.length - 3]);
});

Deno.test("damage is junk or another content, and never throws", () => {
  const damaged = fc.record({
    content: fc.constantFrom(...CONTENTS.filter((_, at) => at !== 2)),
    at: fc.nat(),
    byte: fc.integer({ min: 0, max: 255 }),
    cut: fc.nat({ max: 3 }),
  });
  fc.assert(fc.property(damaged, ({ content, at, byte, cut }) => {
    const [first, ...rest] = serializePageData(content).map((part) => new Uint8Array(part));
    first![at % first!.length] = byte;
    const parts = [first!.subarray(0, first!.length - cut), ...rest];
    assert.ok(collect(parts).contents.length <= 1);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    collect([Uint8Array.of(4, 1 + bytes.length % 5, ...bytes), bytes]);
  }));
});

Deno.test("a history with a name that can't be, or bins that are not there, is junk", () => {
  const bins = new Float64Array();
  for (const name of ["", "__proto__", "a\u202eb", "x".repeat(81)]) {
    const history = { isFirst: true, epoch: 0, newest: 0, values: [{ name, bins }] };
    assert.equal(collect(serializePageData({ kind: "history", history })).junk, 1, name);
  }
  const [part] = serializePageData(CONTENTS[4]!);
  const short = new Uint8Array(part!.subarray(0, part!.length - 8));
  new DataView(short.buffer).setUint32(4, short.length - 24);
  assert.equal(collect([short]).junk, 1);
});
