/** A part takes 26 ms at 10 Mbit/s; sound waits no longer for it. */
export const MAX_PART_BYTES = 32 * 1024;

/**
 * Cuts bytes into the binary messages that carry them to a page: the first begins with `header`, each of the
 * others with the one byte `nextKind`. There is always a first part.
 */
export function cutParts(
  header: Uint8Array,
  nextKind: number,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer>[] {
  const first = MAX_PART_BYTES - header.length;
  const parts = [join(header, bytes.subarray(0, first))];
  const step = MAX_PART_BYTES - 1;
  for (let offset = first; offset < bytes.length; offset += step) {
    parts.push(join(Uint8Array.of(nextKind), bytes.subarray(offset, offset + step)));
  }
  return parts;
}

function join(header: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(header.length + bytes.length);
  part.set(header);
  part.set(bytes, header.length);
  return part;
}
