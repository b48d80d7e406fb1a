import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RAW_FORMATS, rawLength } from "../../../../shared/data/raw_image.ts";
import { COLOR_MAPS, colorsOf } from "../../../../viewer/web/data/color_maps.ts";
import { automaticLevels, isMappable, paintRaw } from "../../../../viewer/web/data/raw_picture.ts";

function picture(numbers: Uint8Array | Uint16Array | Float32Array, width: number) {
  const format = numbers instanceof Float32Array
    ? "float32le"
    : numbers instanceof Uint16Array
    ? "gray16le"
    : "gray8";
  // At an odd place in memory, as a picture in a message is.
  const whole = new Uint8Array(numbers.byteLength + 1);
  whole.set(new Uint8Array(numbers.buffer), 1);
  return { format, width, height: numbers.length / width, bytes: whole.subarray(1) } as const;
}

const shades = (painted: Uint8ClampedArray) => [...painted].filter((_, at) => at % 4 === 0);

Deno.test("the lowest level is black, the highest white, and what is beyond stays so", () => {
  const numbers = [0, 100, 150, 200, 300];
  for (const Numbers of [Uint16Array, Float32Array]) {
    const painted = paintRaw(picture(new Numbers(numbers), 5), "grey", [100, 200]);
    assert.deepEqual(shades(painted), [0, 0, 128, 255, 255]);
    assert.ok(painted.every((byte, at) => at % 4 !== 3 || byte === 255));
  }
  const whole = Uint8Array.from({ length: 256 }, (_, at) => at);
  assert.deepEqual(shades(paintRaw(picture(whole, 16), "grey", [0, 255])), [...whole]);
});

Deno.test("what is no number is painted, and does not decide on levels", () => {
  const numbers = new Float32Array([NaN, Infinity, -Infinity, 2, 4]);
  assert.deepEqual(automaticLevels(picture(numbers, 5)), [2, 4]);
  assert.deepEqual(shades(paintRaw(picture(numbers, 5), "grey", [2, 4])), [0, 255, 0, 0, 255]);
  assert.deepEqual(automaticLevels(picture(new Float32Array([NaN]), 1)), [0, 1]);
});

Deno.test("levels leave out one pixel in a thousand at each end, and a flat picture has some", () => {
  for (const Numbers of [Uint8Array, Uint16Array, Float32Array]) {
    const numbers = new Numbers(Array.from({ length: 10_000 }, (_, at) => 50 + at % 101));
    numbers.fill(0, 0, 10);
    numbers.fill(250, 10, 20);
    assert.deepEqual(automaticLevels(picture(numbers, 100)), [50, 150]);
    assert.deepEqual(automaticLevels(picture(new Numbers(100).fill(7), 10)), [7, 8]);
  }
});

Deno.test("colours of a picture with colours are its own", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const painted = paintRaw({ format: "rgb24", width: 2, height: 1, bytes }, "inferno", [0, 1]);
  assert.deepEqual([...painted], [1, 2, 3, 255, 4, 5, 6, 255]);
  assert.deepEqual(RAW_FORMATS.filter(isMappable), ["gray8", "gray16le", "float32le"]);
  assert.ok(!isMappable(undefined));
});

Deno.test("each map goes from dark to bright, and two end where matplotlib's do", () => {
  for (const map of COLOR_MAPS) {
    const colors = colorsOf(map);
    const light = (shade: number) =>
      0.2126 * colors[shade * 4]! + 0.7152 * colors[shade * 4 + 1]! +
      0.0722 * colors[shade * 4 + 2]!;
    for (let shade = 8; shade < 256; shade += 8) {
      assert.ok(light(shade) > light(shade - 8), `${map} ${shade}`);
    }
  }
  const near = (map: "viridis" | "inferno", shade: number, expected: number[]) => {
    const color = [...colorsOf(map).subarray(shade * 4, shade * 4 + 3)];
    assert.ok(color.every((part, at) => Math.abs(part - expected[at]!) <= 6), `${map} ${color}`);
  };
  near("viridis", 0, [68, 1, 84]);
  near("viridis", 255, [253, 231, 37]);
  near("inferno", 0, [0, 0, 4]);
  near("inferno", 255, [252, 255, 164]);
});

Deno.test("any picture with any bytes is painted with levels of its own", () => {
  const any = fc.record({
    format: fc.constantFrom(...RAW_FORMATS),
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    seed: fc.uint8Array({ minLength: 1, maxLength: 50 }),
  });
  fc.assert(fc.property(any, ({ format, width, height, seed }) => {
    const bytes = new Uint8Array(rawLength(format, { width, height }))
      .map((_, at) => seed[at % seed.length]!);
    const raw = { format, width, height, bytes };
    const [low, high] = isMappable(format) ? automaticLevels(raw) : [0, 1];
    assert.ok(Number.isFinite(low) && low! < high! || Math.abs(low!) > 1e7, `${low} ${high}`);
    assert.equal(paintRaw(raw, "viridis", [low!, high!]).length, width * height * 4);
  }));
});
