import assert from "node:assert/strict";
import fc from "fast-check";
import {
  IcyMetadataStripper,
  metadataInterval,
} from "../../../../../../server/origin/sound/io/bytes/icy_metadata.ts";
import { concatenate, withMetadata } from "../sound_files.ts";

Deno.test("whatever the interval and the cuts, only titles are taken out", () => {
  const cases = fc.record({
    sound: fc.uint8Array({ maxLength: 400 }),
    interval: fc.integer({ min: 1, max: 90 }),
    cut: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(fc.property(cases, ({ sound, interval, cut }) => {
    const sent = withMetadata(sound, interval);
    const stripper = new IcyMetadataStripper(interval);
    const parts: Uint8Array[] = [];
    for (let position = 0; position < sent.length; position += cut) {
      parts.push(stripper.push(sent.subarray(position, position + cut)).slice());
    }
    assert.deepEqual(concatenate(parts), new Uint8Array(sound));
  }));
});

Deno.test("an interval that is none takes nothing out", () => {
  for (const text of ["0", "-5", "abc", "", "1e3", "99999999999"]) {
    assert.equal(metadataInterval(new Headers({ "icy-metaint": text })), undefined, text);
  }
  assert.equal(metadataInterval(new Headers()), undefined);
  assert.equal(metadataInterval(new Headers({ "icy-metaint": " 16000 " })), 16_000);
});
