import type { ImageHead } from "../../../shared/data/data_message.ts";
import { readImageFacts } from "../../../shared/data/image_facts.ts";

/** More pixels than this are not decoded: they would take over 100 MB. */
const MAX_PIXELS = 32 << 20;

/**
 * Whether a picture can be decoded in bounded memory. A host says in the head what it likes, so a compressed picture
 * must have the type and the size in its own bytes too: a few kB can be a picture of gigabytes.
 */
export function isDecodable(
  { mimeType, width, height, format }: ImageHead,
  bytes: Uint8Array,
): boolean {
  if (width * height > MAX_PIXELS) return false;
  if (format) return true;
  const facts = readImageFacts(bytes);
  return facts?.mimeType === mimeType && facts.width === width && facts.height === height;
}
