import assert from "node:assert/strict";
import fc from "fast-check";
import { areTablesSound } from "../../../../../server/origin/screen/files/mp4_tables.ts";
import { concat, viewOf } from "../../../../../shared/core/bytes.ts";
import { runs } from "../../../../runs.ts";

function box(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts);
  const head = new Uint8Array(8);
  viewOf(head).setUint32(0, head.length + content.length);
  head.set(new TextEncoder().encode(name), 4);
  return concat(head, content);
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (const [index, value] of values.entries()) viewOf(bytes).setUint32(4 * index, value);
  return bytes;
}

const SIZES = Array.from({ length: 100_000 }, () => 1000);

/** A track of 100 000 samples in 2 chunks; each table as its numbers. */
const TABLES: Readonly<Record<string, readonly number[]>> = {
  stts: [0, 1, 100_000, 512],
  ctts: [0, 2, 1, 1024, 99_999, 0],
  stsc: [0, 2, 1, 60_000, 1, 2, 40_000, 1],
  stsz: [0, 0, 100_000, ...SIZES],
  stco: [0, 2, 48, 60_000_048],
};

function indexWith(changes: Readonly<Record<string, readonly number[]>> = {}): Uint8Array {
  const tables = Object.entries({ ...TABLES, ...changes });
  const stbl = box("stbl", ...tables.map(([name, values]) => box(name, numbers(...values))));
  return box("moov", box("mvhd", numbers(0)), box("trak", box("mdia", box("minf", stbl))));
}

function fragment(flags: number, sampleCount: number): Uint8Array {
  const run = box("trun", numbers(flags, sampleCount, 0));
  return box("moof", box("mfhd", numbers(0, 1)), box("traf", box("tfhd", numbers(0, 1)), run));
}

const MANY = 0xff00_0001;

const DAMAGED: Readonly<Record<string, Uint8Array>> = {
  "a chunk of four billion samples": indexWith({ stsc: [0, 1, 1, MANY, 1] }),
  "the same in a later row": indexWith({ stsc: [0, 2, 1, 60_000, 1, 2, MANY, 1] }),
  "chunks up to four billion": indexWith({ stsc: [0, 2, 1, 60_000, 1, MANY, 40_000, 1] }),
  "times of four billion samples": indexWith({ stts: [0, 1, MANY, 512] }),
  "offsets of four billion samples": indexWith({ ctts: [0, 1, MANY, 512] }),
  "a run of four billion samples without a number of their own": fragment(1, MANY),
};

Deno.test("an index and a fragment with true numbers are sound", () => {
  assert.equal(areTablesSound(indexWith()), true);
  // One chunk with all samples, and sound whose samples are all of one size.
  assert.equal(areTablesSound(indexWith({ stsc: [0, 1, 1, 100_000, 1] })), true);
  const { ctts: _, ...raw } = TABLES;
  const sound = { ...raw, stsz: [0, 4, 345_600_000], stts: [0, 1, 345_600_000, 1] };
  const stbl = box(
    "stbl",
    ...Object.entries(sound).map(([name, all]) => box(name, numbers(...all))),
  );
  assert.equal(areTablesSound(box("moov", stbl)), true);
  assert.equal(areTablesSound(fragment(1, 30)), true);
  assert.equal(areTablesSound(fragment(0x301, MANY)), true, "a reader meets the end of the box");
});

for (const [name, damaged] of Object.entries(DAMAGED)) {
  Deno.test(`${name}: damaged`, () => {
    assert.equal(areTablesSound(damaged), false);
  });
}

Deno.test("an index that is cut off anywhere, or changed, is judged without an error", () => {
  const small = indexWith({ stsz: [0, 0, 3, 1, 2, 3] });
  for (let end = 0; end < small.length; end++) {
    assert.equal(areTablesSound(small.subarray(0, end)), true);
  }
  const changes = fc.array(fc.tuple(fc.nat(small.length - 1), fc.integer({ min: 0, max: 255 })));
  fc.assert(
    fc.property(changes, (those) => {
      const changed = small.slice();
      for (const [at, value] of those) changed[at] = value;
      assert.equal(typeof areTablesSound(changed), "boolean");
    }),
    runs(300),
  );
});
