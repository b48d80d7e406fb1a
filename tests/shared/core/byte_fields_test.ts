import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../shared/core/byte_fields.ts";
import { runs } from "../../runs.ts";

Deno.test("numbers are written in network byte order", () => {
  const writer = new ByteWriter(32);
  writer.uint8(0xfe);
  writer.uint16(0x0102);
  writer.uint32(0xfffefdfc);
  writer.long(0x01_0203_0405_0607);
  writer.bytes(Uint8Array.of(9, 8));
  assert.deepEqual([...writer.finish()], [
    ...[0xfe, 1, 2, 0xff, 0xfe, 0xfd, 0xfc],
    ...[1, 2, 3, 4, 5, 6, 7, 9, 8],
  ]);
});

Deno.test("a long is read as written, up to 2^53 - 1", () => {
  const numbers = [0, 1, 255, 2 ** 24 - 1, 2 ** 24, 2 ** 32, 2 ** 48 + 1, 2 ** 53 - 1];
  for (const number of numbers) assert.equal(readLong(writeLong(number)), number);
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      assert.equal(readLong(writeLong(number)), number);
    }),
    runs(500),
  );
});

function writeLong(number: number): Uint8Array {
  const writer = new ByteWriter(7);
  writer.long(number);
  return writer.finish();
}
function readLong(bytes: Uint8Array): number {
  return new ByteReader(bytes).long();
}

Deno.test("a long beyond 2^53 - 1 is read as no safe integer", () => {
  for (const bytes of [[0x20, 0, 0, 0, 0, 0, 0], [0x20, 0, 0, 0, 0, 0, 1], Array(7).fill(255)]) {
    assert.ok(!Number.isSafeInteger(readLong(Uint8Array.from(bytes))), `${bytes}`);
  }
  assert.equal(readLong(Uint8Array.of(0x1f, 255, 255, 255, 255, 255, 255)), 2 ** 53 - 1);
});

Deno.test("a number that does not fit its field is not written", () => {
  const writer = new ByteWriter(32);
  for (const value of [-1, 256, 0.5, NaN, Infinity]) {
    assert.throws(() => writer.uint8(value), RangeError);
  }
  assert.throws(() => writer.uint16(0x1_0000), RangeError);
  assert.throws(() => writer.uint32(2 ** 32), RangeError);
  assert.throws(() => writer.long(2 ** 53), RangeError);
  assert.equal(writer.finish().length, 0);
});

Deno.test("what is too long for its length, or for 64 bits, is not written as something else", () => {
  const writer = new ByteWriter(1000);
  writer.sized(() => writer.bytes(new Uint8Array(255)));
  assert.deepEqual([writer.finish().length, writer.finish()[0]], [256, 255]);
  assert.throws(() => writer.sized(() => writer.bytes(new Uint8Array(256))), RangeError);
  writer.uint64(2n ** 64n - 1n);
  for (const value of [-1n, 2n ** 64n]) assert.throws(() => writer.uint64(value), RangeError);
});

Deno.test("beyond the end everything is 0 or empty, and the reader says so", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3));
  assert.equal(reader.uint8(), 1);
  assert.ok(reader.isWhole);
  assert.equal(reader.uint32(), 0);
  assert.ok(!reader.isWhole);
  assert.equal(reader.uint8(), 0, "what was there is not read in place of what was not");
  assert.deepEqual(reader.bytes(1), new Uint8Array(0));
  assert.equal(reader.uint16(), 0);
  assert.equal(reader.long(), 0);
});

Deno.test("bytes are a copy, and a view in a larger buffer is read within its bounds", () => {
  const buffer = Uint8Array.of(1, 2, 3, 4, 5);
  const reader = new ByteReader(buffer.subarray(1, 3));
  const read = reader.bytes(2);
  buffer.fill(0);
  assert.deepEqual(read, Uint8Array.of(2, 3));
  assert.equal(reader.uint8(), 0);
  assert.ok(!reader.isWhole);
});
