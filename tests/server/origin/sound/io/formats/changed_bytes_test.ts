import assert from "node:assert/strict";
import fc from "fast-check";
import { areChangedByPipe } from "../../../../../../server/origin/sound/io/formats/changed_bytes.ts";
import { SoundSplitter } from "../../../../../../server/origin/sound/io/sound_splitter.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS } from "../../../../../e2e/fixtures.ts";

/** What a pipe of PowerShell makes of bytes; `latin1` stands for the code pages of consoles. */
const PIPES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "Windows PowerShell": (bytes) =>
    encode(decode(bytes, "latin1").replaceAll(/[^\0-\x7f]/g, "?").replaceAll(/\r?\n/g, "\r\n")),
  "PowerShell 7 with a code page": (bytes) => encode(decode(bytes, "latin1")),
  "PowerShell 7 with UTF-8": (bytes) => encode(decode(bytes, "utf-8")),
};

function decode(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const file of [COMMENTARY_MP3, COMMENTARY_OPUS]) {
  const bytes = Deno.readFileSync(file).subarray(0, 40_000);
  for (const [pipe, change] of Object.entries(PIPES)) {
    Deno.test(`${file.replace(/.*\./, "")} through a pipe of ${pipe} is named, with what to do`, () => {
      const splitter = new SoundSplitter();
      const changed = change(bytes);
      for (let start = 0; start < changed.length; start += 1000) {
        splitter.push(changed.subarray(start, start + 1000));
      }
      assert.equal(splitter.isUnsupported, true);
      assert.equal(
        splitter.describeProblem("-"),
        "is sound that a pipe of Windows PowerShell has changed; run the command in cmd.exe, or in PowerShell 7.4 or later",
      );
    });
  }

  Deno.test(`${file.replace(/.*\./, "")} as it is stays what it is`, () => {
    const splitter = new SoundSplitter();
    splitter.push(bytes);
    assert.equal(splitter.isUnsupported, false);
    assert.equal(areChangedByPipe(bytes), false);
  });
}

Deno.test("no text and no bytes at random are taken for changed ones", () => {
  const bytes = fc.uint8Array({ minLength: 1024, maxLength: 8192 });
  fc.assert(fc.property(bytes, (bytes) => assert.equal(areChangedByPipe(bytes), false)));
  for (const text of ["É um gol! ", "What? ", "試合 ", "a,b\r\n?,?\r\n"]) {
    assert.equal(areChangedByPipe(encode(text.repeat(1000))), false);
  }
});
