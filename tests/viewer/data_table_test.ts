import assert from "node:assert/strict";
import fc from "fast-check";
import { dataTable } from "../../viewer/data_table.ts";
import { anyValues, head } from "../shared/data/messages.ts";

Deno.test("count and time come first, then the values sorted by name", () => {
  const values = { rate: 100, energy: 5800.25, Mode: "run", isOn: true, wave: [1, [2, "a"]] };
  assert.equal(
    dataTable(head({ count: 3, time: 1_763_600_000_000.5, values })),
    "count,time,Mode,energy,isOn,rate,wave\r\n" +
      '3,1763600000000.5,run,5800.25,true,100,"[1,[2,""a""]]"\r\n',
  );
  assert.equal(dataTable(head({ values: {} })), "count,time\r\n17,1763600000000\r\n");
});

Deno.test("what has a comma, a quote, an end of line or spaces at its ends is in quotes", () => {
  const values = { a: "1,2", 'b"c': 'say "no"', d: "two\r\nlines", e: " x", "f,g": "" };
  assert.equal(
    dataTable(head({ values })),
    'count,time,a,"b""c",d,e,"f,g"\r\n' +
      '17,1763600000000,"1,2","say ""no""","two\r\nlines"," x",\r\n',
  );
});

/** Reads CSV by the grammar of RFC 4180 section 2. */
function readTable(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  let end = 0;
  for (const [, raw, separator] of text.matchAll(cell)) {
    const value = raw!.startsWith('"') ? raw!.slice(1, -1).replaceAll('""', '"') : raw!;
    rows.at(-1)!.push(value);
    if (separator === "\r\n") rows.push([]);
    end += raw!.length + separator!.length;
  }
  assert.equal(end, text.length, `malformed: ${JSON.stringify(text)}`);
  return rows.slice(0, -1);
}

Deno.test("a reader of RFC 4180 gets every name and value as it was", () => {
  fc.assert(fc.property(anyValues, (values) => {
    const [names, row, ...others] = readTable(dataTable(head({ values })));
    assert.equal(others.length, 0);
    const sorted = Object.keys(values).sort();
    assert.deepEqual(names, ["count", "time", ...sorted]);
    assert.deepEqual(
      row!.slice(2),
      sorted.map((name) => {
        const value = values[name]!;
        return typeof value === "object" ? JSON.stringify(value) : String(value);
      }),
    );
  }));
});
