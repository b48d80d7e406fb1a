import assert from "node:assert/strict";
import type { ImageHead } from "../../../../shared/data/data_message.ts";
import { isDecodable } from "../../../../viewer/web/data/decodable.ts";
import { PICTURES } from "../../../shared/data/pictures.ts";

const PNG = PICTURES["png"]![1];

function headOf(bytes: Uint8Array, changes: Partial<ImageHead> = {}): ImageHead {
  return {
    mimeType: "image/png",
    bytes: bytes.length,
    sha256: "0".repeat(64),
    width: 4,
    height: 2,
    ...changes,
  };
}

Deno.test("a picture is decoded when its bytes are of the type and the size that its head says", () => {
  assert.ok(isDecodable(headOf(PNG), PNG));
  assert.ok(!isDecodable(headOf(PNG, { mimeType: "image/jpeg" }), PNG));
  assert.ok(!isDecodable(headOf(PNG, { width: 5 }), PNG));
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>');
  assert.ok(!isDecodable(headOf(svg, { mimeType: "image/svg+xml" }), svg));
});

Deno.test("a picture of gigabytes is not decoded, whatever its head says", () => {
  const bomb = PNG.slice();
  const view = new DataView(bomb.buffer);
  for (const side of [16_384, 65_535]) {
    view.setUint32(16, side);
    view.setUint32(20, side);
    assert.ok(!isDecodable(headOf(bomb), bomb), "the head says 4x2");
    assert.ok(!isDecodable(headOf(bomb, { width: side, height: side }), bomb));
  }
  const raw = headOf(PNG, { format: "gray8", mimeType: "application/octet-stream" });
  assert.ok(isDecodable(raw, PNG));
  assert.ok(!isDecodable({ ...raw, width: 16_384, height: 16_384 }, PNG));
});
