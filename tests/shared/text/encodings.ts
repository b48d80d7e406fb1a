/** A text as programs that people use save it: the name of the encoding, and its bytes. */
export function inAllEncodings(text: string): readonly (readonly [string, Uint8Array])[] {
  const utf8 = new TextEncoder().encode(text);
  return [
    ["UTF-8", utf8],
    ["UTF-8 with a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8)],
    ["UTF-16LE, as PowerShell has it", utf16("\ufeff" + text, true)],
    ["UTF-16BE", utf16("\ufeff" + text, false)],
  ];
}

/** Without a byte order mark unless `text` begins with one. */
export function utf16(text: string, isLittleEndian = true): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(2 * text.length));
  for (let index = 0; index < text.length; index++) {
    bytes.setUint16(2 * index, text.charCodeAt(index), isLittleEndian);
  }
  return new Uint8Array(bytes.buffer);
}
