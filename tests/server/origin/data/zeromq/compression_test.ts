import assert from "node:assert/strict";
import fc from "fast-check";
import { viewOf } from "../../../../../shared/core/bytes.ts";
import { fromBase64 } from "../../../../../shared/text/base64.ts";
import {
  decodeLz4Block,
  unpackBitshuffleLz4,
  unpackLz4,
} from "../../../../../server/origin/data/zeromq/compression.ts";
import { runs } from "../../../../runs.ts";

const MAX = 1 << 20;
const valueOf = (index: number, count: number) =>
  count < 1000 ? (index * 7 + Math.floor(index / 8)) % 251 : index % 50;

/** Packed by bitshuffle 0.3.5 and LZ4 1.9.4 from the numbers of `valueOf`, with the header of bsread. */
const PACKED = {
  "30 uint16": [
    "AAAAAAAAADwAAAAAAAAAI/4KqlWqZsyZHjx4VKlSmDFj4MGDAP4DAAD8AAEAUAAAAAAAqwCyALkAwADHAM4A",
    Uint16Array.from({ length: 30 }, (_, index) => valueOf(index, 30)),
  ],
  "37 uint16 in blocks of 8": [
    "AAAAAAAAAEoAAAAQAAAAEvABqmYeVJjgAAAAAAAAAAAAAAAAABLwAVXMPKkxwf4AAAAAAAAAAAAAAAAS8AGqmXhSY4MD/AAAAAAAAAAAAAAAEvABVTPwpcYH+P8AAAAAAAAAAOQA6wDyAPkABQA=",
    Uint16Array.from({ length: 37 }, (_, index) => valueOf(index, 37)),
  ],
  "100 float64 in blocks of 16": [
    "AAAAAAAAAyAAAACAAAAAIB8AAQBJ+QJUoM1oPACoXjGWwRr+HADg/20AUAD+/wAAAAAAIx8AAQBG+QWoVZozefBQpWLGgwcD+AMA/P///20AUAD//wAAAAAAIx8AAQBG+QUKAAagAYpKecxYH5KvHNDg7wAP/20AUAD//wAAAAAAIx8AAQBG+QVAqhVm8+GwSiVzOXw+gD8AwP///20AUAD//wAAAAAAIx8AAQBG+QVVAEwAQ1AVNGbzeKH/xAAGfwd/+G0AUAD//wAAAAAAIh8AAQBH+QRUqs1mwuGVShmM4fAB/wEA/v//bQBQAP//AAAAAAAAAMBmQAAAAAAAoGdAAAAAAACAaEAAAAAAAGBpQA==",
    Float64Array.from({ length: 100 }, (_, index) => valueOf(index, 100)),
  ],
  "5000 uint16 in blocks of the usual size": [
    "AAAAAAAAJxAAAAAAAAAAsx+qAQD/7RHMAQAgMDMBABHDDAAQDAsAITMzDAAPGQD/0BHwAQAgwMMBACEDDwEAETwBAAEYAA8ZAP/QIQD/AgAg/AMCACDwDwIAIMA/AgABFwAPGQD/0P8KAAD//wAAAwD8/wMADADw/w8AMADA/z8AwBkA/9UgAADpAQAIAND8/w8AAADw/z8AAADAFQIPGQD/0wDnAQ8CAP/////////////////////////3UAAAAAAAAAAAlR+qAQBdIMPMAQAhDDMBAAALADHMzDAMAA8ZAEUhAw8BABE8AQAR8AEAIMDDAQAPGQBFMAPwDwIAIMA/AgAhAP8CACD8AwIAABcADxkAQP8KDADw/w8AMADA/z8AwAAA//8AAAMA/P8DABkARbAPAAAA8P8/AAAAwG0AAHMAbwMAAAD8/xkASQ8CAP////9SUAAAAAAA",
    Uint16Array.from({ length: 5000 }, (_, index) => valueOf(index, 5000)),
  ],
  "5 uint8, too few to be packed": [
    "AAAAAAAAAAUAAAAAAAcOFRw=",
    Uint8Array.from({ length: 5 }, (_, index) => valueOf(index, 5)),
  ],
  "20 float32 in blocks of 8": [
    "AAAAAAAAAFAAAAAgAAAAEx0AAQDgoGgAXpYaHOAAAAAA/gAAAAAVHAABAPAAVM08qDHB/gD/AAAAAP8AAADkQgAA8kIAAABDAAAHQw==",
    Float32Array.from({ length: 20 }, (_, index) => valueOf(index, 20)),
  ],
} as const;

for (const [name, [packed, numbers]] of Object.entries(PACKED)) {
  const bytes = fromBase64(packed);
  const { BYTES_PER_ELEMENT } = numbers;

  Deno.test(`bitshuffle's ${name} are unpacked`, () => {
    assert.deepEqual(
      unpackBitshuffleLz4(bytes, BYTES_PER_ELEMENT, MAX),
      new Uint8Array(numbers.buffer),
    );
  });

  Deno.test(`bitshuffle's ${name} cut or changed neither throw nor become longer`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(
        unpackBitshuffleLz4(bytes.subarray(0, length), BYTES_PER_ELEMENT, MAX),
        undefined,
      );
    }
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        const unpacked = unpackBitshuffleLz4(changed, BYTES_PER_ELEMENT, MAX);
        assert.ok((unpacked?.length ?? 0) <= MAX);
      }),
      runs(200),
    );
  });
}

Deno.test("what would be too long is not unpacked", () => {
  const [packed] = PACKED["30 uint16"];
  assert.equal(unpackBitshuffleLz4(fromBase64(packed), 2, 59), undefined);
  const bomb = fromBase64(packed);
  viewOf(bomb).setUint32(0, 0x7fff_ffff);
  assert.equal(unpackBitshuffleLz4(bomb, 2, MAX), undefined);
});

Deno.test("a text packed by LZ4 is unpacked, with a match that repeats itself", () => {
  const packed = fromBase64("AAABIPIJdGhlIHNhbWUgd29yZHMgYWdhaW4gYW5kCgAvLCAgAOhQYWluLCA=");
  const text = "the same words again and again, ".repeat(9);
  assert.equal(new TextDecoder().decode(unpackLz4(packed, MAX)), text);
  assert.equal(unpackLz4(packed, text.length - 1), undefined);
  for (let length = 0; length < packed.length; length++) {
    assert.equal(unpackLz4(packed.subarray(0, length), MAX), undefined);
  }
});

Deno.test("no bytes make the decoder of LZ4 throw or write beyond the length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(300), (bytes, length) => {
      const decoded = decodeLz4Block(bytes, length);
      if (decoded) assert.equal(decoded.length, length);
    }),
    runs(1000),
  );
});
