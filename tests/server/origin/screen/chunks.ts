import fc from "fast-check";

/** Cuts bytes into chunks of these sizes, over and over. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let position = 0;
  for (let index = 0; position < bytes.length; index++) {
    const end = position + sizes[index % sizes.length]!;
    chunks.push(bytes.slice(position, end));
    position = end;
  }
  return chunks;
}

/** Sizes of chunks: small ones, and ones around those of packets. */
export const arbitrarySizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 150, max: 400 })),
  { minLength: 1, maxLength: 6 },
);
