/** Reads bytes as RFCs print them: hexadecimal digits with spaces and line breaks between. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text.replaceAll(/\s+/g, ""));
}

export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** A copy with one bit turned over. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7));
  return copy;
}
