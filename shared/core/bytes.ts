/** Joins `parts` in their order; the result is a copy. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (let index = 0; index < parts.length; index++) length += parts[index]!.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
