import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../../../../server/origin/screen/byte_queue.ts";
import { runs } from "../../../runs.ts";

Deno.test("what is appended and not dropped is there, in order", () => {
  const step = fc.tuple(fc.uint8Array({ maxLength: 5000 }), fc.nat(6000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = new ByteQueue();
      let expected: number[] = [];
      for (const [part, count] of steps) {
        queue.append(part);
        expected = [...expected, ...part];
        assert.deepEqual([...queue.bytes], expected);
        queue.drop(count);
        expected = expected.slice(count);
        assert.equal(queue.length, expected.length);
      }
      assert.deepEqual([...queue.bytes], expected);
    }),
    runs(50),
  );
});

Deno.test("four megabytes in small parts are not moved for each part", () => {
  const queue = new ByteQueue();
  const part = new Uint8Array(64);
  let buffers = 0;
  let before: ArrayBufferLike | undefined;
  for (let count = 0; count < 65_536; count++) {
    queue.append(part);
    if (queue.bytes.buffer !== before) buffers++;
    before = queue.bytes.buffer;
  }
  assert.equal(queue.length, 4 << 20);
  assert.ok(buffers < 15, `${buffers} buffers`);
  queue.clear();
  assert.ok(queue.bytes.buffer.byteLength < 1 << 20);
});
