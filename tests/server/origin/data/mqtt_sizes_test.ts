import assert from "node:assert/strict";
import fc from "fast-check";
import { MqttSizes } from "../../../../server/origin/data/mqtt_sizes.ts";
import { concat } from "../../../../shared/core/bytes.ts";
import { runs } from "../../../runs.ts";

function packet(length: number): Uint8Array {
  const digits: number[] = [];
  for (let rest = length; digits.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    digits.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
  }
  return Uint8Array.from([0x30, ...digits, ...new Uint8Array(length).fill(length % 251)]);
}

Deno.test("packets up to a size pass as they are, longer ones are left out, however they are cut", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 10 });
  const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lengths, cuts, (lengths, cuts) => {
      const sizes = new MqttSizes(200);
      const bytes = concat(...lengths.map(packet));
      const passed: Uint8Array[] = [];
      let skipped = 0;
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = at + cuts[turn % cuts.length]!;
        const result = sizes.push(bytes.subarray(at, end));
        passed.push(...result.parts);
        skipped += result.skipped;
        at = end;
      }
      const short = lengths.filter((length) => length <= 200);
      assert.deepEqual(concat(...passed), concat(...short.map(packet)));
      assert.equal(skipped, lengths.length - short.length);
    }),
    runs(300),
  );
});

Deno.test("what is no packet is passed on, for the client to refuse", () => {
  const junk = new Uint8Array(100).fill(0xff);
  const { parts, skipped } = new MqttSizes(10).push(junk);
  assert.deepEqual([concat(...parts), skipped], [junk, 0]);
});
