import fc from "fast-check";
import type { DataHead, DataMessage } from "../../../shared/data/data_message.ts";
import type { DataValue } from "../../../shared/data/data_values.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";

export function head(changes: Partial<DataHead> = {}): DataHead {
  return { count: 17, time: 1_763_600_000_000, values: { energy: 5.8, mode: "run" }, ...changes };
}

/** A message with a picture of any bytes, which claims to be a PNG. */
export function withImage(image: Uint8Array, count = 17): DataMessage {
  const sha256 = nodeCiphers.sha256(image).toHex();
  const size = { width: 3, height: 2 };
  return {
    head: head({ count, image: { mimeType: "image/png", bytes: image.length, sha256, ...size } }),
    image,
  };
}

const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" })
  .filter((name) => !["__proto__", "constructor", "prototype"].includes(name));
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => Object.is(value, -0) ? 0 : value);
const scalar = fc.oneof(number, fc.boolean(), fc.string({ maxLength: 30 }));
const value: fc.Arbitrary<DataValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 20 }),
  fc.array(fc.array(number, { maxLength: 4 }), { maxLength: 4 }),
);

export const anyValues = fc.dictionary(name, value, { noNullPrototype: true });

/** Any message that a host can send. */
export const anyMessage: fc.Arbitrary<DataMessage> = fc.record({
  count: fc.integer({ min: 1, max: 2 ** 40 }),
  time: number,
  values: anyValues,
  image: fc.option(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { nil: undefined }),
}).map(({ image, ...fields }) => {
  if (!image) return { head: fields };
  const message = withImage(image);
  return { head: { ...fields, image: message.head.image! }, image };
});
