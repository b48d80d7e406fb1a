import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  MAX_STUDIO_PICTURE_BYTES,
  MAX_STUDIO_SOUND_BYTES,
  parseStudioMedia,
  serializeStudioMedia,
  type StudioMedia,
} from "../../../shared/studio/studio_media.ts";

const media: fc.Arbitrary<StudioMedia> = fc.record({
  kind: fc.constantFrom("sound" as const, "screen" as const),
  isKey: fc.boolean(),
  at: fc.double({ noNaN: true, min: 0, max: 1e15 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 1500 }),
}).map((one) => ({ ...one, isKey: one.isKey && one.kind === "screen" }));

Deno.test("sound and pictures come back as the page wrote them", () => {
  fc.assert(fc.property(media, fc.uint8Array({ maxLength: 9 }), (given, before) => {
    const message = serializeStudioMedia(given);
    const view = new Uint8Array([...before, ...message]).subarray(before.length);
    assert.deepEqual(parseStudioMedia(view), { ok: true, value: given });
  }));
});

Deno.test("random bytes never throw, and what is taken has a time and bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(3), fc.nat(2), (bytes, kind, flags) => {
      for (const message of [bytes, new Uint8Array([kind, flags, ...bytes])]) {
        const result = parseStudioMedia(message);
        if (!result.ok) continue;
        assert.ok(result.value.at >= 0 && Number.isFinite(result.value.at));
        assert.ok(result.value.bytes.length > 0);
        assert.ok(result.value.kind === "screen" || !result.value.isKey);
      }
    }),
  );
});

Deno.test("an unknown kind or flag, no bytes, and a time that is none are junk", () => {
  const good = serializeStudioMedia({
    kind: "screen",
    isKey: true,
    at: 5,
    bytes: Uint8Array.of(1, 2),
  });
  assert.equal(parseStudioMedia(good).ok, true);
  const changed = (at: number, value: number) => good.with(at, value);
  for (
    const bad of [changed(0, 0), changed(0, 3), changed(0, 1), changed(1, 2), changed(2, 0xff)]
  ) {
    assert.deepEqual(parseStudioMedia(bad), { ok: false, junk: "malformedPageMessage" });
  }
  for (let length = 0; length <= 10; length++) {
    assert.equal(parseStudioMedia(good.subarray(0, length)).ok, false, `${length} bytes`);
  }
});

Deno.test("what is too long is refused as that", () => {
  const limits = [["sound", MAX_STUDIO_SOUND_BYTES], ["screen", MAX_STUDIO_PICTURE_BYTES]] as const;
  for (const [kind, most] of limits) {
    const message = (length: number) =>
      serializeStudioMedia({ kind, isKey: false, at: 0, bytes: new Uint8Array(length) });
    assert.equal(parseStudioMedia(message(most)).ok, true);
    assert.deepEqual(parseStudioMedia(message(most + 1)), { ok: false, junk: "oversized" });
  }
});
