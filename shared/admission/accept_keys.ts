import type { ByteWriter } from "../core/byte_fields.ts";
import { viewOf } from "../core/bytes.ts";
import { SIGNING_KEY_BYTES } from "../secrecy/ciphers.ts";
import { MASTER_KEY_BYTES } from "../secrecy/srtp_keys.ts";

/** The keys in the ACCEPT of an encrypted broadcast. */
export interface AcceptKeys {
  /** The Ed25519 key that signs events: 32 bytes. */
  readonly signingKey: Uint8Array;
  /** The media keys: the current one and, shortly before a change, the next. */
  readonly epochs: readonly AcceptedEpoch[];
}

export interface AcceptedEpoch {
  /** From 1 on, below 2^32. */
  readonly epoch: number;
  /** SRTP master key and salt: 28 bytes. */
  readonly key: Uint8Array;
}

const EPOCH_BYTES = 4;
const EPOCH_ENTRY_BYTES = EPOCH_BYTES + MASTER_KEY_BYTES;
const MAX_EPOCHS = 2;

export function writeAcceptKeys(writer: ByteWriter, { signingKey, epochs }: AcceptKeys): void {
  writer.bytes(signingKey);
  for (const { epoch, key } of epochs) {
    writer.uint32(epoch);
    writer.bytes(key);
  }
}

/** @returns undefined when the length or an epoch is not possible. */
export function parseAcceptKeys(bytes: Uint8Array): AcceptKeys | undefined {
  const count = (bytes.length - SIGNING_KEY_BYTES) / EPOCH_ENTRY_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_EPOCHS) return undefined;
  const epochs = Array.from({ length: count }, (_, index) => {
    const offset = SIGNING_KEY_BYTES + index * EPOCH_ENTRY_BYTES;
    const epoch = viewOf(bytes).getUint32(offset);
    return { epoch, key: bytes.slice(offset + EPOCH_BYTES, offset + EPOCH_ENTRY_BYTES) };
  });
  const areReal = epochs.every(({ epoch }) => epoch > 0);
  return areReal ? { signingKey: bytes.slice(0, SIGNING_KEY_BYTES), epochs } : undefined;
}
