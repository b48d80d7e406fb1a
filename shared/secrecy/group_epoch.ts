import type { Ciphers } from "./ciphers.ts";
import { Srtcp } from "./srtcp.ts";
import { Srtp } from "./srtp.ts";
import { deriveSessionKeys } from "./srtp_keys.ts";

/** One byte names an epoch in a packet, and 0 is taken: it names the keys of one listener alone. */
const KEY_IDS = 255;

/** The byte that names the key of an epoch (1, 2, 3, …) in the packets sealed with it. */
export function keyIdOfEpoch(epoch: number): number {
  return 1 + (epoch - 1) % KEY_IDS;
}

/** The time during which the whole audience shares one key. */
export class GroupEpoch {
  readonly rtp: Srtp;
  readonly rtcp: Srtcp;

  /** @param key SRTP master key and salt: 28 bytes. */
  constructor(ciphers: Ciphers, readonly epoch: number, readonly key: Uint8Array) {
    const keys = deriveSessionKeys(ciphers, key);
    const keyId = keyIdOfEpoch(epoch);
    this.rtp = new Srtp(ciphers, keys, keyId);
    this.rtcp = new Srtcp(ciphers, keys, keyId);
  }
}
