import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../shared/core/bytes.ts";
import { decodeText, decodeTextStart, Utf8Stream } from "../../../shared/text/text_bytes.ts";
import { runs } from "../../runs.ts";
import { inAllEncodings, utf16 } from "./encodings.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function inPieces(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const length of lengths) {
    pieces.push(bytes.slice(offset, offset + length));
    offset += length;
  }
  return [...pieces, bytes.slice(offset)];
}

function convert(pieces: readonly Uint8Array[]): Uint8Array {
  const stream = new Utf8Stream();
  return concat(...pieces.map((piece) => stream.push(piece)), stream.end());
}

Deno.test("the same text comes out of every encoding", () => {
  const text = "Gol do Grêmio! ⚽ 🏟\r\nsecond line\r\n";
  for (const [name, bytes] of inAllEncodings(text)) {
    assert.equal(decodeText(bytes), text, name);
    for (let end = 0; end <= bytes.length; end++) {
      const start = decodeTextStart(bytes.subarray(0, end));
      // A mark that is cut off is no text yet.
      if (end > 3) {
        assert.ok(start !== undefined && text.startsWith(start), `${name}, ${end} bytes`);
      }
    }
    assert.equal(decoder.decode(convert([bytes])), text, name);
  }
});

Deno.test("whatever the pieces it comes in, a stream's text is the same", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) =>
    text[0] !== "\ufeff"
  );
  const lengths = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 });
  fc.assert(
    fc.property(text, lengths, (text, lengths) => {
      for (const [name, bytes] of inAllEncodings(text)) {
        assert.equal(decoder.decode(convert(inPieces(bytes, lengths))), text, name);
      }
    }),
    runs(200),
  );
});

Deno.test("a line that is there whole is given out at once, byte by byte as it may come", () => {
  for (const [name, bytes] of inAllEncodings('{"type":1}\n')) {
    const stream = new Utf8Stream();
    const came = [...bytes].map((byte) => stream.push(Uint8Array.of(byte)).slice());
    assert.equal(decoder.decode(concat(...came)), '{"type":1}\n', name);
  }
});

Deno.test("what is no text in these encodings is not taken for one", () => {
  const odd: Record<string, Uint8Array> = {
    "UTF-16 without a mark": utf16("abc"),
    "Latin-1": Uint8Array.of(0x47, 0x72, 0xea, 0x6d, 0x69, 0x6f),
    "half a character": utf16("\ufeffab").slice(0, -1),
    "half a pair": utf16("\ufeffa\ud83c"),
    "UTF-32": Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0),
    "a sound file": Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 0),
  };
  for (const [name, bytes] of Object.entries(odd)) assert.equal(decodeText(bytes), undefined, name);
});

Deno.test("no bytes make a stream throw, and UTF-8 goes through unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5 })), (pieces) => {
      const whole = concat(...pieces);
      const converted = convert(pieces);
      if (whole.every((byte) => byte < 0xef)) assert.deepEqual(converted, whole);
    }),
    runs(200),
  );
  for (const short of [[], [0xff], [0xfe], [0xef], [0xef, 0xbb]]) {
    assert.deepEqual(convert([Uint8Array.from(short)]), Uint8Array.from(short));
  }
});
