import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { runs } from "../../runs.ts";

Deno.test("a picture loss indication has the bytes of RFC 4585 section 6.3.1", () => {
  const message = {
    type: "pictureLossIndication",
    ssrc: 0x0102_0304,
    mediaSsrc: 0xcafe_f00d,
  } as const;
  const bytes = serializeRtcp([message]);
  // Version 2, format 1, packet type 206, three words.
  assert.deepEqual([...bytes], [0x81, 206, 0, 2, 1, 2, 3, 4, 0xca, 0xfe, 0xf0, 0x0d]);
  assert.deepEqual(parseRtcp(bytes), { ok: true, value: [message] });
});

Deno.test("another message of the same packet type is none", () => {
  for (const format of [0, 2, 3, 4, 15, 31]) {
    const bytes = Uint8Array.of(0x80 | format, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8);
    const read = parseRtcp(bytes);
    if (read.ok) assert.deepEqual(read.value, []);
  }
});

Deno.test("damaged bytes are no reason to throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (tail) => {
      parseRtcp(Uint8Array.of(0x81, 206, 0, ...tail));
    }),
    runs(200),
  );
});
