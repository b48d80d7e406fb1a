import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, viewOf } from "../../../shared/core/bytes.ts";
import { readImageFacts } from "../../../shared/data/image_facts.ts";
import { runs } from "../../runs.ts";
import { GIF, PICTURES } from "./pictures.ts";

for (const [name, [mimeType, bytes]] of Object.entries(PICTURES)) {
  Deno.test(`type and size are read from a ${name}`, () => {
    assert.deepEqual(readImageFacts(bytes), { mimeType, width: 4, height: 2, isWhole: true });
  });

  Deno.test(`a ${name} that ends too early is never taken for whole`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.notEqual(readImageFacts(bytes.subarray(0, length))?.isWhole, true, `${length} bytes`);
    }
  });
}

Deno.test("type and size are read from a GIF, and whether it is whole", () => {
  const facts = { mimeType: "image/gif", width: 1, height: 1 };
  assert.deepEqual(readImageFacts(GIF), { ...facts, isWhole: true });
  assert.deepEqual(readImageFacts(GIF.subarray(0, 30)), { ...facts, isWhole: false });
});

Deno.test("an extended WebP has its size in its first chunk", () => {
  const bytes = new Uint8Array(30);
  bytes.set(new TextEncoder().encode("RIFF"), 0);
  viewOf(bytes).setUint32(4, 22, true);
  bytes.set(new TextEncoder().encode("WEBPVP8X"), 8);
  bytes.set([0x7f, 0x02, 0x00, 0xdf, 0x01, 0x00], 24);
  assert.deepEqual(readImageFacts(bytes), {
    mimeType: "image/webp",
    width: 640,
    height: 480,
    isWhole: true,
  });
});

Deno.test("bytes after the end of a JPEG, as cameras add them, are allowed", () => {
  const [, jpeg] = PICTURES["jpeg"]!;
  assert.equal(readImageFacts(concat(jpeg, new Uint8Array(100)))?.isWhole, true);
  assert.equal(readImageFacts(concat(jpeg, Uint8Array.of(1, 0xd9)))?.isWhole, true);
});

Deno.test("a picture without pixels, or with too many, is none", () => {
  const [, png] = PICTURES["png"]!;
  for (const width of [0, 16_385, 0xffff_ffff]) {
    const changed = png.slice();
    viewOf(changed).setUint32(16, width);
    assert.equal(readImageFacts(changed), undefined);
  }
});

Deno.test("no bytes make it throw or loop, pictures with changed bytes included", () => {
  const pictures = [...Object.values(PICTURES).map(([, bytes]) => bytes), GIF];
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...pictures), changes, fc.nat(), (picture, changes, cut) => {
      const bytes = picture.slice(0, picture.length - cut % 20);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const facts = readImageFacts(bytes);
      if (facts) assert.ok(facts.width >= 1 && facts.width <= 16_384);
    }),
    runs(1000),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.equal(readImageFacts(bytes)?.isWhole ?? false, false);
    }),
    runs(500),
  );
});

Deno.test("texts, web pages and drawings with scripts are no pictures", () => {
  for (const text of ["", "<svg onload='x()'/>", "<!doctype html>", "II*\0".padEnd(100, "\0")]) {
    assert.equal(readImageFacts(new TextEncoder().encode(text)), undefined);
  }
});
