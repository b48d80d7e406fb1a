import { deflateRawSync } from "node:zlib";
import type { Millis } from "../../../shared/core/units.ts";
import { type ImageHead, serializeDataMessage } from "../../../shared/data/data_message.ts";
import { type DataSigner, signData } from "../../../shared/data/signed_data.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import type { CheckedImage, CheckedMessage } from "./message_check.ts";

export interface DataKeys {
  readonly ciphers: Pick<Ciphers, "sha256">;
  /** Absent when the broadcast is sent in clear. */
  readonly signer?: DataSigner;
}

/** What is signed with, and the stream that it is signed for. */
export interface DataStreamKeys extends DataKeys {
  readonly ssrc: number;
}

/** Writes a message as it travels: numbered, a raw picture deflated, and signed. */
export function writeOutgoing(
  { time, values, image }: CheckedMessage,
  count: number,
  now: Millis,
  { ciphers, signer, ssrc }: DataStreamKeys,
): Uint8Array {
  const deflated = image?.format && deflateIfShorter(image.bytes);
  const head = {
    count,
    time: time ?? Math.round(now),
    values,
    ...(image && { image: headOf(image, deflated !== undefined, ciphers) }),
    ...(signer && { ssrc }),
  };
  const bytes = serializeDataMessage({
    head,
    ...(image && { image: deflated ?? image.bytes }),
  });
  return signer ? signData(signer, count, bytes) : bytes;
}

/** The first level that looks for more than the last few matches: a third less than level 1, in the same time. */
const DEFLATE_LEVEL = 3;

/**
 * Compressed pictures pass as they are; deflating them would take time and save nothing. By the runtime's own
 * library, because the sound waits meanwhile.
 */
function deflateIfShorter(bytes: Uint8Array): Uint8Array | undefined {
  const deflated = new Uint8Array(deflateRawSync(bytes, { level: DEFLATE_LEVEL }));
  return deflated.length < bytes.length ? deflated : undefined;
}

function headOf(
  { bytes, mimeType, width, height, format }: CheckedImage,
  isDeflated: boolean,
  { sha256 }: Pick<Ciphers, "sha256">,
): ImageHead {
  return {
    mimeType,
    bytes: bytes.length,
    sha256: sha256(bytes).toHex(),
    width,
    height,
    ...(format && { format }),
    ...(isDeflated && { deflated: true }),
  };
}
