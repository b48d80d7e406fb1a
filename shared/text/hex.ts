/** Two lowercase digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}
