import assert from "node:assert/strict";
import {
  dataLine,
  isPictureFile,
  pictureFileOf,
} from "../../../../client/playing/data/data_line.ts";
import type { ImageHead } from "../../../../shared/data/data_message.ts";
import { head } from "../../../shared/data/messages.ts";

const RAW: ImageHead = {
  mimeType: "application/octet-stream",
  bytes: 12,
  sha256: "ab".repeat(32),
  width: 3,
  height: 2,
  format: "gray16le",
  deflated: true,
};

Deno.test("a line has the contract's fields in its order, and not how the picture travelled", () => {
  const values = { energy: 5.8, mode: "run" };
  const time = 1_763_600_000_000;
  assert.equal(
    JSON.stringify(dataLine(head())),
    JSON.stringify({ count: 17, time, values }),
  );
  const image = {
    mimeType: "application/octet-stream",
    bytes: 12,
    sha256: "ab".repeat(32),
    width: 3,
    height: 2,
    format: "gray16le",
  };
  const withRaw = head({ image: RAW });
  assert.equal(
    JSON.stringify(dataLine(withRaw)),
    JSON.stringify({ count: 17, time, values, image }),
  );
  assert.equal(
    JSON.stringify(dataLine(withRaw, "17.raw")),
    JSON.stringify({ count: 17, time, values, image: { ...image, file: "17.raw" } }),
  );
});

Deno.test("a picture's file is named by its count and type", () => {
  const fileOf = (mimeType: string) =>
    pictureFileOf(head({ count: 2 ** 32, image: { ...RAW, mimeType } }));
  const types = ["png", "jpeg", "webp", "gif", "bmp"].map((type) => `image/${type}`);
  assert.deepEqual(
    [...types, RAW.mimeType, "image/../../x"].map(fileOf),
    ["png", "jpg", "webp", "gif", "bmp", "raw", "bin"].map((ending) => `4294967296.${ending}`),
  );
  assert.equal(pictureFileOf(head()), undefined);
});

Deno.test("a name of a picture's file is recognised", () => {
  for (const name of ["1.png", "17.jpg", "4294967296.raw", "2.bin"]) assert.ok(isPictureFile(name));
  for (const name of ["data.ndjson", "a.png", "1.txt", "1.PNG.png", "-1.png", "1-2.png", "1."]) {
    assert.ok(!isPictureFile(name), name);
  }
});
